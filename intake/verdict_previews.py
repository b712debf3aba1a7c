"""The verdicts that rows would cause: asked while they are stored, in a transaction that is then undone."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from bpo.formatting import plain_text
from intake.storing import UNCHANGED, Sorting, touched
from metrics.services.foresight import Foreseen, foresee
from metrics.services.row_changes import RowChange, cells_on

LISTED = 500


def foreseen_by(sortings: Iterable[Sorting], *, now: datetime) -> list[Foreseen]:
    """What changes in the verdicts of all cells that the stored rows touch."""
    found = {}
    for sorting in sortings:
        rows = [touched(outcome, now) for outcome in sorting.outcomes if outcome.result != UNCHANGED]
        found |= cells_on(sorting.feed, _days(rows))
    return foresee(found.values(), now=now)


def _days(rows: Iterable[RowChange]) -> set[date]:
    return {day for row in rows for day in row.days}


def verdicts_told(foreseen: Iterable[Foreseen], *, now: datetime) -> list[dict[str, Any]]:
    """What a dry run tells of verdicts, the first few hundred; numbers are text, as everywhere."""
    return [_told(each, now) for each in list(foreseen)[:LISTED]]


def _told(foreseen: Foreseen, now: datetime) -> dict[str, Any]:
    verdict, level = foreseen.as_verdict(now), foreseen.cell.service_level
    return {
        "service_level": level.public_id,
        "code": level.code,
        "contract": level.contract.public_id,
        "period": verdict.period_label,
        "status_before": foreseen.status_before or None,
        "status": verdict.status,
        "is_provisional": foreseen.is_provisional,
        "value": plain_text(verdict.value),
        "numerator": plain_text(verdict.numerator),
        "denominator": plain_text(verdict.denominator),
        "cases": verdict.cases,
        "display": verdict.display,
        "expected": plain_text(verdict.limits.expected),
        "minimum": plain_text(verdict.limits.minimum),
        "working": verdict.working["lines"],
    }
