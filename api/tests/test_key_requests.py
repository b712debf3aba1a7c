"""What a key sent can be looked at by its vendor for a month, without any secret."""

import shlex
from datetime import timedelta

import pytest
from django.core import serializers
from django.test import Client
from django.utils import timezone

from intake.tests.test_sending import ROW
from tests.support.api_clients import Door
from vendors import key_requests
from vendors.key_requests import RETENTION, as_curl
from vendors.models import KeyRequest


def page(door: Door, name: str = "brightline-manager"):
    client = Client()
    client.force_login(door.cast.people[name])
    return client.get(f"/api-keys/{door.key.public_id}/log")


def test_a_write_is_kept_with_what_was_said(door: Door):
    answer = door.post(ROW, headers={"Idempotency-Key": "a-1"})

    kept = KeyRequest.objects.get()
    assert (kept.api_key, kept.method, kept.path, kept.status) == (door.key, "POST", "/api/v1/results", 201)
    assert '"external_id": "a1"' in kept.body
    assert kept.answer == answer.content.decode()
    assert (kept.idempotency_key, kept.request_id) == ("a-1", answer.headers["X-Request-Id"])


@pytest.mark.parametrize("rows", ["{", [ROW | {"vlaue": 1}]])
def test_a_refusal_is_kept_with_its_reason(door: Door, rows):
    answer = door.post(rows)

    kept = KeyRequest.objects.get()
    assert (kept.status, kept.answer) == (answer.status_code, answer.content.decode())


def test_reads_are_kept_only_when_they_fail(door: Door):
    door.get("/api/v1/feeds")
    door.get("/api/v1/feeds", nonsense=1)

    assert [(row.path, row.status) for row in KeyRequest.objects.all()] == [("/api/v1/feeds?nonsense=1", 400)]


def test_what_comes_too_fast_leaves_no_trace(door: Door, settings):
    settings.API_WRITES_PER_MINUTE = 1

    for _ in range(3):
        door.post(ROW)

    assert KeyRequest.objects.count() == 1


def test_a_persons_requests_are_not_a_keys(door: Door):
    client = Client()
    client.force_login(door.cast.people["brightline-manager"])
    client.post("/api/v1/results", "{", content_type="application/json")

    assert not KeyRequest.objects.exists()


@pytest.mark.parametrize("before", [0, 3_950, 3_980, 4_000, 4_150, 4_195])
def test_no_secret_is_kept_wherever_it_stands(door: Door, before):
    secret = door.secret.rsplit("_", 1)[1]
    body = ROW | {"note": "", "external_id": "x" * before + door.secret}

    door.post(body, query=f"?reason={door.secret}", headers={"Idempotency-Key": door.secret})

    kept = serializers.serialize("json", KeyRequest.objects.all())
    assert all(secret[:length] not in kept.replace("\\", "") for length in range(6, 41))


def test_a_long_body_is_kept_by_its_beginning(door: Door):
    rows = [ROW | {"external_id": f"k{number}"} for number in range(200)]
    door.post(rows)

    kept = KeyRequest.objects.get()
    assert len(kept.body) <= key_requests.EXCERPT_LENGTH < kept.body_bytes
    assert as_curl(kept, base_url="http://desk").endswith("--data-binary @FILE")


def test_a_curl_command_says_the_same_again(door: Door):
    door.post(ROW | {"note": 'it\'s $HOME `x` "y"'}, query="?reason=it%27s", headers={"Idempotency-Key": "a'b"})
    kept = KeyRequest.objects.get()

    words = shlex.split(as_curl(kept, base_url="http://desk"))

    assert words[words.index("--data-binary") + 1] == kept.body
    assert "http://desk/api/v1/results?reason=it%27s" in words
    assert "Idempotency-Key: a'b" in words
    assert "Authorization: Bearer $DESK_KEY" in words


def test_its_manager_sees_it(door: Door):
    answer = door.post("{", headers={"Idempotency-Key": "<b>"})

    shown = page(door).content.decode()

    assert answer.headers["X-Request-Id"] in shown
    assert "malformed_json" in shown
    assert "<b>" not in shown


def test_after_a_month_it_is_shown_no_more(door: Door):
    door.post(ROW)
    KeyRequest.objects.update(at=timezone.now() - RETENTION - timedelta(minutes=1))

    assert page(door).context["rows"] == []


def test_a_busy_key_keeps_its_latest_requests(door: Door, monkeypatch):
    monkeypatch.setattr(key_requests, "MOST_PER_KEY", 2)
    monkeypatch.setattr(key_requests, "TRIMMED_EVERY", 1)

    for number in range(5):
        door.post(ROW | {"external_id": f"k{number}"})

    assert ["k4" in row.body or "k3" in row.body for row in KeyRequest.objects.all()] == [True, True]


def test_an_announced_delay_is_kept(door: Door):
    name = f"{door.contract.public_id}.QUALITY.1999-01"
    Client().post(f"/api/v1/due/{name}/delay", {"until": "x"}, content_type="application/json", headers=door.headers)

    assert KeyRequest.objects.get().status == 404
