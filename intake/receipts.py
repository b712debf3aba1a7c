"""Receipts: what became of each row of a batch, so that both sides can prove what was sent; previews of a dry run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec

from bpo.formatting import plain_text
from bpo.row_errors import RowError, list_errors
from intake.deciding import REFUSED, Decision, table_changes
from metrics.identities import feed_part, key_parts
from metrics.models.results import Batch
from metrics.services.previews import PreviewedVerdict, preview_verdicts

LISTED = 500


@dataclass(frozen=True)
class Receipt:
    """What was done with a batch, row by row in the order in which they came, and what a partial one left out."""

    batch: Batch
    decisions: Sequence[Decision]
    errors: Sequence[RowError] = ()
    in_list: bool = True
    is_dry_run: bool = False
    previews: Sequence[PreviewedVerdict] = ()
    refused_feeds: Mapping[int, tuple[int, RowError]] = field(default_factory=dict)

    @property
    def has_changed_something(self) -> bool:
        return self.batch.rows_new + self.batch.rows_superseded > 0

    def as_json(self) -> dict[str, Any]:
        """Return the receipt as the API gives it."""
        return msgspec.json.decode(self.body)

    @cached_property
    def body(self) -> bytes:
        """The receipt as it is sent."""
        batch = self.batch
        members = {
            "object": "receipt",
            "id": None if self.is_dry_run else batch.public_id,
            "dry_run": self.is_dry_run,
            "received_at": batch.received_at.isoformat(),
            "rows": {
                "received": batch.rows_received,
                "new": batch.rows_new,
                "superseded": batch.rows_superseded,
                "unchanged": batch.rows_unchanged,
                "late": batch.rows_late,
                "rejected": batch.rows_rejected,
            },
            "warnings": batch.warnings,
            "sha256": batch.sha256,
            "results": msgspec.Raw(f"[{','.join(self.rows_json)}]".encode()),
            **{name: value for name, value in list_errors(self.errors, in_list=self.in_list).items() if value},
        }
        if self.is_dry_run:
            # What it would cause; to a batch that is stored the verdicts come later.
            members["verdicts"] = [verdict_json(each, batch.received_at) for each in self.previews[:LISTED]]
            if len(self.previews) > LISTED:
                members["verdicts_left_out"] = len(self.previews) - LISTED
        return msgspec.json.encode(members | {"request_id": batch.request_id})

    @cached_property
    def rows_json(self) -> list[str]:
        """Each row's line; ids and words have no character that JSON would escape."""
        lines: dict[int, str] = {}
        for decision in self.decisions:
            block, name = decision.block, feed_part(decision.feed)
            rows = zip(block.places, key_parts(block.keys), decision.results, decision.revisions, strict=True)
            lines |= {
                place: f'{{"row":{place + 1},"id":"{name}.{part}","result":"{result}","revision":{revision}}}'
                for place, part, result, revision in rows
                if result != REFUSED
            }
        return list(lines.values()) if len(self.decisions) == 1 else [lines[place] for place in sorted(lines)]


def preview_decisions(decisions: Iterable[Decision], *, now: datetime) -> list[PreviewedVerdict]:
    """Return what would change in the verdicts of all cells that the rows touch, if the rows were stored."""
    touched = []
    for decision in decisions:
        days = set().union(*(change.days for change in decision.changes.values()))
        touched.append((table_changes(decision), days))
    return preview_verdicts(touched, now=now)


def verdict_json(preview: PreviewedVerdict, now: datetime) -> dict[str, object]:
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
