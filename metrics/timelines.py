"""Which periods a service level is judged over, and when they are due: its terms over time, and the cells they cut."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import islice, takewhile
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet

from bpo.formatting import ValueFormat
from contracts.clocks import Clock
from contracts.models.service_levels import ServiceLevel, ServiceLevelTerms
from contracts.terms import limits_of, measure_of, period_rule_of, repeats_of
from sla.credits.repeat_rules import RepeatRule
from sla.limits import Limits, MissingRule
from sla.metrics.measure import Measure
from sla.periods import DAY, Period, PeriodRule, local_day, span
from sla.verdicts import deemed_on

CellKey = tuple[int, date]
# How many periods rules on low volume and on repeated failure look at, before and after.
MOST_EARLIER_PERIODS = 24


@dataclass(frozen=True)
class Agreed:
    """One row of terms, read by the engine when it is first needed; ValueError says what makes no sense in it.

    Where excuses made the limits easier, `signed` are the terms as they were agreed, and `lowered_by` says by how much.
    """

    terms: ServiceLevelTerms
    signed: ServiceLevelTerms | None = None
    lowered_by: Decimal | None = None

    @cached_property
    def rule(self) -> PeriodRule:
        return period_rule_of(self.terms)

    @cached_property
    def measure(self) -> Measure:
        return measure_of(self.terms)

    @cached_property
    def limits(self) -> Limits:
        return limits_of(self.terms)

    @cached_property
    def repeats(self) -> tuple[RepeatRule, ...]:
        return repeats_of(self.terms)

    @cached_property
    def value_format(self) -> ValueFormat:
        """How values are printed under these terms."""
        terms = self.terms
        limits = [terms.expected, terms.expected_high, terms.minimum, terms.minimum_high]
        return ValueFormat.of(unit=self.unit, decimals=terms.decimals, limits=limits)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What a verdict's working keeps of these terms, the same for every period."""
        return {
            "aggregation": str(self.measure.aggregation),
            "of": self.measure.of,
            "scale": str(self.measure.scale),
            "unit": self.unit,
            "decimals": self.terms.decimals,
            "terms": self.terms.pk,
            "period_kind": self.terms.period,
            "zone": self.terms.service_level.contract.zone,
        }

    @property
    def looks_back(self) -> bool:
        """Whether a period's verdict may depend on earlier ones; no, where the terms make no sense."""
        try:
            return self.limits.low_volume.looks_back() or bool(self.repeats)
        except (ArithmeticError, TypeError, ValueError):
            return False

    @property
    def overlaps(self) -> bool:
        """Whether rows count beyond the day on which they begin; no, where the terms make no sense."""
        try:
            return self.measure.overlaps
        except ValueError:
            return False

    @property
    def unit(self) -> str:
        return self.terms.unit or self.measure.unit

    @property
    def look_ahead(self) -> timedelta:
        """How far beyond a period rows are read; not at all, where the terms make no sense."""
        try:
            return self.measure.look_ahead
        except ValueError:
            return timedelta(0)

    def in_force_on(self, day: date) -> bool:
        ends_on = self.terms.ends_on
        return self.terms.effective_on <= day and (ends_on is None or day < ends_on)


@dataclass(frozen=True)
class Cell:
    """One service level and one period; `in_force` is false where no terms cover the period's first day."""

    service_level: ServiceLevel
    agreed: Agreed
    period: Period
    in_force: bool

    @cached_property
    def key(self) -> CellKey:
        return self.service_level.pk, self.period.start

    @property
    def label(self) -> str:
        """The cell as people name it: "SL-7K2M9 2026-03"."""
        return f"{self.service_level.public_id} {self.period.label}"

    @property
    def seen_until(self) -> date:
        """The day after the last whose rows may count: the period's end, or later where the measure looks ahead."""
        ahead = self.agreed.look_ahead
        if not ahead:
            return self.period.end
        zone = ZoneInfo(self.service_level.contract.zone)
        _start, end = span(self.period, zone)
        return local_day(end + ahead - timedelta(microseconds=1), zone) + DAY

    @property
    def part(self) -> tuple[date | None, date | None]:
        """From when and until when contract and feed run, each only where it lies inside of the period."""
        feed, contract, period = self.service_level.feed, self.service_level.contract, self.period
        begins = max(feed.starts_on, contract.starts_on)
        ends = min((day for day in (feed.ends_on, contract.ends_on) if day), default=period.end)
        return (begins if begins > period.start else None, ends if ends < period.end else None)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The local dates of one cell: the last day on which its report is in time, and the night that closes it.

    `deemed_on` is the day from which a missing report is a breach, where the terms say so.
    """

    due_on: date
    closes_on: date
    deemed_on: date | None

    def closing_day(self, *, is_reported: bool) -> date:
        """The night that closes the cell: where nothing was reported, a deemed breach waits for its date."""
        if is_reported or self.deemed_on is None:
            return self.closes_on
        return max(self.closes_on, self.deemed_on)


def deadlines_of(cell: Cell, clock: Clock) -> Deadlines:
    """What follows from the feed's due rule, its grace, and the terms' rule on missing reports."""
    feed, limits, start = cell.service_level.feed, cell.agreed.limits, cell.period.start
    due_on = clock.due_on(feed, starts_on=start, last_day=cell.period.end - DAY)
    # What is read beyond the period stays provisional until the reports of those days are due, too.
    read_on = clock.due_on(feed, starts_on=start, last_day=cell.seen_until - DAY)
    deemed = deemed_on(limits, due_on) if limits.missing is MissingRule.DEEMED else None
    return Deadlines(due_on, read_on + timedelta(days=feed.grace_days) + DAY, deemed)


def recorded_deadlines(facts: Mapping[str, Any]) -> Deadlines | None:
    """The deadlines that a verdict was judged by, out of its working; a feed's rules may have changed since."""
    if "due_on" not in facts:
        return None
    due_on, closes_on = (date.fromisoformat(facts[name]) for name in ("due_on", "closes_on"))
    return Deadlines(due_on, closes_on, date.fromisoformat(facts["deemed_on"]) if facts["deemed_on"] else None)


