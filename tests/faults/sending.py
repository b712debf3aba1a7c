"""Requests during which a server is killed: what is stored before and after each, and at which places it dies."""

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
    """One request: the places to die at, its body, what is stored before and after it, and what its receipt counts."""

    places: tuple[str, ...]
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
        places=(
            "at REQUEST",
            "before INSERT metrics_batch",
            "after INSERT metrics_batch",
            "before INSERT metrics_dirtycell",
            "after INSERT metrics_dirtycell",
            "before INSERT vendors_keyrequest",
            "after INSERT vendors_keyrequest",
            "before COMMIT metrics_batch",
            "after COMMIT metrics_batch",
            "at REPLY",
        ),
        body=lambda day: body_of(rows(day)),
        before=NOTHING,
        after=FIFTY,
        counted=ALL_NEW,
    ),
    "fifty new results with notes of two lines": Scene(
        places=(
            "before INSERT metrics_batch",
            "before INSERT metrics_dirtycell",
        ),
        body=lambda day: body_of(rows(day, note="a line\nand another")),
        before=NOTHING,
        after=FIFTY,
        counted=ALL_NEW,
    ),
    "fifty results of which half are known": Scene(
        places=(
            "before INSERT metrics_batch",
            "after INSERT metrics_batch",
            "before INSERT metrics_dirtycell",
            "after INSERT metrics_dirtycell",
            "before COMMIT metrics_batch",
            "after COMMIT metrics_batch",
        ),
        body=lambda day: body_of(rows(day)),
        before=Record(rows=ROWS // 2, revision=1),
        after=FIFTY,
        counted=Counts(received=ROWS, new=ROWS // 2, unchanged=ROWS // 2),
        known=ROWS // 2,
    ),
    "fifty results sent once more": Scene(
        places=(
            "before INSERT metrics_batch",
            "after INSERT metrics_batch",
            "before COMMIT metrics_batch",
            "after COMMIT metrics_batch",
        ),
        body=lambda day: body_of(rows(day)),
        before=FIFTY,
        after=FIFTY,
        counted=Counts(received=ROWS, unchanged=ROWS),
        known=ROWS,
    ),
    "fifty corrections": Scene(
        places=(
            "before DELETE metrics_observationresult",
            "after DELETE metrics_observationresult",
            "before INSERT bpo_auditentry",
            "after INSERT bpo_auditentry",
            "before COMMIT bpo_auditentry",
            "after COMMIT bpo_auditentry",
        ),
        body=lambda day: body_of(rows(day, more=1, reason=REASON)),
        before=FIFTY,
        after=Record(rows=ROWS, revision=2, superseded=ROWS),
        counted=ALL_SUPERSEDED,
        known=ROWS,
    ),
    "fifty results taken back": Scene(
        places=(
            "before DELETE metrics_observationresult",
            "after DELETE metrics_observationresult",
            "before COMMIT metrics_batch",
        ),
        body=lambda day: body_of(
            [{"feed": "HANDLING", "external_id": f"{day}-{n}", "void": True, "reason": REASON} for n in range(ROWS)]
        ),
        before=FIFTY,
        after=Record(superseded=ROWS),
        counted=ALL_SUPERSEDED,
        known=ROWS,
    ),
    "fifty results for a closed day": Scene(
        places=(
            "before INSERT metrics_latearrival",
            "after INSERT metrics_latearrival",
            "after UPDATE metrics_batch",
            "before COMMIT metrics_latearrival",
        ),
        body=lambda day: body_of(rows(day, reason=REASON)),
        before=NOTHING,
        after=replace(FIFTY, late=ROWS),
        counted=replace(ALL_NEW, late=ROWS),
        closed=True,
    ),
    "fifty good results among wrong ones": Scene(
        places=(
            "before INSERT metrics_dirtycell",
            "before COMMIT intake_feedrefusal",
            "after COMMIT intake_feedrefusal",
        ),
        body=lambda day: body_of(rows(day) + wrong_rows(day)),
        query="?partial=true",
        before=NOTHING,
        after=FIFTY,
        counted=Counts(received=ROWS + WRONG_ROWS, new=ROWS, rejected=WRONG_ROWS),
    ),
    "a batch that is refused": Scene(
        places=(
            "before COMMIT intake_feedrefusal",
            "after COMMIT intake_feedrefusal",
            "before UPDATE intake_refusedintake",
            "before UPDATE vendors_apikey",
            "before INSERT vendors_keyrequest",
            "after INSERT vendors_keyrequest",
        ),
        body=lambda day: body_of(rows(day) + wrong_rows(day)),
        before=NOTHING,
        after=NOTHING,
        counted=Counts(),
        status=(422,),
    ),
    "a dry run": Scene(
        places=(
            "before INSERT vendors_keyrequest",
            "at REPLY",
        ),
        body=lambda day: body_of(rows(day)),
        query="?dry_run=true",
        before=NOTHING,
        after=NOTHING,
        counted=Counts(),
    ),
}
# Passed only by requests that bring an Idempotency-Key.
KEYED = ("after INSERT vendors_idempotentreply", "before UPDATE vendors_idempotentreply")
CASES = [(name, place) for name, scene in SCENES.items() for place in scene.places]
KEYED_CASES = [*CASES, *(("fifty new results", place) for place in KEYED)]
