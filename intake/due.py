"""What feeds owe: span by span, whether it was reported, in time, late, or is still to come."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BooleanField, Case, OuterRef, QuerySet, Subquery, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from bpo.formatting import show_period
from contracts.clocks import Clock, clocks_of
from contracts.models.agreements import Contract
from contracts.models.service_levels import TOTALS, Feed, ServiceLevelTerms
from intake.awaited import counts_in_history, promised_of, reading, settled_spans
from intake.models.delays import AnnouncedDelay
from intake.spans import Schedule, schedules_of, spans_of, when_due
from metrics.models.results import DAY_COLUMN, RESULT_TABLES, CountResult, SupersededResult
from metrics.services.work_queue import key_list
from metrics.tallies.nil_reports import nil_days
from sla.obligations import DaySpan
from sla.periods import Period, PeriodKind, local_day

ARRIVED = "batch__received_at"


class State(StrEnum):
    """How it stands with one report."""

    REPORTED = "reported"
    REPORTED_LATE = "reported_late"
    RUNNING = "running"
    DUE = "due"
    LATE = "late"
    HISTORY = "history"  # not owed: it counts before the opening day for judging alone
    SETTLED = "settled"  # never came, and every verdict that needed it is final

    @property
    def is_owed(self) -> bool:
        return self in (State.DUE, State.LATE)


@dataclass(frozen=True, slots=True)
class DueReport:
    """One feed's report of one span, and the last local day on which it is in time.

    `missing_splits` are those that a service level names and that the report has no totals of yet. `is_nil` says that
    it states for every day that nothing happened.
    """

    feed: Feed
    span: Period
    due_on: date
    today: date
    state: State
    reported_at: datetime | None
    delay: AnnouncedDelay | None
    missing_splits: tuple[str, ...] = ()
    is_nil: bool = False

    @property
    def id(self) -> str:
        """`CT-7K2M9.VOICE.2025-10`: what names it in addresses and in the grid."""
        return f"{self.feed.contract.public_id}.{self.feed.code}.{self.span.label}"

    @property
    def period(self) -> str:
        """The span as people name it, "October 2025"."""
        return show_period(self.span.kind, self.span.start, self.span.end, self.span.label)

    @property
    def missing_text(self) -> str:
        """ "missing: Shop, Web", the splits that it still needs; nothing where it needs none or is not owed."""
        names = ", ".join(split or _("without split") for split in self.missing_splits) if self.state.is_owed else ""
        return _("missing: %(names)s") % {"names": names} if names else ""

    @property
    def days_late(self) -> int:
        """Days since the last day in time; 0 for a report that is in."""
        return max(0, (self.today - self.due_on).days) if self.state.is_owed else 0

    def as_row(self) -> dict[str, Any]:
        """The row to fill in, ready for sending; of feeds of single facts only the address."""
        row: dict[str, Any] = {"contract": self.feed.contract.public_id, "feed": self.feed.code}
        if self.feed.kind == Feed.Kind.COUNTS and self.feed.schedule != Schedule.EVENT:
            row["date" if self.feed.schedule == Schedule.DAILY else "period"] = self.span.label
            row |= {"split": self.missing_splits[0]} if self.missing_splits else {}
            row |= {"numerator": None, "denominator": None}
        return row


def due_reports(feeds: QuerySet[Feed], *, now: datetime) -> list[DueReport]:
    """The latest spans of those feeds, oldest first within a feed, in a constant number of queries."""
    rows = feeds.filter(contract__status=Contract.Status.ACTIVE).select_related(
        "contract__calendar", "contract__client__organisation", "contract__vendor__organisation"
    )
    found = list(rows.order_by("contract__reference", "code", "pk"))
    schedules = schedules_of({feed.pk: feed.schedule for feed in found})
    clocks = clocks_of((feed.contract for feed in found if feed.due_unit == Feed.DueUnit.BUSINESS_DAYS), at=now)
    spans = {feed.pk: spans_of(feed, schedules[feed.pk], clocks.get(feed.contract_id), now) for feed in found}
    named = named_splits([feed.pk for feed in found if is_total(feed)])
    arrivals, missing = arrivals_of(found, spans), missing_splits(named, spans)
    nil = stated_spans(found, spans, clocks)
    announced = AnnouncedDelay.objects.filter(feed__in=[feed.pk for feed in found]).order_by("announced_at", "pk")
    delays = {(delay.feed_id, delay.starts_on): delay for delay in announced}
    reports = []
    for feed in found:
        today, clock = local_day(now, ZoneInfo(feed.contract.zone)), clocks.get(feed.contract_id)
        for whole in spans[feed.pk]:
            span, due_on = when_due(feed, whole, clock)
            is_reported, reported_at = arrivals.get((feed.pk, span.start), (False, None))
            splits = missing.get((feed.pk, span.start), ())
            is_nil = not is_reported and (feed.pk, span.start) in nil
            is_reported = is_nil or (is_reported and not splits)
            state = state_of(feed, span, due_on, today, is_reported=is_reported, reported_at=reported_at)
            delay = delays.get((feed.pk, span.start))
            reports.append(DueReport(feed, span, due_on, today, state, reported_at, delay, splits, is_nil))
    promised = promised_of({row.feed.pk for row in reports if row.state.is_owed or row.feed.contract.judged_from})
    reports = [
        replace(row, state=State.HISTORY if row.state.is_owed else State.REPORTED)
        if row.state is not State.RUNNING and counts_in_history(row.feed, row.span, promised[row.feed.pk])
        else row
        for row in reports
    ]
    settled = settled_spans([(report.feed, report.span) for report in reports if report.state.is_owed], promised)
    return [replace(row, state=State.SETTLED) if (row.feed.pk, row.span.start) in settled else row for row in reports]


def owed_reports(feeds: QuerySet[Feed], *, now: datetime) -> list[DueReport]:
    """What is owed now, the earliest due first."""
    return owed_of(due_reports(feeds, now=now))


def owed_of(reports: Iterable[DueReport]) -> list[DueReport]:
    """Those of some reports that are owed, the earliest due first."""
    owed = [report for report in reports if report.state.is_owed]
    return sorted(owed, key=lambda report: (report.due_on, report.id))


def is_total(feed: Feed) -> bool:
    """Whether its rows are totals of days, weeks, months, quarters or years."""
    return (feed.kind, feed.schedule) in TOTALS


def state_of(
    feed: Feed, span: Period, due_on: date, today: date, *, is_reported: bool, reported_at: datetime | None
) -> State:
    if is_reported:
        in_time = reported_at is None or local_day(reported_at, ZoneInfo(feed.contract.zone)) <= due_on
        return State.REPORTED if in_time else State.REPORTED_LATE
    if today < span.end:
        return State.RUNNING
    return State.LATE if today > due_on else State.DUE


def arrivals_of(
    feeds: Sequence[Feed], spans: dict[int, list[Period]]
) -> dict[tuple[int, date], tuple[bool, datetime | None]]:
    """Whether each span has a row, and when the first of a span's totals came; one query a kind and length of span."""
    groups: dict[tuple[str, bool, PeriodKind], list[Feed]] = defaultdict(list)
    for feed in feeds:
        if spans[feed.pk]:
            span = spans[feed.pk][0]
            groups[feed.kind, is_total(feed), span.kind].append(feed)
    found: dict[tuple[int, date], tuple[bool, datetime | None]] = {}
    for (kind, of_totals, _length), members in groups.items():
        wanted = {span for feed in members for span in spans[feed.pk]}
        for pk, span, came in came_in([feed.pk for feed in members], kind, wanted, of_totals=of_totals):
            found[pk, span.start] = (True, came if of_totals else None)
    return found


