"""The verdicts that a dry run or a file would bring."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from bpo.formatting import plain_text
from contracts.models.service_levels import Feed
from intake.storing import NEW, SUPERSEDED, UNCHANGED, Outcome, Sorting, touched
from intake.tables import CONTENT
from metrics.models.results import RESULT_TABLES
from metrics.services.previews import PreviewedVerdict, preview_verdicts
from metrics.tallies.table_changes import NO_BATCH, TableChanges

LISTED = 500


def preview_sortings(sortings: Iterable[Sorting], *, now: datetime) -> list[PreviewedVerdict]:
    """What changes in the verdicts of all cells that the rows touch."""
    touching = []
    for sorting in sortings:
        changed = [outcome for outcome in sorting.outcomes if outcome.result != UNCHANGED]
        days = {day for outcome in changed for day in touched(outcome, now).days}
        touching.append((table_changes(sorting.feed, changed), days))
    return preview_verdicts(touching, now=now)


def table_changes(feed: Feed, outcomes: Sequence[Outcome]) -> TableChanges:
    """What the feed's table would hold differently once those outcomes are stored."""
    model, names = RESULT_TABLES[feed.kind], CONTENT[feed.kind]
    return TableChanges(
        feed,
        left_out=[outcome.candidate.key for outcome in outcomes if outcome.stored],
        put_in=[
            model(
                feed=feed,
                key=outcome.candidate.key,
                revision=outcome.revision,
                batch_id=NO_BATCH,
                **dict(zip(names, outcome.content, strict=True)),
            )
            for outcome in outcomes
            if outcome.result in (NEW, SUPERSEDED)
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
