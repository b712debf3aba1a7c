"""What was received is stored, unchanged, superseded or refused: by key and day, with nothing left over."""

import json
from collections import Counter
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.models.replies import RefusedIntake
from intake.tests.test_sending import ROW
from metrics.models.results import Batch, ObservationResult, SupersededResult
from tests.support.api_clients import Door, codes
from tests.support.tampering import as_owner
from vendors.keys import issue_key
from vendors.models import ApiKey

DAYS = "/api/v1/intake-days"
NOTHING = dict.fromkeys(("received", "new", "superseded", "unchanged", "refused"), 0)
NUMBERS = count()


def of(door: Door, key: ApiKey, **asked: str) -> list[dict[str, Any]]:
    """The accounts of one key."""
    return [row for row in door.get(DAYS, **asked).json()["results"] if row["key"] == key.public_id]


def today(door: Door, key: ApiKey) -> dict[str, int]:
    """The rows of one key's day."""
    return next((row["rows"] for row in of(door, key)), NOTHING)


def test_nothing_was_sent_and_nothing_is_told(door: Door):
    assert door.get(DAYS).json() == {"count": 0, "results": []}


def test_every_row_of_a_day_is_somewhere(door: Door):
    door.post([ROW, ROW | {"external_id": "a2"}])
    door.post([ROW, ROW | {"external_id": "a2", "value": 9, "reason": "recount"}])
    door.post([ROW | {"external_id": "a3"}, ROW | {"value": "x"}], query="?partial=true")
    door.post([ROW | {"external_id": "a4"}, ROW | {"value": "x"}])

    [account] = of(door, door.key)
    assert account["rows"] == {"received": 8, "new": 3, "superseded": 1, "unchanged": 1, "refused": 3}
    assert (account["requests"], account["day"]) == (4, timezone.now().date().isoformat())


def test_what_could_not_be_read_is_a_request_without_rows(door: Door):
    door.post("{")

    [account] = of(door, door.key)
    assert (account["requests"], account["rows"]) == (1, NOTHING)


def test_days_are_told_apart(door: Door):
    door.post(ROW)
    with as_owner():
        Batch.objects.update(received_at=timezone.now() - timedelta(days=1))
    door.post([ROW | {"value": "x"}])

    assert [row["rows"]["received"] for row in of(door, door.key)] == [1, 1]
    assert [row["rows"]["refused"] for row in of(door, door.key)] == [1, 0]
    yesterday = (timezone.now() - timedelta(days=1)).date().isoformat()
    today = timezone.now().date().isoformat()
    assert [row["day"] for row in of(door, door.key, from_day=yesterday, to_day=today)] == [yesterday]


def test_keys_and_people_are_told_apart(door: Door):
    person = Client()
    person.force_login(door.cast.people["brightline-manager"])
    person.post("/api/v1/results", json.dumps(ROW), content_type="application/json")
    door.post(ROW)

    told = {(row["key"], row["sent_by"]): row["rows"]["received"] for row in door.get(DAYS).json()["results"]}
    assert set(told.values()) <= {1}
    assert (door.key.public_id, "test") in told


def test_a_client_and_a_rival_see_nothing_of_it(door: Door):
    door.post(ROW)
    door.post([ROW | {"value": "x"}])

    for name in ("acme-manager", "cobalt-manager"):
        other = Client()
        other.force_login(door.cast.people[name])
        assert other.get(DAYS).json()["results"] == []


@pytest.mark.parametrize("query", ["?from_day=x", "?from_day=2025-01-01&to_day=2027-01-01", "?days=3",
                                   "?from_day=2025-02-01&to_day=2025-01-01"])  # fmt: skip
def test_what_it_is_not_asked_for_is_an_error(door: Door, query):
    assert door.get(DAYS + query).status_code == 400


ROWS = st.lists(
    st.fixed_dictionaries(
        {"external_id": st.sampled_from(["a", "b", "c"]), "value": st.sampled_from([1, 2, "x"])},
        optional={"reason": st.just("recount"), "void": st.just(True), "vlaue": st.just(1)},
    ),
    min_size=1,
    max_size=4,
)
REQUESTS = st.lists(
    st.tuples(
        ROWS | st.none(),
        st.sampled_from(["", "?partial=true", "?dry_run=true", "?partial=true&dry_run=true", "?reason=again"]),
        st.sampled_from(["", "", "first", "second"]),
    ),
    max_size=10,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(requests=REQUESTS)
def test_over_any_mixture_received_is_stored_or_unchanged_or_superseded_or_refused(door: Door, requests):
    name = f"m{next(NUMBERS)}"
    key, secret = issue_key(
        vendor=door.cast.vendors["Brightline"], name=name, scopes=ApiKey.Scope.values, actor=None, expires_at=None,
        now=timezone.now() - timedelta(days=1),
    )  # fmt: skip
    sent: Counter[str] = Counter()
    for rows, query, word in requests:
        headers = {"Authorization": f"Bearer {secret}"} | ({"Idempotency-Key": f"{name}-{word}"} if word else {})
        body = [_row(name, row) for row in rows] if rows is not None else "["
        _count(sent, door.post(body, query=query, headers=headers), len(rows or ()), "dry_run" in query)

    told = today(door, key)
    assert told == {name: sent[name] for name in NOTHING}
    assert told["received"] == told["new"] + told["superseded"] + told["unchanged"] + told["refused"]
    mine = {"key__startswith": f"{name}-"}
    assert ObservationResult.objects.filter(**mine).count() == told["new"] - sent["voided"]
    assert SupersededResult.objects.filter(**mine).count() == told["superseded"]
    assert sum(row.requests for row in RefusedIntake.objects.filter(api_key=key)) == sent["refusals"]


def _row(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row of this example alone; one that is taken back says nothing else."""
    told = ROW | row | {"external_id": f"{name}-{row['external_id']}"}
    return {each: told[each] for each in told if each not in ("value", "occurred_at")} if "void" in row else told


def _count(sent: Counter[str], answer: Any, rows: int, is_dry_run: bool) -> None:
    """What an answer alone says of its rows."""
    if is_dry_run or "Idempotent-Replayed" in answer.headers:
        return
    if answer.status_code >= 400:
        # Of a body under a used key, and of one that is no JSON, nobody has counted the rows.
        unread = codes(answer)[0] in ("idempotency_key_reused", "malformed_json")
        sent.update({"refusals": 1, "received": 0 if unread else rows, "refused": 0 if unread else rows})
        return
    receipt = answer.json()
    assert receipt["rows"]["received"] == rows
    sent.update({name: receipt["rows"][name] for name in ("received", "new", "superseded", "unchanged")})
    sent["refused"] += receipt["rows"]["rejected"]
    sent["voided"] += sum(row["result"] == "voided" for row in receipt["results"])
