"""The spans of which feeds owe a report: how long they are, which are the latest, and when their reports are due."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from contracts.clocks import Clock
from contracts.models.service_levels import Feed, ServiceLevelTerms
from intake.awaited import reading
from sla.obligations import REPORTS, DaySpan
from sla.periods import DAY, Period, PeriodKind, PeriodRule, local_day

Schedule = Feed.Schedule
# How many spans back are looked at, the one that still runs included.
LOOKED_BACK = {Schedule.DAILY: 14, Schedule.WEEKLY: 8, Schedule.MONTHLY: 6, Schedule.QUARTERLY: 4, Schedule.YEARLY: 2}
DAILY = PeriodRule(PeriodKind.DAY)
# Many feeds share their spans.
span_containing = lru_cache(maxsize=4_000)(PeriodRule.containing)
PERIODS = {"day": Schedule.DAILY, "week": Schedule.WEEKLY, "week_sunday": Schedule.WEEKLY}


def schedules_of(schedules: Mapping[int, str]) -> dict[int, str]:
    """How often feeds are owed, of their schedules: one of single facts as often as its levels' shortest period."""
    periods: dict[int, set[str]] = defaultdict(set)
    events = [pk for pk, schedule in schedules.items() if schedule == Schedule.EVENT]
    if events:
        terms = ServiceLevelTerms.objects.filter(reading(events)).order_by()
        for *pks, period in terms.values_list("service_level__feed", "service_level__per_feed", "period").distinct():
            for pk in pks:
                periods[pk].add(PERIODS.get(period, Schedule.MONTHLY))
    by_length = (Schedule.DAILY, Schedule.WEEKLY, Schedule.MONTHLY)
    return {
        pk: schedule
        if schedule != Schedule.EVENT
        else next((length for length in by_length if length in periods[pk]), Schedule.MONTHLY)
        for pk, schedule in schedules.items()
    }


def spans_of(feed: Feed, schedule: str, clock: Clock | None, now: datetime) -> list[Period]:
    """The latest spans of which the feed owes at least a day, oldest first; `clock` is that of its business days."""
    today, rule = local_day(now, ZoneInfo(feed.contract.zone)), feed.reports or REPORTS.get(schedule, DAILY)
    number = LOOKED_BACK[Schedule(schedule)]
    if clock is None or feed.due_unit != Feed.DueUnit.BUSINESS_DAYS:
        return list(latest_spans(rule, feed.time, today, number))
    parts = spans_back(rule, feed.time, today)
    owed = (span for span, part in parts if any(clock.owes_on(feed, day) for day in part.days()))
    return list(islice(owed, number))[::-1]


def spans_back(rule: PeriodRule, time: DaySpan, today: date) -> Iterator[tuple[Period, Period]]:
    """The spans that share days with some time, each with this part of it, from the span of today backwards."""
    span = span_containing(rule, today)
    while span.end > time.start:
        if part := time.part_of(span):
            yield span, part
        span = span_containing(rule, span.start - DAY)


# Contracts that begin on one day share them.
@lru_cache(maxsize=4_000)
def latest_spans(rule: PeriodRule, time: DaySpan, today: date, number: int) -> tuple[Period, ...]:
    """So many of the latest spans, oldest first."""
    return tuple(span for span, _part in islice(spans_back(rule, time, today), number))[::-1]


def when_due(feed: Feed, time: DaySpan, whole: Period, clock: Clock | None) -> tuple[Period, date]:
    """The part of a span up to the end of the feed's `time`, and the last day on which its report is in time."""
    span = whole if time.end is None or whole.end <= time.end else replace(whole, end=time.end)
    last_day = span.end - DAY
    if clock is None:
        return span, last_day + timedelta(days=feed.due_length)
    return span, clock.due_on(feed, starts_on=span.start, last_day=last_day)
