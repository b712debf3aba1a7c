"""The tallies of a period's local days: the database's sums for the whole, and each day for the record."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import chain
from operator import itemgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from bpo.fields import MICRO
from contracts.clocks import Clock
from contracts.models.service_levels import Feed
from metrics.tallies.excused import LeftOut
from metrics.timelines import Cell
from sla.metrics.measure import ADDED_UP, Measure, Weights
from sla.metrics.window import Window
from sla.obligations import Straddling
from sla.outlook import Course
from sla.periods import DAY, local_day, span
from sla.ranked import Ranked
from sla.tallies import Tally
from sla.wording import as_decimal

Sums = Sequence[int]
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


@dataclass(frozen=True, slots=True)
class Reading:
    """One cell's rows: the tally of each local day, or one for the whole where days cannot be added up.

    `rows` is how many rows stand behind it, `batches` are those that brought each day's latest rows, oldest first.
    `undecided` are open cases of an ended period that may still be in time. Where targets differ by a column,
    `by_target` has the tally of each of its values, and `without_target` the number of rows of values without one.
    `stated` are the days of which the vendor said that nothing happened, `nil` those of them without a result.
    `left_out` is what excuses of hours and of single rows take out.
    """

    days: Mapping[date, Tally]
    rows: int
    batches: tuple[int, ...]
    reported: bool
    snapshot: Tally | None = None
    undecided: int = 0
    by_target: Mapping[str, Tally] = field(default_factory=dict)
    without_target: Mapping[str, int] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    stated: tuple[date, ...] = ()
    nil: tuple[date, ...] = ()

    def per(self, other: "Reading", *, reported: bool) -> "Reading":
        """This reading over another, whose numerators are the denominators."""
        days = {
            day: joined(self.days.get(day, Tally.empty()), other.days.get(day, Tally.empty()))
            for day in sorted({*self.days, *other.days})
        }
        batches = tuple(sorted({*self.batches, *other.batches}))
        taken = {part.excuse.pk: part.tally for part in other.left_out}
        left_out = tuple(
            replace(part, tally=joined(part.tally, taken.get(part.excuse.pk, Tally.empty()))) for part in self.left_out
        )
        rows = self.rows + other.rows
        return replace(self, days=days, rows=rows, batches=batches, reported=reported, left_out=left_out)

    def total(self) -> Tally:
        """Everything that was reported."""
        if self.snapshot is not None:
            return self.snapshot
        return self.days.total() if isinstance(self.days, DayTallies) else Tally.total(self.days.values())

    def over(self, days: Iterable[date]) -> Tally:
        """The part that lies in those days; nothing of a snapshot lies in a day."""
        return Tally.total(self.days[day] for day in days if day in self.days)

    def excused(self, days: Iterable[date]) -> Tally:
        """What excuses take out: those days, and the hours and rows left out of others."""
        return Tally.total((self.over(days), *(part.tally for part in self.left_out)))


def joined(part: Tally, whole: Tally) -> Tally:
    """One sum out of another."""
    return Tally.of(part.numerator, whole.numerator)


class Pace(NamedTuple):
    """`passed` of `whole` days are reported, up to and including `until`; of an availability, `rest` are minutes."""

    passed: int
    whole: int
    until: date
    basis: str
    rest: Fraction | None = None

    def volume(self, measure: Measure, judged: Tally) -> Fraction:
        """What the period ends with: cases, minutes, or the sum where values are added up."""
        so_far = judged.numerator if measure.aggregation in ADDED_UP else judged.denominator
        return so_far * self.whole / self.passed if self.rest is None else so_far + self.rest

    def course(self, measure: Measure, judged: Tally) -> Course:
        forecast = None if self.rest is None else self.volume(measure, judged)
        return Course(forecast, measure.grows, Fraction(self.passed, self.whole))


def pace_of(cell: Cell, reading: Reading, clock: Clock) -> Pace | None:
    """The pace of a period that still runs; None before anything of it was reported, and where it is a snapshot."""
    part, zone = cell.counted, ZoneInfo(clock.contract.zone)
    today = local_day(clock.at, zone)
    if today not in part or not reading.days or cell.agreed.measure.snapshot:
        return None
    feed, measure, days, owed = cell.service_level.feed, cell.agreed.measure, set(reading.days), list(part.days())
    calendar, until = clock.on(part.start), max(days)
    if cell.owed:
        # What the other feed reports of days before the first week or month is no pace yet.
        reported = [report.end for report in cell.owed if any(day in report for day in days)]
        if not reported:
            return None
        until = max(reported) - DAY
        if cell.agreed.straddling is not Straddling.BY_DAY:
            owed = list(chain.from_iterable(report.days() for report in cell.owed))
    elif feed.schedule == Feed.Schedule.EVENT:
        # Silence is a report, too; today is not over.
        until = today - DAY if measure.grows else max(until, today - DAY)
    basis, rest, closed = "days", None, {day for day in owed if not calendar.is_business_day(day)}
    # An office whose contract names its calendar is closed as long as nothing comes of a day off.
    is_office = (clock.contract.calendar_id or clock.later) and not closed & days
    if feed.due_unit == Feed.DueUnit.BUSINESS_DAYS or is_office:
        basis, owed = "business_days", [day for day in owed if day not in closed]
    if measure.overlaps and measure.is_share:
        end = span(part, zone)[1]
        basis, rest = "minutes", measure.from_rows((), Window(clock.at, end, end, calendar)).denominator
    passed = sum(day <= until for day in owed)
    return Pace(passed, len(owed), until, basis, rest) if passed else None


def tally_facts(tally: Tally) -> list[str | int]:
    """A tally as exact text: whole or decimal numbers as they are, others as a fraction."""
    return [str(tally.numerator), str(tally.denominator), tally.cases]
