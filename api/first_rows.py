"""A first row for somebody who tries the API out: of a feed of their own, of the kind that it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef

from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed, ServiceLevel
from intake.due import State, due_reports
from metrics.timelines import Cell, timelines_of
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
        cell = cell_of(report.feed, report.span.starts_on)
        return FirstRow(report.as_row() | TOTALS | counted_by(cell), path_of(cell))
    began = now.astimezone(UTC).date() - DAY
    others = (singles | read.exclude(kind=Feed.Kind.COUNTS)).filter(
        contract__status=Contract.Status.ACTIVE, starts_on__lt=began, contract__starts_on__lt=began
    )
    feed = others.select_related("contract").order_by("contract__reference", "code", "pk").first()
    return single_fact(feed, now=now) if feed else ANY


def single_fact(feed: Feed, *, now: datetime) -> FirstRow:
    """A fact of yesterday, or of the last day on which the feed was in force."""
    ends = [day for day in (feed.ends_on, feed.contract.ends_on) if day]
    day = min([now.astimezone(ZoneInfo(feed.contract.zone)).date(), *ends]) - DAY
    address = {"contract": feed.contract.public_id, "feed": feed.code, "external_id": "first-row"}
    cell = cell_of(feed, day)
    return FirstRow(address | fact_of(feed, day) | counted_by(cell), path_of(cell))


def fact_of(feed: Feed, day: date) -> dict[str, Any]:
    """One plausible fact of that day, with the columns that its kind needs."""
    at = datetime.combine(day, time(10), tzinfo=ZoneInfo(feed.contract.zone))
    moment, later = at.isoformat(), (at + timedelta(minutes=20)).isoformat()
    match feed.kind:
        case Feed.Kind.CONTACTS:
            return {"occurred_at": moment, "outcome": "answered", "wait_seconds": 12, "handle_seconds": 240}
        case Feed.Kind.CASES:
            due = (at + timedelta(hours=1)).isoformat()
            times = {"opened_at": moment, "due_at": due, "resolved_at": later, "closed_at": later}
            return times | {"met": True, "correct": True, "reopened": False}
        case Feed.Kind.OBSERVATIONS:
            return {"occurred_at": moment, "value": f"{feed.lowest:f}" if feed.lowest is not None else "1"}
        case Feed.Kind.DOWNTIME:
            return {"started_at": moment, "ended_at": later}
        case _:
            return {"occurred_at": moment} | TOTALS


def cell_of(feed: Feed, day: date) -> Cell | None:
    """The cell that the row will be seen in: of a service level that reads the whole feed, if any does."""
    timelines = timelines_of(ServiceLevel.objects.filter(feed=feed).order_by("pk")).values()
    cells = [cell for timeline in timelines for cell in timeline.cells_on(day)]
    return next((cell for cell in cells if not cell.agreed.terms.narrowing), cells[0] if cells else None)


def counted_by(cell: Cell | None) -> dict[str, str]:
    """The columns, such as the split, by which the cell's service level picks its rows."""
    narrowing = cell.agreed.terms.narrowing if cell else {}
    return {name: said if isinstance(said, str) else next(iter(said)) for name, said in narrowing.items()}


def path_of(cell: Cell | None) -> str:
    return f"{VERDICTS}/{cell.service_level.public_id}/{cell.period.label}" if cell else VERDICTS
