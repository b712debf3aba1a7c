"""Results put straight into the tables, as intake leaves them: for tests of what comes after intake."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from contracts.models.service_levels import Feed, ServiceLevel
from metrics.models.results import (
    Batch,
    CaseResult,
    ContactResult,
    CountResult,
    DowntimeResult,
    ObservationResult,
    Result,
)
from metrics.models.verdicts import Verdict
from metrics.services.judging import judge_all
from metrics.services.row_changes import RowChange, cells_counting, touch_cells
from metrics.timelines import Cell, CellKey, timelines_of
from sla.periods import local_day

NOW = datetime(2025, 4, 2, 9, 0, tzinfo=UTC)
DAY_COLUMNS = ("starts_on", "occurred_on", "opened_on", "due_on", "resolved_on", "closed_on", "started_on", "ended_on")


def cells_on(feed: Feed, days: Iterable[date]) -> dict[CellKey, Cell]:
    """Every cell of the feed's service levels that counts rows of one of those days."""
    return cells_counting(timelines_of(ServiceLevel.objects.filter(feed=feed)).values(), set(days))


@transaction.atomic
def receive(feed: Feed, rows: Iterable[Result], *, at: datetime = NOW, reason: str = "") -> set[str]:
    """Write new rows of one batch and enqueue their cells, in one transaction, as intake does; returns late keys."""
    kept = list(rows)
    batch = Batch.objects.create(
        vendor=feed.contract.vendor,
        channel=Batch.Channel.API,
        media_type="application/json",
        received_at=at,
        rows_received=len(kept),
        rows_new=len(kept),
        rows_superseded=0,
        rows_unchanged=0,
        sha256="0" * 64,
    )
    for row in kept:
        row.feed, row.batch = feed, batch
    for model in {type(row) for row in kept}:
        model.objects.bulk_create([row for row in kept if type(row) is model], batch_size=500)
    touched = [RowChange(key=row.key, days=days_of(row), reason=reason) for row in kept]
    return touch_cells(feed=feed, rows=touched, batch=batch, now=at)


def days_of(row: Result) -> frozenset[date]:
    """The local days of a row, as intake hands them over."""
    if isinstance(row, DowntimeResult):
        last = row.ended_on or row.started_on
        return frozenset(row.started_on + timedelta(days=number) for number in range((last - row.started_on).days + 1))
    return frozenset(day for name in DAY_COLUMNS if (day := getattr(row, name, None)) and name != "ends_on")


def count(day: date, numerator: Any, denominator: Any = None, *, days: int = 1, split: str = "") -> CountResult:
    return CountResult(
        key=f"{day}/{split}",
        starts_on=day,
        ends_on=day + timedelta(days=days),
        numerator=Decimal(numerator),
        denominator=None if denominator is None else Decimal(denominator),
        split=split,
    )


def month(first: date, numerator: Any, denominator: Any, *, split: str = "") -> CountResult:
    """One row for a whole month."""
    following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    return count(first, numerator, denominator, days=(following - first).days, split=split)


def contact(
    key: str, at: datetime, outcome: str = "answered", *, zone: str = "Europe/Berlin", **more: Any
) -> ContactResult:
    numbers = {name: Decimal(value) if isinstance(value, str | int) and not isinstance(value, bool) else value
               for name, value in more.items() if name != "queue"}  # fmt: skip
    queue = more.get("queue", "")
    on = local_day(at, ZoneInfo(zone))
    return ContactResult(
        key=key, external_id=key, occurred_at=at, occurred_on=on, outcome=outcome, queue=queue, **numbers
    )


def observation(
    key: str, at: datetime, value: Any, weight: Any = None, *, zone: str = "Europe/Berlin"
) -> ObservationResult:
    return ObservationResult(
        key=key,
        external_id=key,
        occurred_at=at,
        occurred_on=local_day(at, ZoneInfo(zone)),
        value=Decimal(value),
        weight=None if weight is None else Decimal(weight),
    )


def case(key: str, *, zone: str = "Europe/Berlin", **columns: Any) -> CaseResult:
    days = {
        name.replace("_at", "_on"): local_day(value, ZoneInfo(zone))
        for name, value in columns.items()
        if name.endswith("_at") and value is not None
    }
    return CaseResult(key=key, external_id=key, **columns, **days)


def outage(
    key: str, start: datetime, end: datetime | None, *, zone: str = "Europe/Berlin", **more: Any
) -> DowntimeResult:
    return DowntimeResult(
        key=key,
        external_id=key,
        started_at=start,
        started_on=local_day(start, ZoneInfo(zone)),
        ended_at=end,
        ended_on=end and local_day(end, ZoneInfo(zone)),
        **more,
    )


def verdict_of(level: ServiceLevel, label: str, *, at: datetime = NOW) -> Verdict:
    """The current verdict once everything dirty has been judged."""
    judge_all(now=at)
    return Verdict.objects.current().get(service_level=level, period_label=label)
