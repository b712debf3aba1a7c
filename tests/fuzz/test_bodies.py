"""Whatever is sent: never a fault of ours, never half a batch, receipts that add up, and results that read as sent."""

import os
from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from metrics.models.results import RESULT_TABLES, Batch, SupersededResult
from metrics.models.verdicts import DirtyCell
from tests.fuzz.bodies import CSV, JSON, Sent, as_json, requests
from tests.fuzz.rows import Row, Token
from tests.support.api_clients import RESULTS, open_door

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "75"))
BUDGET = settings(
    max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
ADDRESS = {"feed", "contract", "service_level", "external_id", "reason", "void"}
REFUSALS = {400, 409, 413, 415, 422}


@pytest.fixture
def door(cast, settings):
    """The usual door, at which nobody counts how often it is knocked."""
    settings.API_WRITES_PER_MINUTE = settings.API_READS_PER_MINUTE = settings.API_REQUESTS_PER_MINUTE = 10**9
    return open_door(cast)


def stored() -> Counter[str]:
    """How much of everything there is."""
    counts = Counter({name: table.objects.count() for name, table in RESULT_TABLES.items()})
    return counts + Counter(
        batches=Batch.objects.count(), superseded=SupersededResult.objects.count(), dirty=DirtyCell.objects.count()
    )


def post(door, sent: Sent):
    headers = {"Idempotency-Key": sent.key} if sent.key else {}
    return door.post(sent.body, query=sent.query, headers=headers, type_=sent.media_type)


def check(door, sent: Sent) -> int:
    """Send one request and hold everything that it did against what it was told; gives the answer's status."""
    before = stored()
    answer = post(door, sent)
    after = stored()
    told = answer.json()
    assert answer.status_code in {200, 201} | REFUSALS, (answer.status_code, told)
    if answer.status_code in REFUSALS:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert {"type", "title", "status", "code", "detail", "request_id"} <= set(told)
        assert after == before
        return answer.status_code
    is_repeated = answer.headers.get("Idempotent-Replayed") == "true"
    check_receipt(told)
    if told["dry_run"] or is_repeated:
        assert after == before
        return answer.status_code
    changed = Counter(result["result"] for result in told["results"])
    rows = sum(after[name] - before[name] for name in RESULT_TABLES)
    assert rows == changed["new"] - changed["voided"]
    assert after["superseded"] - before["superseded"] == changed["superseded"] + changed["voided"]
    assert after["batches"] == before["batches"] + 1
    if sent.reads_back:
        check_reading(door, sent, told)
    check_lists(door, sent)
    return answer.status_code


def check_receipt(told: dict[str, Any]) -> None:
    rows = told["rows"]
    assert rows["received"] == rows["new"] + rows["superseded"] + rows["unchanged"] + rows["rejected"]
    assert len(told["results"]) == rows["received"] - rows["rejected"]
    assert len({error["row"] for error in told.get("errors", [])}) == rows["rejected"]


def check_reading(door, sent: Sent, told: dict[str, Any]) -> None:
    """Every result that is there now says what its row said."""
    for result in told["results"]:
        if result["result"] == "voided":
            continue
        current = door.get(f"{RESULTS}/{result['id']}").json()["current"]
        if current is None:
            continue
        # The span that totals are for is the first part of their key.
        current |= dict.fromkeys(("date", "period"), current["key"].partition("|")[0])
        for name, cell in sent.rows[result["row"] - 1].cells:
            if name not in ADDRESS:
                assert meaning(name, current.get(name)) == meaning(name, cell), (name, cell, current)


def check_lists(door, sent: Sent) -> None:
    """No row spoils the list that it stands in."""
    for feed in {row.said().get("feed") for row in sent.rows or ()} & set(door.feeds):
        assert door.get(RESULTS, feed=feed).status_code == 200


def meaning(name: str, value: Any) -> Any:
    """What a cell says, however it is written; nothing is said by an empty one."""
    if value is None or value == "" or value == []:
        return False if name == "planned" else None
    if name in {"numerator", "denominator", "value", "weight", "score"} or name.endswith("_seconds"):
        return Decimal(value)
    if name.endswith("_at"):
        return moment(value)
    if name in {"planned", "met", "correct", "reopened", "resolved"}:
        return value in (True, "true")
    if name == "pauses":
        return sorted(
            [moment(pause[0]), moment(pause[1]) if pause[1] else None, pause[2] if len(pause) > 2 else ""]
            for pause in value
        )
    return value


def moment(text: str) -> datetime:
    """An instant; what is finer than a microsecond is cut off, as intake says."""
    head, dot, rest = text.replace("Z", "+00:00").partition(".")
    if dot:
        fraction = rest[: next(place for place, sign in enumerate(rest) if not sign.isdigit())]
        text = f"{head}.{fraction[:6].ljust(6, '0')}{rest[len(fraction) :]}"
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@BUDGET
@given(sent=st.lists(requests(), min_size=1, max_size=3))
@example(sent=[Sent(b"[]", JSON, "", "", None)])
@example(sent=[Sent(b"", CSV, "", "", None)])
@example(sent=[Sent(b'{"feed": "AHT"', JSON, "?partial=true", "k-1", None)] * 2)
def test_whatever_is_sent_is_taken_wholly_or_refused_wholly(door, sent):
    with transaction.atomic():
        for one in sent:
            event(f"answered {check(door, one)}")
        transaction.set_rollback(True)


def test_the_search_would_find_a_desk_that_stores_something_else(door):
    cells = (("feed", "AHT"), ("external_id", "id-1"), ("occurred_at", "2025-02-01T10:00:00Z"))
    sent, meant = (Row((*cells, ("value", Token(number)))) for number in ("1.50", "1.51"))

    with pytest.raises(AssertionError, match="value"):
        check(door, Sent(as_json(sent).encode(), JSON, "", "", (meant,)))
