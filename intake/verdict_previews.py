"""The verdicts that a dry run or a file would bring."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bpo.formatting import plain_text
from intake.deciding import Decision
from metrics.models.results import RESULT_TABLES
from metrics.services.previews import PreviewedVerdict, preview_verdicts
from metrics.tallies.table_changes import NO_BATCH, TableChanges


def preview_decisions(decisions: Iterable[Decision], *, now: datetime) -> list[PreviewedVerdict]:
    """Return what would change in the verdicts of all cells that the rows touch, if the rows were stored."""
    touched = []
    for decision in decisions:
        feed, changes, model = decision.feed, decision.changes, RESULT_TABLES[decision.feed.kind]
        left_out = [change.key for change in changes.values() if change.before is not None]
        put_in = [
            model(feed=feed, key=change.key, revision=decision.revisions[at], batch_id=NO_BATCH, **change.after)
            for at, change in changes.items()
            if change.after is not None
        ]
        days = set().union(*(change.days for change in changes.values()))
        touched.append((TableChanges(feed, left_out, put_in), days))
    return preview_verdicts(touched, now=now)


def verdict_json(preview: PreviewedVerdict, now: datetime) -> dict[str, Any]:
    """Return the verdict of a dry run as the API gives it; numbers are text, as everywhere."""
    verdict, level = preview.as_verdict(now), preview.cell.service_level
    return {
        "service_level": level.public_id,
        "code": level.code,
        "contract": level.contract.public_id,
        "period": verdict.period_label,
        "status_before": preview.status_before or None,
        "status": verdict.status,
        "is_provisional": preview.is_provisional,
        "value": plain_text(verdict.value),
        "numerator": plain_text(verdict.numerator),
        "denominator": plain_text(verdict.denominator),
        "cases": verdict.cases,
        "display": verdict.display,
        "expected": plain_text(verdict.limits.expected),
        "minimum": plain_text(verdict.limits.minimum),
        "working": verdict.working["lines"],
    }
