"""The tallies of a period's local days as the integers that the database added up; objects only for those looked at."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any

from bpo.fields import MICRO
from sla.metrics.measure import Measure, Weights
from sla.ranked import Ranked
from sla.tallies import Tally
from sla.wording import as_decimal

Sums = Sequence[Any]
Weigher = Callable[[Sums], int]
DaySum = tuple[int, int, int]


class Scheme:
    """How a measure's numerator, denominator and cases come out of its components' sums, all in integers.

    A side is in units of 10⁻⁶ where one of its components adds up a column, and in ones where all of them count rows.
    """

    def __init__(self, measure: Measure) -> None:
        places = {component.name: place for place, component in enumerate(measure.components)}
        counts = {component.name: component.column is None for component in measure.components}
        self.upper, self.above = side(measure.numerator, places, counts)
        self.lower, self.below = side(measure.denominator, places, counts)
        self.cases, self.cases_in = (
            (self.lower, self.below) if measure.cases is None else side(measure.cases, places, counts)
        )

    def of(self, sums: Sums) -> DaySum:
        """Numerator, denominator and cases of one day."""
        lower = int(self.lower(sums))
        cases = lower if self.cases is self.lower else int(self.cases(sums))
        return int(self.upper(sums)), lower, max(0, cases // self.cases_in)

    def tally(self, sums: DaySum, values: Sequence[Fraction] = ()) -> Tally:
        return Tally(Fraction(sums[0], self.above), Fraction(sums[1], self.below), sums[2], values)


def side(weights: Weights, places: Mapping[str, int], counts: Mapping[str, bool]) -> tuple[Weigher, int]:
    """What adds up one side of a measure, and in how many parts of one."""
    whole = 1 if all(counts[name] for name, _ in weights) else MICRO
    parts = [(places[name], weight * (whole if counts[name] else 1)) for name, weight in weights]
    if len(parts) == 1 and parts[0][1] == 1:
        return itemgetter(parts[0][0]), whole
    return lambda sums: sum(sums[place] * weight for place, weight in parts), whole


class DayTallies(Mapping[date, Tally]):
    """The tally of each local day; `values` are a day's single amounts, in units of 10⁻⁶ and separated by commas."""

    __slots__ = ("_drawn", "scheme", "sums", "values")

    def __init__(self, scheme: Scheme, sums: dict[date, DaySum], values: dict[date, str]) -> None:
        self.scheme = scheme
        self.sums = sums
        self.values = values
        self._drawn: list[list[Any]] = []

    def __getitem__(self, day: date) -> Tally:
        return self.scheme.tally(self.sums[day], ranked([self.values.get(day, "")]))

    def __iter__(self) -> Iterator[date]:
        return iter(self.sums)

    def __len__(self) -> int:
        return len(self.sums)

    def drawn(self) -> list[list[Any]]:
        """Each day with its tally as exact decimals."""
        if not self._drawn:
            above, below = self.scheme.above, self.scheme.below
            self._drawn = [
                [day_text(day), decimal_text(upper, above), decimal_text(lower, below), cases]
                for day, (upper, lower, cases) in sorted(self.sums.items())
            ]
        return self._drawn

    def total(self) -> Tally:
        """All days added up."""
        sums = self.sums.values()
        added = (sum(day[0] for day in sums), sum(day[1] for day in sums), sum(day[2] for day in sums))
        return self.scheme.tally(added, ranked(self.values.values()))


def ranked(texts: Any) -> Sequence[Fraction]:
    """The amounts that those texts hold, in rising order."""
    parts = list(chain.from_iterable(map(int, text.split(",")) for text in texts if text))
    return Ranked(parts, MICRO) if parts else ()


def total_of(days: Mapping[date, Tally]) -> Tally:
    """All days added up."""
    return days.total() if isinstance(days, DayTallies) else Tally.total(days.values())


def drawn_days(days: Mapping[date, Tally]) -> list[list[Any]]:
    """Each day with its tally as decimals, for drawing; at most six digits behind the point."""
    if isinstance(days, DayTallies):
        return days.drawn()
    return [
        [day.isoformat(), *(f"{as_decimal(side).normalize():f}" for side in (tally.numerator, tally.denominator)),
         tally.cases]
        for day, tally in sorted(days.items())
    ]  # fmt: skip


def day_facts(days: Mapping[date, Tally]) -> list[list[Any]]:
    """Each day with its tally as exact text: decimals where sums came as decimals, fractions elsewhere."""
    if isinstance(days, DayTallies):
        return days.drawn()
    return [
        [day.isoformat(), str(tally.numerator), str(tally.denominator), tally.cases]
        for day, tally in sorted(days.items())
    ]


@lru_cache(maxsize=8192)
def day_text(day: date) -> str:
    return day.isoformat()


def decimal_text(part: int, whole: int) -> str:
    """A number of millionths, or of ones, as a plain decimal."""
    if whole == 1:
        return str(part)
    ones, rest = divmod(abs(part), MICRO)
    text = f"{ones}.{rest:06}".rstrip("0").rstrip(".") if rest else str(ones)
    return f"-{text}" if part < 0 else text
