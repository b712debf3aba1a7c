"""How each service level stands, kept ready for pages and mails: one row each."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from contracts.models.service_levels import ServiceLevel
from metrics.models.verdicts import Standing, Verdict
from sla.periods import local_day

PERIODS_KEPT = 24
COLUMNS = ["last_closed", "so_far", "history", "updated_at"]


def restate_standings(service_levels: Iterable[ServiceLevel], *, now: datetime) -> None:
    """Write the standing of those service levels anew from their latest verdicts."""
    levels = {level.pk: level for level in service_levels}
    verdicts: dict[int, list[Verdict]] = defaultdict(list)
    for verdict in latest_verdicts(levels):
        verdicts[verdict.service_level_id].append(verdict)
    standings = [
        standing_of(level, sorted(verdicts[pk], key=lambda verdict: verdict.starts_on), now=now)
        for pk, level in sorted(levels.items())
    ]
    Standing.objects.bulk_create(
        standings, update_conflicts=True, unique_fields=["service_level"], update_fields=COLUMNS, batch_size=200
    )


def latest_verdicts(levels: Iterable[int]) -> Iterable[Verdict]:
    """The current verdicts of each service level's last periods, without the weight of days and workings."""
    place = Window(RowNumber(), partition_by=F("service_level"), order_by=F("starts_on").desc())
    rows = Verdict.objects.current().filter(service_level__in=list(levels)).annotate(place=place).order_by()
    return rows.filter(place__lte=PERIODS_KEPT).select_related("terms").defer("days", "working")


def standing_of(level: ServiceLevel, verdicts: list[Verdict], *, now: datetime) -> Standing:
    """One service level's standing; `verdicts` are its latest, oldest first."""
    today = local_day(now, ZoneInfo(level.contract.zone))
    ended = [verdict for verdict in verdicts if verdict.ends_on <= today]
    running = [verdict for verdict in verdicts if verdict.ends_on > today]
    return Standing(
        service_level=level,
        last_closed=ended[-1] if ended else None,
        so_far=running[-1] if running else None,
        history=[drawn(verdict, today) for verdict in verdicts],
        updated_at=now,
    )


def drawn(verdict: Verdict, today: date) -> dict[str, Any]:
    """One period as charts and tables need it; numbers as text."""
    return {
        "label": verdict.period_label,
        "starts_on": verdict.starts_on.isoformat(),
        "status": verdict.status,
        "is_final": verdict.is_final,
        "is_open": verdict.ends_on > today,
        "value": as_text(verdict.value),
        "display": verdict.display,
        "expected": as_text(verdict.terms.expected),
        "expected_high": as_text(verdict.terms.expected_high),
        "minimum": as_text(verdict.terms.minimum),
        "minimum_high": as_text(verdict.terms.minimum_high),
    }


def as_text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"