@dataclass(frozen=True)
class Timeline:
    """A service level with all its terms, oldest first."""

    service_level: ServiceLevel
    agreed: tuple[Agreed, ...]

    @classmethod
    def of(cls, service_level: ServiceLevel, terms: Iterable[ServiceLevelTerms]) -> "Timeline":
        """The timeline of a service level whose terms are at hand, oldest first."""
        agreed = []
        for row in terms:
            row.service_level = service_level
            agreed.append(Agreed(row))
        return cls(service_level, tuple(agreed))

    def cells_looking_ahead_to(self, day: date) -> list[Cell]:
        """The earlier cells whose measures look ahead as far as that day."""
        reach = max((agreed.look_ahead for agreed in self.agreed), default=timedelta(0))
        if not reach:
            return []
        days = (day - DAY * number for number in range(reach.days + 1, 0, -1))
        cells = {cell.period.start: cell for before in days for cell in self.cells_on(before)}
        return [cell for cell in cells.values() if cell.period.end <= day < cell.seen_until]

    @cached_property
    def looks_back(self) -> bool:
        """Whether some verdict may depend on earlier ones."""
        return any(agreed.looks_back for agreed in self.agreed)

    def cells_on(self, day: date) -> list[Cell]:
        """The cells in which that local day lies: one, unless an amendment changed the kind of period."""
        cells = self._cells_by_terms(day)
        covered = [cell for cell in cells if cell.in_force]
        return covered or [cell for cell in cells if cell.agreed.in_force_on(day)][:1]

    def cell_starting(self, day: date) -> Cell | None:
        """The cell whose period begins on that day; None where no terms cut a period there."""
        starting = [cell for cell in self._cells_by_terms(day) if cell.period.start == day]
        covered = [cell for cell in starting if cell.in_force]
        touched = [cell for cell in starting if cell.agreed.terms.effective_on in cell.period]
        return next(iter([*covered, *touched]), None)

    def cells_until(self, last_day: date) -> list[Cell]:
        """Every cell from the first terms' first day up to the one in which the last day lies, in order."""
        cells: dict[date, Cell] = {}
        for agreed in self.agreed:
            if agreed.terms.effective_on <= last_day:
                cells |= {cell.period.start: cell for cell in self.cells_on(agreed.terms.effective_on)}
        for agreed in self.agreed:
            end = min(last_day + DAY, agreed.terms.ends_on or last_day + DAY)
            for period in agreed.rule.between(agreed.terms.effective_on, end):
                if agreed.in_force_on(period.start):
                    cells[period.start] = Cell(self.service_level, agreed, period, in_force=True)
        return [cells[start] for start in sorted(cells)]

    def earlier(self, cell: Cell) -> list[Cell]:
        """The cells before this one that rules may look at, oldest first: one after the other, all in force."""
        cells: list[Cell] = []
        start = cell.period.start
        while len(cells) < MOST_EARLIER_PERIODS:
            before = [each for each in self.cells_on(start - DAY) if each.period.end == start and each.in_force]
            if not before:
                break
            cells.append(before[0])
            start = before[0].period.start
        return cells[::-1]

    def later(self, cell: Cell) -> Iterator[Cell]:
        """The cells after this one, in order, as far as terms go."""
        while following := next(iter(self.cells_on(cell.period.end)), None):
            yield following
            cell = following

    def cells_looking_back_at(self, cell: Cell, until: date) -> tuple[Cell, ...]:
        """The cells after this one that begin on or before a day and whose verdicts may depend on it, in order."""
        later = takewhile(lambda after: after.period.start <= until, islice(self.later(cell), MOST_EARLIER_PERIODS))
        return tuple(after for after in later if after.agreed.looks_back)

    def _cells_by_terms(self, day: date) -> list[Cell]:
        """The cell of a day as each row of terms would cut it, in force or not."""
        level, periods = self.service_level, [(agreed, agreed.rule.containing(day)) for agreed in self.agreed]
        return [Cell(level, agreed, period, agreed.in_force_on(period.start)) for agreed, period in periods]


def timelines_of(service_levels: QuerySet[ServiceLevel]) -> dict[int, Timeline]:
    """The timelines of those service levels, by primary key, in a constant number of queries."""
    terms = ServiceLevelTerms.objects.select_related("amendment").order_by("effective_on")
    rows = service_levels.select_related("feed", "contract__calendar", "contract__client", "contract__vendor")
    rows = rows.prefetch_related(Prefetch("terms", queryset=terms))
    return {row.pk: Timeline.of(row, row.terms.all()) for row in rows}
