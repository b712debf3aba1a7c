"""Nothing that a test key sends shows anywhere: not a row, a page, a list or a mail is another afterwards."""

import re
from datetime import timedelta
from difflib import unified_diff

import pytest
from django.apps import apps
from django.core import mail
from django.db import connection
from django.test import Client

from bpo.sandbox import SANDBOX, in_sandbox, is_in_sandbox, on_live_database
from metrics.models.breaches import Breach
from metrics.models.verdicts import Verdict
from metrics.services.nights import run_night
from reports.tasks import queue_due_digests, send_queued_messages
from tests.builders import NOW
from tests.test_access_matrix import GET, World
from tests.test_access_matrix import own_world as world
from vendors.keys import issue_key
from vendors.models import ApiKey, KeyRequest

__all__ = ["world"]
pytestmark = pytest.mark.django_db(databases=["default", SANDBOX])
# A new one at every look.
FLEETING = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"|req_[0-9a-f]+|nonce-[^\']+')
# Each side, and who runs the desk; that no row is another for rivals and strangers either, the record shows.
WATCHERS = ("operator", "acme-manager", "brightline-manager")
# What a test key's own page tells of it.
TRACES = {KeyRequest}
BAD = {"feed": "QUALITY", "period": "2025-10", "numerator": "7", "denominator": "100"}


@pytest.fixture
def headers(world: World) -> dict[str, str]:
    """A test key of Brightline's."""
    vendor = world.cast.vendors["Brightline"]
    scopes = ApiKey.Scope.values
    _key, text = issue_key(
        vendor=vendor, name="trial", scopes=scopes, actor=None, expires_at=None, now=NOW, mode=ApiKey.Mode.TEST
    )
    return {"Authorization": f"Bearer {text}"}


def try_things_out(headers: dict[str, str]) -> None:
    """A breach, a correction, a refusal, a delay, a closed period, and a look at all of it."""
    client = Client(headers=headers)
    later = {"X-Test-Now": (NOW + timedelta(days=40)).isoformat()}
    statuses = [
        client.post("/api/v1/results", [BAD], content_type="application/json").status_code,
        client.post(
            "/api/v1/results", [BAD | {"numerator": "6", "reason": "miscounted"}], content_type="application/json"
        ).status_code,
        client.post("/api/v1/results", [{"feed": "QUALITY"}], content_type="application/json").status_code,
        client.post(
            "/api/v1/results", [BAD | {"period": "2025-11"}], content_type="application/json", headers=later
        ).status_code,
        client.get("/api/v1/breaches").status_code,
    ]
    assert statuses == [201, 201, 422, 201, 200]
    with in_sandbox():
        assert Breach.objects.exists()
        assert Verdict.objects.filter(is_final=True).exists()


def record() -> dict[str, list]:
    """Every row of every table of the record but the traces that a key's own page shows."""
    own = ("last_used_at", "last_error", "last_error_at")
    return {
        model._meta.label: list(
            model._base_manager.order_by("pk").values(
                *[field.attname for field in model._meta.concrete_fields if field.attname not in own]
            )
        )
        for model in apps.get_models()
        if model not in TRACES
    }


def pages(world: World) -> dict[str, str]:
    """What each watcher sees at every address, without what changes at every look."""
    seen = {}
    for name, template, _expected in GET:
        if name in ("vendors:keys", "vendors:log") or name.startswith(("account_", "mfa_")):
            continue
        for person in WATCHERS:
            answer = world.sessions[person].get(world.address(template))
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            seen[f"{template} for {person}"] = FLEETING.sub("", body.decode("utf-8", "replace"))
    return seen


def differences(before: str, after: str) -> list[str]:
    """The lines that are there at one look only."""
    lines = unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def test_no_row_of_the_record_is_another_afterwards(headers):
    before = record()
    try_things_out(headers)
    after = record()

    assert [label for label in before if before[label] != after[label]] == []


@pytest.mark.any_database
def test_no_page_and_no_list_is_another_afterwards(world, headers):
    before = pages(world)
    try_things_out(headers)
    after = pages(world)

    assert {
        address: differences(before[address], after[address]) for address in before if before[address] != after[address]
    } == {}


def test_the_nights_and_mails_that_follow_do_not_speak_of_it(world, headers):
    try_things_out(headers)
    with in_sandbox():
        ids = set(Breach.objects.values_list("public_id", flat=True))
    run_night(zone="Europe/Berlin", local_date=(NOW + timedelta(days=1)).date(), now=NOW + timedelta(days=1))
    queue_due_digests()
    send_queued_messages()
    told = [f"{sent.subject}{sent.body}" for sent in mail.outbox]

    assert not Verdict.objects.filter(numerator__in=[6, 7]).exists()
    assert told
    assert not any(one in text for text in told for one in ids)


def test_the_way_into_the_sandbox_ends_where_it_began():
    with in_sandbox():
        inside = is_in_sandbox()
        with on_live_database():
            between = is_in_sandbox()
        with in_sandbox():
            deeper = is_in_sandbox()

    assert (inside, between, deeper, is_in_sandbox()) == (True, False, True, False)


def test_the_way_into_the_sandbox_ends_where_something_fails():
    with pytest.raises(ZeroDivisionError), in_sandbox(), on_live_database():
        raise ZeroDivisionError

    assert (is_in_sandbox(), connection.alias) == (False, "default")