def came_in(
    feeds: Collection[int], kind: str, spans: Collection[Period], *, of_totals: bool = False
) -> Iterator[tuple[int, Period, Any]]:
    """The spans of which feeds of a kind have a row; of totals with the instant at which the first came."""
    looks = {f"at_{span.start:%Y%m%d}": look(kind, span, of_totals=of_totals) for span in spans}
    rows = Feed.objects.filter(pk__in=key_list(feeds)).order_by()
    for pk, *came in rows.annotate(**looks).values_list("pk", *looks):
        yield from ((pk, span, at) for span, at in zip(spans, came, strict=True) if at)


def missing_splits(
    named: Mapping[int, Mapping[str, Sequence[DaySpan]]], spans: Mapping[int, Sequence[Period]]
) -> dict[tuple[int, date], tuple[str, ...]]:
    """Of each span of totals, the splits that a service level names and that have no row yet."""
    first = min((span.start for pk in named for span in spans[pk]), default=None)
    if first is None:
        return {}
    rows = CountResult.objects.filter(feed__in=named, starts_on__gte=first)
    came: dict[tuple[int, str], set[date]] = defaultdict(set)
    for pk, split, day in rows.values_list("feed", "split", "starts_on").distinct().order_by():
        came[pk, split].add(day)
    missing = {}
    for pk, splits in named.items():
        for span in spans[pk]:
            promised = {split for split, times in splits.items() if any(time.part_of(span) for time in times)}
            absent = sorted(split for split in promised if not any(day in span for day in came[pk, split]))
            missing[pk, span.start] = tuple(absent)
    return missing


