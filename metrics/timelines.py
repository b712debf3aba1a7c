"""Which periods a service level is judged over, and when they are due: its terms over time, and the cells they cut."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import islice
from operator import attrgetter
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet

from bpo.formatting import ValueFormat
from contracts.clocks import Clock, Deadlines
from contracts.denominators import terms_per
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from contracts.terms import limits_of, measure_of, period_rule_of, repeats_of
from metrics.models.verdicts import Verdict
from sla.credits.repeat_rules import RepeatRule
from sla.limits import Limits
from sla.metrics.measure import Measure
from sla.obligations import DaySpan, Obligation, Straddling
from sla.part_periods import CutRules, ReadRules, cuts_on, joints_of
from sla.periods import DAY, Period, PeriodRule, local_day, span

CellKey = tuple[int, date]


@dataclass(frozen=True)
class Agreed(ReadRules):
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
    def cutting(self) -> CutRules:
        """How the terms cut periods."""
        return CutRules(self.terms.effective_on, self.terms.ends_on, self.rule, self.part_periods, self.changes)

    @cached_property
    def measure(self) -> Measure:
        return measure_of(self.terms)

    @cached_property
    def per(self) -> "Agreed | None":
        """The same terms as far as they read the feed that gives the denominator, where that is another one."""
        terms = terms_per(self.terms) if self.terms.service_level.per_feed_id else None
        return Agreed(terms) if terms else None

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
        return ValueFormat.of(unit=self.unit, decimals=terms.decimals_shown, limits=limits)

    @property
    def looks_back(self) -> bool:
        """Whether a period's verdict may depend on earlier ones; no, where the terms make no sense."""
        with suppress(ArithmeticError, TypeError, ValueError):
            return self.limits.low_volume.looks_back() or bool(self.repeats)
        return False

    @property
    def overlaps(self) -> bool:
        """Whether rows count beyond the day on which they begin; no, where the terms make no sense."""
        with suppress(ValueError):
            return self.measure.overlaps
        return False

    @property
    def unit(self) -> str:
        return self.terms.unit or self.measure.unit

    @property
    def look_ahead(self) -> timedelta:
        """How far beyond a period rows are read; not at all, where the terms make no sense."""
        with suppress(ValueError):
            return self.measure.look_ahead
        return timedelta(0)


@dataclass(frozen=True)
class Cell:
    """One service level and one period; `in_force` is false where its verdict has no consequences.

    `whole` is the period as the terms cut it, and `time` when contract, feed and promise run: what lies outside of it
    is neither owed nor counted. The terms are `chosen` where they judge the period, and do not merely begin in it;
    others take effect inside of it on the day `changed_on`. A part period `stays_apart` that would be joined, had the
    period beside it not closed before.
    """

    service_level: ServiceLevel
    agreed: Agreed
    whole: Period
    time: DaySpan
    in_force: bool
    is_reported_part: bool = False
    chosen: bool = True
    changed_on: date | None = None
    stays_apart: bool = False

    @cached_property
    def is_over(self) -> bool:
        """Whether the time had ended before the period, which was judged before that was known."""
        return self.time.end is not None and self.time.end <= max(self.whole.start, self.time.start)

    @cached_property
    def period(self) -> Period:
        """The period up to the end of the time; its start stays, because it is the cell's key."""
        end = min(self.whole.end, self.time.end or self.whole.end)
        return self.whole if self.is_over or end == self.whole.end else replace(self.whole, end=end)

    @cached_property
    def counted(self) -> Period:
        """The part of the period that lies in the time."""
        is_cut = not self.is_over and self.period.start < self.time.start
        return replace(self.period, start=self.time.start) if is_cut else self.period

    @cached_property
    def is_history(self) -> bool:
        """Whether it begins before the contract's opening day for judging, so that nothing follows from its verdict."""
        opening: date | None = self.service_level.contract.judged_from
        return opening is not None and self.counted.start < opening

    def looks_at(self, earlier: "Cell") -> bool:
        """Whether rules that look back may look at an earlier cell."""
        return not earlier.is_history or self.is_history or self.agreed.counts_history

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
        if not (ahead := self.agreed.look_ahead):
            return self.period.end
        zone = ZoneInfo(self.service_level.contract.zone)
        return local_day(span(self.period, zone)[1] + ahead - timedelta(microseconds=1), zone) + DAY

    @property
    def part(self) -> tuple[date | None, date | None]:
        """From when and until when the period's days count, each only where it lies inside of the period."""
        begins, ends = self.counted.start, self.counted.end
        return (begins if begins > self.whole.start else None, ends if ends < self.whole.end else None)

    @cached_property
    def obligation(self) -> Obligation:
        """What the feed owes under the terms."""
        return Obligation(self.time, self.service_level.feed.reports, self.agreed.straddling)

    @cached_property
    def owed(self) -> list[Period]:
        """The weeks or months of which the period needs a report, where the feed totals such."""
        return self.obligation.owed(self.period)

    @cached_property
    def per(self) -> "Cell | None":
        """The cell as it reads the feed that gives the denominator, where that is another one."""
        agreed = self.agreed.per
        return replace(self, service_level=agreed.terms.service_level, agreed=agreed) if agreed else None

    def owes(self, clock: Clock) -> bool:
        """Whether its feed owes anything of one of its days; the one that gives the denominator is not asked."""
        return any(clock.owes_on(self.service_level.feed, day) for day in self.counted.days())

    def excusable(self, days: Collection[date]) -> list[date]:
        """Those of the days that can be taken out: all, or those of whole weeks or months where rows total such."""
        days = days if self.per is None else self.per.excusable(days)
        is_total = self.service_level.feed.kind == Feed.Kind.COUNTS
        return self.obligation.whole_reports(self.period, days) if is_total else list(days)

    @property
    def shares_reports(self) -> bool:
        """Whether a report may count here that begins before the period, or before the time, or only in part."""
        if self.agreed.straddling is not Straddling.BY_START:
            return self.obligation.reports is not None
        return self.obligation.counts_from(self.period) < self.counted.start

    def deadlines(self, clock: Clock) -> Deadlines:
        """When its report is due and when it closes: what is read beyond it stays open until that is due, too."""
        last_day = self.obligation.complete_on(self.period)
        own = clock.deadlines(
            self.service_level.feed, self.agreed.limits, starts_on=self.period.start,
            last_day=last_day, read_until=max(last_day, self.seen_until - DAY),
        )  # fmt: skip
        deadlines = own if self.per is None else own.later_of(self.per.deadlines(clock))
        return replace(deadlines, deemed_on=None) if self.is_history else deadlines

    def counts_rows_of(self, day: date) -> bool:
        """Whether rows that begin on a day count here."""
        if self.shares_reports:
            return bool(self.obligation.counted_part(self.period, day)[1])
        return self.counted.start <= day < self.seen_until


