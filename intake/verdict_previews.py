"""The verdicts that a dry run or a file would bring."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from bpo.formatting import plain_text
from intake.deciding import Decision
from metrics.models.results import RESULT_TABLES
from metrics.services.previews import PreviewedVerdict, preview_verdicts
from metrics.tallies.table_changes import NO_BATCH, TableChanges

LISTED = 500


def preview_decisions(decisions: Iterable[Decision], *, now: datetime) -> list[PreviewedVerdict]:
    """Return what would change in the verdicts of all cells that the rows touch."""
    touching = []
    for decision in decisions:
        days = {day for change in decision.changes.values() for day in change.days}
        touching.append((table_changes(decision), days))
    return preview_verdicts(touching, now=now)


def table_changes(decision: Decision) -> TableChanges:
    """Return how the feed's table would differ once the rows are stored."""
    feed, changes = decision.feed, decision.changes
    model = RESULT_TABLES[feed.kind]
    return TableChanges(
        feed,
        left_out=[change.key for change in changes.values() if change.before is not None],
        put_in=[
            model(
                feed=feed,
                key=change.key,
                revision=decision.revisions[at],
                batch_id=NO_BATCH,
                **change.after,
            )
            for at, change in changes.items()
            if change.after is not None
        ],
    )


def verdicts_json(previews: Sequence[PreviewedVerdict], *, now: datetime) -> list[dict[str, Any]]:
    """The verdicts of a dry run as the API gives them, the first few hundred; numbers are text, as everywhere."""
    return [verdict_json(preview, now) for preview in previews[:LISTED]]


def verdict_json(preview: PreviewedVerdict, now: datetime) -> dict[str, Any]:
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