def named_splits(feeds: Collection[int]) -> dict[int, dict[str, list[DaySpan]]]:
    """The splits that terms name, also of their denominator, by feed of totals, with the days on which they hold."""
    named: dict[int, dict[str, list[DaySpan]]] = defaultdict(lambda: defaultdict(list))
    wanted, terms = set(feeds), ServiceLevelTerms.objects.filter(reading(feeds)).exclude(narrowing={}, per={})
    columns = ("service_level__feed", "service_level__per_feed", "narrowing", "per", "effective_on", "ends_on")
    for own, other, narrowing, per, begins, ends in terms.values_list(*columns) if feeds else ():
        for pk, only in ((own, narrowing), (other, per.get("only", {}))):
            for split in only.get("split", ()) if pk in wanted else ():
                named[pk][split].append(DaySpan(begins, ends))
    return named


def stated_spans(
    feeds: Sequence[Feed], spans: Mapping[int, Sequence[Period]], clocks: Mapping[int, Clock]
) -> set[tuple[int, date]]:
    """The spans of which the vendor has stated that nothing happened, on each day that it owes and has no result of."""
    looked_at = [span for its in spans.values() for span in its]
    if not looked_at:
        return set()
    nil = nil_days(feeds, min(span.start for span in looked_at), max(span.end for span in looked_at))
    covered = set()
    for feed in (feed for feed in feeds if feed.pk in nil):
        for span in spans[feed.pk]:
            days, clock = list((feed.time.part_of(span) or span).days()), clocks.get(feed.contract_id)
            if nil[feed.pk].stated_on(days) and nil[feed.pk].covers(
                [day for day in days if clock is None or clock.owes_on(feed, day)]
            ):
                covered.add((feed.pk, span.start))
    return covered


def look(kind: str, span: Period, *, of_totals: bool) -> RawSQL | Case:
    """Whether a feed has a row in a span; of totals when the first came, also where it was corrected since."""
    table, column = RESULT_TABLES[kind], DAY_COLUMN[Feed.Kind(kind)]
    # As text: a list asks for many spans, and making each of them an `Exists` costs eight times the statement.
    rows_of_feed = f"SELECT 1 FROM {table._meta.db_table} WHERE feed_id = contracts_feed.id"  # noqa: S608 - fixed names
    statement = f"EXISTS ({rows_of_feed} AND {column} >= %s AND {column} < %s)"
    has_row = RawSQL(statement, (span.start, span.end), BooleanField())  # noqa: S611 - the same
    if not of_totals:
        return has_row
    rows = table.objects.filter(feed=OuterRef("pk"), **{f"{column}__gte": span.start, f"{column}__lt": span.end})
    first = SupersededResult.objects.filter(feed=OuterRef("pk"), revision=1, key__startswith=f"{span.label}|")
    arrived = Coalesce(*(Subquery(came.order_by(ARRIVED).values(ARRIVED)[:1]) for came in (first, rows)))
    return Case(When(has_row, then=arrived))
