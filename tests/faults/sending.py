"""What is sent when a server is killed by it, and what has to be there before and after."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from tests.faults.world import Counts, Record, World

ROWS, WRONG_ROWS = 50, 2
REASON = "counted again"


def rows(day: date, *, more: int = 0, **columns: Any) -> list[dict[str, Any]]:
    """Fifty results of a day, whose mean is 34.5 unless `more` is added to each."""
    return [
        {
            "feed": "HANDLING",
            "occurred_at": f"{day}T10:{number:02}:00Z",
            "external_id": f"{day}-{number}",
            "value": number + 10 + more,
            **columns,
        }
        for number in range(ROWS)
    ]


def body_of(sent: list[dict[str, Any]]) -> bytes:
    return json.dumps(sent).encode()


def wrong_rows(day: date) -> list[dict[str, Any]]:
    return [
        {"feed": "HANDLING", "occurred_at": f"{day}T11:00:00", "external_id": f"{day}-wrong-{number}", "value": "?"}
        for number in range(WRONG_ROWS)
    ]


@dataclass(frozen=True)
class Scene:
    """One request: how it looks, what is there before, what it leaves, and what its receipt counts."""

    points: tuple[str, ...]
    body: Callable[[date], bytes]
    before: Record
    after: Record
    counted: Counts
    query: str = ""
    status: tuple[int, ...] = (200, 201)
    known: int = 0
    closed: bool = False

    def prepare(self, world: World) -> date:
        """A fresh day, with those of its results that are known before the request."""
        day = world.fresh_day(closed=self.closed)
        if self.known:
            world.receive(body_of(rows(day)[: self.known]))
        return day


NOTHING, FIFTY = Record(), Record(rows=ROWS, revision=1)
ALL_NEW = Counts(received=ROWS, new=ROWS)
ALL_SUPERSEDED = Counts(received=ROWS, superseded=ROWS)

SCENES = {
    "fifty new results": Scene(
        points=(
            "intake.after_authentication",
            "intake.after_pace",
            "intake.begun",
            "intake.after_body",
            "intake.in_sets_after_check",
            "intake.in_sets_after_feed_locked",
            "intake.in_sets_after_sorting",
            "intake.in_sets_after_batch",
            "intake.in_sets_after_insert",
            "intake.in_sets_after_dirty_cells",
            "intake.after_request_sealed",
            "intake.in_sets_before_commit",
            "intake.after_commit_before_bell",
            "intake.after_bell",
            "intake.after_receipt",
            "intake.before_reply",
        ),
        body=lambda day: body_of(rows(day)),
        before=NOTHING,
        after=FIFTY,
        counted=ALL_NEW,
    ),
    "fifty new results that are read one by one": Scene(
        points=("intake.after_parse", "intake.after_check"),
        body=lambda day: body_of(rows(day, note="a line\nand another")),
        before=NOTHING,
        after=FIFTY,
        counted=ALL_NEW,
    ),
    "fifty results of which half are known": Scene(
        points=(
            "intake.after_feed_locked",
            "intake.after_sorting",
            "intake.after_batch",
            "intake.after_insert",
            "intake.after_dirty_cells",
            "intake.before_commit",
        ),
        body=lambda day: body_of(rows(day)),
        before=Record(rows=ROWS // 2, revision=1),
        after=FIFTY,
        counted=Counts(received=ROWS, new=ROWS // 2, unchanged=ROWS // 2),
        known=ROWS // 2,
    ),
    "fifty results sent once more": Scene(
        points=("intake.again_after_sorting", "intake.again_after_batch", "intake.again_before_commit"),
        body=lambda day: body_of(rows(day)),
        before=FIFTY,
        after=FIFTY,
        counted=Counts(received=ROWS, unchanged=ROWS),
        known=ROWS,
    ),
    "fifty corrections": Scene(
        points=("intake.after_past_kept", "intake.after_removal", "intake.after_correction_recorded"),
        body=lambda day: body_of(rows(day, more=1, reason=REASON)),
        before=FIFTY,
        after=Record(rows=ROWS, revision=2, superseded=ROWS),
        counted=ALL_SUPERSEDED,
        known=ROWS,
    ),
    "fifty results taken back": Scene(
        points=("intake.after_removal",),
        body=lambda day: body_of(
            [{"feed": "HANDLING", "external_id": f"{day}-{n}", "void": True, "reason": REASON} for n in range(ROWS)]
        ),
        before=FIFTY,
        after=Record(superseded=ROWS),
        counted=ALL_SUPERSEDED,
        known=ROWS,
    ),
    "fifty results for a closed day": Scene(
        points=("intake.after_late_rows",),
        body=lambda day: body_of(rows(day, reason=REASON)),
        before=NOTHING,
        after=replace(FIFTY, late=ROWS),
        counted=replace(ALL_NEW, late=ROWS),
        closed=True,
    ),
    "fifty good results among wrong ones": Scene(
        points=("intake.after_partial_refusal",),
        body=lambda day: body_of(rows(day) + wrong_rows(day)),
        query="?partial=true",
        before=NOTHING,
        after=FIFTY,
        counted=Counts(received=ROWS + WRONG_ROWS, new=ROWS, rejected=WRONG_ROWS),
    ),
    "a batch that is refused": Scene(
        points=("intake.after_refusal", "intake.after_request_kept"),
        body=lambda day: body_of(rows(day) + wrong_rows(day)),
        before=NOTHING,
        after=NOTHING,
        counted=Counts(),
        status=(422,),
    ),
    "a dry run": Scene(
        points=("intake.before_undoing_dry_run",),
        body=lambda day: body_of(rows(day)),
        query="?dry_run=true",
        before=NOTHING,
        after=NOTHING,
        counted=Counts(),
    ),
}
# Passed only by requests that bring an Idempotency-Key.
KEYED = ("intake.after_key_claimed", "intake.after_reply_kept")
CASES = [(name, point) for name, scene in SCENES.items() for point in scene.points]
KEYED_CASES = [*CASES, *(("fifty new results", point) for point in KEYED)]
