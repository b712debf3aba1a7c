"""What a storm sends: results in random order, corrected and repeated, and what has to be left of them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

FIRST = datetime(2025, 1, 1, 12, tzinfo=UTC)
DAYS = 90
BATCH = 100


@dataclass(frozen=True)
class Plan:
    """Rows in the order in which they are sent, split so that each key has one sender."""

    shares: list[list[dict[str, Any]]]
    left: list[dict[str, Any]]
    corrections: int


def make_plan(results: int, *, contract: str, senders: int, seed: int) -> Plan:
    """About `results` rows to send: a third of the keys are corrected, one in ten rows is sent twice."""
    chance = random.Random(seed)
    versions: dict[int, list[dict[str, Any]]] = {}
    sent = corrections = 0
    while sent < results:
        key = len(versions)
        rows = [row(key, contract, chance)]
        while chance.random() < 1 / 3:
            rows.append(row(key, contract, chance))
        corrections += sum(one != other for one, other in zip(rows[1:], rows, strict=False))
        repeated = [copy for one in rows for copy in [one] * (2 if chance.random() < 0.1 else 1)]
        versions[key], sent = repeated, sent + len(repeated)
    order = [key for key, rows in versions.items() for _ in rows]
    chance.shuffle(order)
    waiting = {key: iter(rows) for key, rows in versions.items()}
    shares: list[list[dict[str, Any]]] = [[] for _ in range(senders)]
    for key in order:
        shares[key % senders].append(next(waiting[key]))
    return Plan(shares, [rows[-1] for rows in versions.values()], corrections)


def row(key: int, contract: str, chance: random.Random) -> dict[str, Any]:
    at = FIRST + timedelta(days=chance.randrange(DAYS), seconds=chance.randrange(3600))
    return {
        "contract": contract,
        "feed": "VOICE",
        "external_id": f"call-{key}",
        "occurred_at": at.isoformat().replace("+00:00", "Z"),
        "outcome": chance.choice(["answered", "answered", "answered", "abandoned"]),
        "wait_seconds": str(chance.randrange(60)),
    }


def batches(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The rows in their order, cut so that no batch has a key twice."""
    batch: dict[str, dict[str, Any]] = {}
    for one in rows:
        if len(batch) == BATCH or one["external_id"] in batch:
            yield list(batch.values())
            batch = {}
        batch[one["external_id"]] = one
    if batch:
        yield list(batch.values())
