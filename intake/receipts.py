"""What a vendor is told of a batch, so that both sides can prove what was sent and what became of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from bpo.row_errors import RowError, list_errors
from intake.storing import NEW, SUPERSEDED, VOIDED, Outcome
from intake.verdict_previews import LISTED, verdicts_json
from metrics.identities import result_id
from metrics.models.results import Batch
from metrics.services.previews import PreviewedVerdict


@dataclass(frozen=True)
class Receipt:
    """What was done with a batch, row by row in the order in which they came, and what a partial one left out."""

    batch: Batch
    outcomes: Sequence[Outcome]
    is_dry_run: bool = False
    mistakes: Sequence[RowError] = ()
    in_list: bool = True
    previews: Sequence[PreviewedVerdict] = ()

    @property
    def has_changed_something(self) -> bool:
        return any(outcome.result in (NEW, SUPERSEDED, VOIDED) for outcome in self.outcomes)

    def as_json(self) -> dict[str, Any]:
        """The receipt as the API gives it."""
        return msgspec.json.decode(self.body)

    @cached_property
    def body(self) -> bytes:
        """The receipt as it goes out."""
        batch = self.batch
        told = {
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
            "sha256": batch.sha256,
            "results": msgspec.Raw(f"[{','.join(self._rows())}]".encode()),
            **{name: told for name, told in list_errors(self.mistakes, in_list=self.in_list).items() if told},
            **self._verdicts(),
            "request_id": batch.request_id,
        }
        return msgspec.json.encode(told)

    def _verdicts(self) -> dict[str, Any]:
        """What a dry run would cause; to a batch that is stored the verdicts come later."""
        if not self.is_dry_run:
            return {}
        left_out = {"verdicts_left_out": len(self.previews) - LISTED} if len(self.previews) > LISTED else {}
        return {"verdicts": verdicts_json(self.previews, now=self.batch.received_at), **left_out}

    def _rows(self) -> Iterator[str]:
        for outcome in self.outcomes:
            candidate = outcome.candidate
            yield row_told(
                candidate.row, result_id(candidate.rules.feed, candidate.key), outcome.result, outcome.revision
            )


def row_told(row: int, name: str, result: str, revision: int) -> str:
    """One row's line; ids and words have no character that JSON would escape."""
    return f'{{"row":{row},"id":"{name}","result":"{result}","revision":{revision}}}'
