"""What feeds owe: span by span, whether it was reported, in time, late, or is still to come."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from bpo.formatting import show_period
from contracts.clocks import Clock, clocks_of
from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed, ServiceLevelTerms
from intake.awaited import counts_in_history, promised_of, reading, settled_spans
from intake.models.delays import AnnouncedDelay
from metrics.models.results import DAY_COLUMN, RESULT_TABLES, CountResult, SupersededResult
from metrics.tallies.nil_reports import nil_days
from sla.obligations import REPORTS, DaySpan
from sla.periods import DAY, Period, PeriodKind, PeriodRule, local_day

Schedule = Feed.Schedule
# How many spans back are looked at, the one that still runs included.
LOOKED_BACK = {Schedule.DAILY: 14, Schedule.WEEKLY: 8, Schedule.MONTHLY: 6, Schedule.QUARTERLY: 4, Schedule.YEARLY: 2}
ARRIVED = "batch__received_at"
DAILY = PeriodRule(PeriodKind.DAY)
# Many feeds share their spans.
span_containing = lru_cache(maxsize=4_000)(PeriodRule.containing)
PERIODS = {"day": Schedule.DAILY, "week": Schedule.WEEKLY, "week_sunday": Schedule.WEEKLY}


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
    schedules = schedules_of(found)
    clocks = clocks_of((feed.contract for feed in found if feed.due_unit == Feed.DueUnit.BUSINESS_DAYS), at=now)
    spans = {feed.pk: spans_of(feed, schedules[feed.pk], clocks.get(feed.contract_id), now) for feed in found}
    arrivals, missing = arrivals_of(found, spans), missing_splits(found, spans)
    nil = stated_spans(found, spans, clocks)
    announced = AnnouncedDelay.objects.filter(feed__in=[feed.pk for feed in found]).order_by("announced_at", "pk")
    delays = {(delay.feed_id, delay.starts_on): delay for delay in announced}
    reports = []
    for feed in found:
        today, end, clock = local_day(now, ZoneInfo(feed.contract.zone)), feed.time.end, clocks.get(feed.contract_id)
        for whole in spans[feed.pk]:
            span = whole if end is None or whole.end <= end else replace(whole, end=end)
            last_day = span.end - DAY
            due_on = last_day + timedelta(days=feed.due_length)
            if clock is not None:
                due_on = clock.due_on(feed, starts_on=span.start, last_day=last_day)
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


def schedules_of(feeds: Sequence[Feed]) -> dict[int, str]:
    """How often each feed is owed; one of single facts as often as the shortest of its levels' periods."""
    periods: dict[int, set[str]] = defaultdict(set)
    events = [feed.pk for feed in feeds if feed.schedule == Schedule.EVENT]
    if events:
        terms = ServiceLevelTerms.objects.filter(reading(events)).order_by()
        for *pks, period in terms.values_list("service_level__feed", "service_level__per_feed", "period").distinct():
            for pk in pks:
                periods[pk].add(PERIODS.get(period, Schedule.MONTHLY))
    by_length = (Schedule.DAILY, Schedule.WEEKLY, Schedule.MONTHLY)
    return {
        feed.pk: feed.schedule
        if feed.schedule != Schedule.EVENT
        else next((length for length in by_length if length in periods[feed.pk]), Schedule.MONTHLY)
        for feed in feeds
    }


def spans_of(feed: Feed, schedule: str, clock: Clock | None, now: datetime) -> list[Period]:
    """The latest spans of which the feed owes at least a day, oldest first; `clock` is that of business days."""
    today, time = local_day(now, ZoneInfo(feed.contract.zone)), feed.time
    found: list[Period] = []
    rule = feed.reports or REPORTS.get(schedule, DAILY)
    span = span_containing(rule, today)
    while len(found) < LOOKED_BACK[Schedule(schedule)] and span.end > time.start:
        part = time.part_of(span)
        if part and (clock is None or any(clock.owes_on(feed, day) for day in part.days())):
            found.append(span)
        span = span_containing(rule, span.start - DAY)
    return found[::-1]


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
            is_total = feed.kind == Feed.Kind.COUNTS and feed.schedule != Schedule.EVENT
            groups[feed.kind, is_total, span.kind].append(feed)
    found: dict[tuple[int, date], tuple[bool, datetime | None]] = {}
    for (kind, is_total, _length), members in groups.items():
        wanted = {span for feed in members for span in spans[feed.pk]}
        looks = {f"at_{span.start:%Y%m%d}": look(kind, span, is_total=is_total) for span in wanted}
        rows = Feed.objects.filter(pk__in=[feed.pk for feed in members]).order_by()
        for row in rows.annotate(**looks).values("pk", *looks):
            for span in wanted:
                if came := row[f"at_{span.start:%Y%m%d}"]:
                    found[row["pk"], span.start] = (True, came if is_total else None)
    return found


def missing_splits(
    feeds: Sequence[Feed], spans: Mapping[int, Sequence[Period]]
) -> dict[tuple[int, date], tuple[str, ...]]:
    """Of each span of totals, the splits that a service level names and that have no row yet."""
    named = named_splits([feed for feed in feeds if feed.kind == Feed.Kind.COUNTS and feed.schedule != Schedule.EVENT])
    first = min((span.start for pk in named for span in spans[pk]), default=None)
    if first is None:
        return {}
    rows = CountResult.objects.filter(feed__in=named, starts_on__gte=first)
    came: dict[tuple[int, str], list[DaySpan]] = defaultdict(list)
    for pk, split, day in rows.values_list("feed", "split", "starts_on").distinct().order_by():
        came[pk, split].append(DaySpan(day, day + DAY))
    missing = {}
    for pk, splits in named.items():
        for span in spans[pk]:
            promised = {split for split, times in splits.items() if any(time.part_of(span) for time in times)}
            absent = sorted(split for split in promised if not any(time.part_of(span) for time in came[pk, split]))
            missing[pk, span.start] = tuple(absent)
    return missing


def named_splits(feeds: Sequence[Feed]) -> dict[int, dict[str, list[DaySpan]]]:
    """The splits that terms name, by feed, with the days on which these terms hold."""
    named: dict[int, dict[str, list[DaySpan]]] = defaultdict(lambda: defaultdict(list))
    terms = ServiceLevelTerms.objects.filter(service_level__feed__in=[feed.pk for feed in feeds]).exclude(narrowing={})
    columns = ("service_level__feed", "narrowing__split", "effective_on", "ends_on")
    for pk, splits, begins, ends in terms.values_list(*columns) if feeds else ():
        for split in splits or ():
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


def look(kind: str, span: Period, *, is_total: bool) -> Exists | Coalesce:
    """Whether a feed has a row in a span; of totals when the first came, also where it was corrected since."""
    column = DAY_COLUMN[Feed.Kind(kind)]
    inside = {f"{column}__gte": span.start, f"{column}__lt": span.end}
    rows = RESULT_TABLES[kind].objects.filter(feed=OuterRef("pk"), **inside)
    if not is_total:
        return Exists(rows)
    first = SupersededResult.objects.filter(feed=OuterRef("pk"), revision=1, key__startswith=f"{span.label}|")
    return Coalesce(*(Subquery(came.order_by(ARRIVED).values(ARRIVED)[:1]) for came in (first, rows)))
