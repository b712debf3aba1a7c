"""The tallies of a period's local days: the database's sums for the whole, and each day for the record."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Any

import msgspec

from bpo.fields import MICRO
from sla.metrics.measure import Measure, Weights
from sla.ranked import Ranked
from sla.tallies import Tally
from sla.wording import as_decimal

Sums = Sequence[Any]
WeightedSum = Callable[[Sums], int]
DaySum = tuple[int, int, int]
INTEGERS = msgspec.json.Decoder(list[int])


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a measure: the places of its components with their weights, in units of 1/`whole`."""

    parts: tuple[tuple[int, int], ...]
    whole: int

    @classmethod
    def of(cls, weights: Weights, measure: Measure) -> "Side":
        places = {component.name: place for place, component in enumerate(measure.components)}
        counts = {component.name: component.column is None for component in measure.components}
        whole = 1 if all(counts[name] for name, _ in weights) else MICRO
        return cls(tuple((places[name], weight * (whole if counts[name] else 1)) for name, weight in weights), whole)

    def weighted_sum(self) -> WeightedSum:
        """The function that adds the side up from the components' sums."""
        if len(self.parts) == 1 and self.parts[0][1] == 1:
            return itemgetter(self.parts[0][0])
        return lambda sums: sum(sums[place] * weight for place, weight in self.parts)


class Scheme:
    """How a measure's numerator, denominator and cases come out of its components' sums, all in integers.

    A side is in units of 10⁻⁶ where one of its components adds up a column, and in ones where all of them count rows.
    """

    def __init__(self, measure: Measure) -> None:
        self.upper = Side.of(measure.numerator, measure)
        self.lower = Side.of(measure.denominator, measure)
        self.cases = self.lower if measure.cases is None else Side.of(measure.cases, measure)
        self._weighted_sums = self.upper.weighted_sum(), self.lower.weighted_sum(), self.cases.weighted_sum()

    def of(self, sums: Sums) -> DaySum:
        """Numerator, denominator and cases of one day."""
        upper, lower, cases = (int(weigh(sums)) for weigh in self._weighted_sums)
        return upper, lower, max(0, cases // self.cases.whole)


@dataclass(eq=False)
class DayTallies(Mapping[date, Tally]):
    """The days of one period as the database added them up.

    `text` is what verdicts keep of them, in JSON: [[day, numerator, denominator, cases], …], numbers as exact decimal
    text. `sums` are all days added up. `amounts` are the single values in units of 10⁻⁶, separated by commas, and by a
    semicolon where a day ends.
    """

    scheme: Scheme
    sums: DaySum
    text: str
    amounts: str

    def __getitem__(self, day: date) -> Tally:
        return self._tallies[day]

    def __iter__(self) -> Iterator[date]:
        return iter(self._tallies)

    def __len__(self) -> int:
        return len(self._tallies)

    def __bool__(self) -> bool:
        return self.text != "[]"

    def total(self) -> Tally:
        """All days added up."""
        number, of, cases = self.sums
        scheme = self.scheme
        # Where a side is in ones, without looking for a common divisor.
        upper = Fraction(number) if scheme.upper.whole == 1 else Fraction(number, scheme.upper.whole)
        lower = Fraction(of) if scheme.lower.whole == 1 else Fraction(of, scheme.lower.whole)
        return Tally(upper, lower, cases, ranked(self.amounts))

    @cached_property
    def _tallies(self) -> dict[date, Tally]:
        """Each day's tally, computed when it is first needed, which is for few periods."""
        drawn = json.loads(self.text)
        amounts = self.amounts.split(";") if self.amounts else [""] * len(drawn)
        return {
            date.fromisoformat(day): Tally(Fraction(upper), Fraction(lower), cases, ranked(own))
            for (day, upper, lower, cases), own in zip(drawn, amounts, strict=True)
        }


def add_up_days(scheme: Scheme, days: Iterable[tuple[date, DaySum, str]]) -> DayTallies:
    """The days of a period from the sums and single values of each, in their order."""
    upper = lower = cases = 0
    drawn, amounts = [], []
    for day, sums, own in days:
        upper, lower, cases = upper + sums[0], lower + sums[1], cases + sums[2]
        numbers = decimal_text(sums[0], scheme.upper.whole), decimal_text(sums[1], scheme.lower.whole)
        drawn.append(f'["{day_text(day)}","{numbers[0]}","{numbers[1]}",{sums[2]}]')
        amounts.append(own)
    return DayTallies(scheme, (upper, lower, cases), f"[{','.join(drawn)}]", ";".join(amounts) if any(amounts) else "")


def ranked(amounts: str) -> Sequence[Fraction]:
    """The amounts that the text holds, in rising order."""
    text = amounts.replace(";", ",").strip(",")
    if ",," in text:
        text = ",".join(filter(None, text.split(",")))
    return Ranked(INTEGERS.decode(f"[{text}]"), MICRO) if text else ()


def chart_text(days: Mapping[date, Tally]) -> str:
    """Each day with its tally as decimals, in JSON, for drawing; at most six digits behind the point."""
    if isinstance(days, DayTallies):
        return days.text
    drawn = [
        [day.isoformat(), *(f"{as_decimal(side).normalize():f}" for side in (tally.numerator, tally.denominator)),
         tally.cases]
        for day, tally in sorted(days.items())
    ]  # fmt: skip
    return json.dumps(drawn, separators=(",", ":"))


day_text = lru_cache(maxsize=8192)(date.isoformat)


def decimal_text(part: int, whole: int) -> str:
    """A number of millionths, or of ones, as a plain decimal."""
    if whole == 1:
        return str(part)
    ones, rest = divmod(abs(part), MICRO)
    text = f"{ones}.{rest:06}".rstrip("0").rstrip(".") if rest else str(ones)
    return f"-{text}" if part < 0 else text