@dataclass(frozen=True)
class Timeline:
    """A service level with all its terms, oldest first; `within` is its time where that is known."""

    service_level: ServiceLevel
    agreed: tuple[Agreed, ...]
    within: DaySpan | None = None
    # The days on which no part period is joined, because a period that ended there is closed.
    apart: frozenset[date] = frozenset()

    @classmethod
    def of(cls, service_level: ServiceLevel, terms: Iterable[ServiceLevelTerms]) -> "Timeline":
        """The timeline of a service level whose terms are at hand, oldest first."""
        rows = tuple(terms)
        for row in rows:
            row.service_level = service_level
        return cls(service_level, tuple(map(Agreed, rows)))

    @cached_property
    def time(self) -> DaySpan:
        """When contract and feed run and the service level is promised: from its first terms to the end of its last."""
        if self.within is not None:
            return self.within
        level = self.service_level
        promised = DaySpan(self.agreed[0].terms.effective_on, self.agreed[-1].terms.ends_on)
        return promised.shared_with(level.contract.time, *(feed.time for feed in (level.feed, level.per_feed) if feed))

    @property
    def joints(self) -> set[date]:
        """The days on which part periods join those beside them; none, where the terms make no sense."""
        with suppress(ValueError):
            return joints_of([each.cutting for each in self.agreed], self.time) if self.agreed else set()
        return set()

    def cells_on(self, day: date) -> list[Cell]:
        """The cells in which that local day lies: one, unless an amendment changed the kind of period."""
        cells = self._cells_by_terms(day) if self.agreed and day in self.time else []
        in_force = (cell for cell in cells if cell.agreed.cutting.in_force_on(day))
        return [cell for cell in cells if cell.chosen] or list(islice(in_force, 1))

    def cell_starting(self, day: date) -> Cell | None:
        """The cell whose period begins on that day; None where no terms cut a period there."""
        starting = [cell for cell in self._cells_by_terms(day) if cell.period.start == day]
        found = [cell for cell in starting if cell.chosen or cell.agreed.terms.effective_on in cell.period]
        return max(found, key=attrgetter("chosen"), default=None)

    def cells_until(self, last_day: date) -> list[Cell]:
        """Every cell from the first day that counts up to the one in which the last day lies, in order."""
        cells: list[Cell] = []
        for agreed in self.agreed:
            day = max(agreed.terms.effective_on, self.time.start)
            while day <= last_day and agreed.cutting.in_force_on(day) and day in self.time:
                cells += self.cells_on(day)
                day = agreed.rule.containing(day).end
        # Where the kind of period has changed, what only begins in a period gives way to what judges it.
        found = {cell.period.start: cell for cell in sorted(cells, key=attrgetter("chosen"))}
        return [found[start] for start in sorted(found)]

    def _cells_by_terms(self, day: date) -> list[Cell]:
        """The cell of a day as each row of terms would cut it, chosen or not, where a part of it counts."""
        level = self.service_level
        cuts = cuts_on(day, tuple(each.cutting for each in self.agreed), self.time, self.apart)
        facts = attrgetter("in_force", "is_reported_part", "chosen", "changed_on", "stays_apart")
        return [Cell(level, self.agreed[place], cut.whole, self.time, *facts(cut)) for place, cut in cuts]


def timelines_of(service_levels: QuerySet[ServiceLevel]) -> dict[int, Timeline]:
    """The timelines of those service levels, by primary key, in a constant number of queries."""
    terms = Prefetch("terms", ServiceLevelTerms.objects.select_related("amendment").order_by("effective_on"))
    rows = service_levels.select_related("feed__contract", "per_feed__contract", "contract__calendar")
    rows = rows.select_related("contract__client", "contract__vendor")
    return with_closed_joints({row.pk: Timeline.of(row, row.terms.all()) for row in rows.prefetch_related(terms)})


def with_closed_joints(timelines: dict[int, Timeline]) -> dict[int, Timeline]:
    """The timelines, by primary key, with the days on which part periods would join what is closed already."""
    wanted = {pk: days for pk, timeline in timelines.items() if (days := timeline.joints)}
    apart = Verdict.objects.ends_of_closed(wanted) if wanted else {}
    return timelines | {pk: replace(timelines[pk], apart=frozenset(days)) for pk, days in apart.items()}
