"""A first row for somebody who tries the API out: of a feed of their own, of the kind that it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef

from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed, ServiceLevel
from metrics.due import State, due_reports
from metrics.timelines import timelines_of
from sla.periods import DAY

VERDICTS = "/api/v1/verdicts"
TOTALS = {"numerator": 95, "denominator": 100}


@dataclass(frozen=True)
class FirstRow:
    """A row to send, and where the verdict stands that follows from it."""

    row: Mapping[str, Any]
    verdict_path: str


# What stands in the examples of a reader who owes nothing, or is not signed in.
ANY = FirstRow({"feed": "FEED", "period": "2025-10"} | TOTALS, VERDICTS)


def first_row(principal: Any, *, now: datetime) -> FirstRow:
    """Totals that the reader owes, or else a single fact of yesterday."""
    read = Feed.objects.visible_to(principal).filter(Exists(ServiceLevel.objects.filter(feed=OuterRef("pk"))))
    singles = read.filter(kind=Feed.Kind.COUNTS, schedule=Feed.Schedule.EVENT)
    totals = read.filter(kind=Feed.Kind.COUNTS).exclude(schedule=Feed.Schedule.EVENT)
    reports = [report for report in due_reports(totals, now=now) if report.state != State.RUNNING]
    owed = [report for report in reports if report.state.is_owed] or reports
    if owed:
        report = owed[-1]
        return FirstRow(report.as_row() | TOTALS, verdict_path(report.feed, report.span.starts_on))
    running = {"contract__status": Contract.Status.ACTIVE, "starts_on__lt": now.date(), "ends_on": None}
    others = (singles | read.exclude(kind=Feed.Kind.COUNTS)).filter(**running).select_related("contract")
    feed = others.order_by("contract__reference", "code", "pk").first()
    if feed is None:
        return ANY
    day = now.astimezone(ZoneInfo(feed.contract.zone)).date() - DAY
    address = {"contract": feed.contract.public_id, "feed": feed.code, "external_id": "first-row"}
    return FirstRow(address | fact_of(feed, day), verdict_path(feed, day))


def fact_of(feed: Feed, day: date) -> dict[str, Any]:
    """One plausible fact of that day, with the columns that its kind needs."""
    at = datetime.combine(day, time(10), tzinfo=ZoneInfo(feed.contract.zone))
    moment, later = at.isoformat(), (at + timedelta(minutes=20)).isoformat()
    match feed.kind:
        case Feed.Kind.CONTACTS:
            return {"occurred_at": moment, "outcome": "answered", "wait_seconds": 12, "handle_seconds": 240}
        case Feed.Kind.CASES:
            return {"opened_at": moment, "resolved_at": later, "closed_at": later}
        case Feed.Kind.OBSERVATIONS:
            return {"occurred_at": moment, "value": f"{feed.lowest:f}" if feed.lowest is not None else "1"}
        case Feed.Kind.DOWNTIME:
            return {"started_at": moment, "ended_at": later}
        case _:
            return {"occurred_at": moment} | TOTALS


def verdict_path(feed: Feed, day: date) -> str:
    """Where the verdict stands of the first service level that reads the feed, for the period of that day."""
    levels = ServiceLevel.objects.filter(feed=feed).order_by("pk")
    for timeline in timelines_of(levels).values():
        for cell in timeline.cells_on(day):
            return f"{VERDICTS}/{timeline.service_level.public_id}/{cell.period.label}"
    return VERDICTS
