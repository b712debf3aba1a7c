"""What was kept for a while goes when its time is over, and nothing else does."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from intake import retention
from intake.models.imports import Import
from intake.retention import FILES_KEPT, UNDECIDED_KEPT, tidy
from intake.tests.test_sending import ROW
from metrics.models.results import Batch, ObservationResult
from tests.support.api_clients import Door, open_door
from tests.support.cast import Cast
from vendors import idempotency, key_requests
from vendors.models import IdempotentReply, KeyRequest

MOMENT = timedelta(minutes=1)
CSV = b"feed,external_id,occurred_at,value\nAHT,x1,2025-06-10T10:00:00Z,240\nAHT,x2,2025-06-10T10:00:00Z,nine\n"


@pytest.fixture
def door(cast: Cast) -> Door:
    return open_door(cast)


@pytest.fixture
def person(door: Door) -> Client:
    """Somebody of the vendor who brings files."""
    client = Client()
    client.force_login(door.cast.people["brightline-manager"])
    return client


def bring(person: Client, *, act: str = "") -> Import:
    """A file, and what was decided on it."""
    address = person.post("/imports/new", {"file": SimpleUploadedFile("june.csv", CSV)})["Location"]
    if act:
        person.post(f"{address}/decide", {"act": act, "confirm": "partly_accepted"})
    return Import.objects.get(public_id=address.rsplit("/", 1)[1])


def test_answers_go_after_a_week(door: Door):
    now = timezone.now()
    for number, age in enumerate((idempotency.KEPT - MOMENT, idempotency.KEPT + MOMENT)):
        door.post(ROW, headers={"Idempotency-Key": f"k{number}"})
        IdempotentReply.objects.filter(key=f"k{number}").update(created_at=now - age)

    assert tidy(now=now).replies == 1
    assert IdempotentReply.objects.get().key == "k0"


def test_requests_go_after_a_month(door: Door):
    now = timezone.now()
    for age in (key_requests.RETENTION - MOMENT, key_requests.RETENTION + MOMENT):
        door.post(ROW)
        KeyRequest.objects.filter(pk=KeyRequest.objects.latest("pk").pk).update(at=now - age)

    assert tidy(now=now).requests == 1
    assert KeyRequest.objects.get().at == now - key_requests.RETENTION + MOMENT


def test_a_file_that_nobody_decided_on_is_dropped(person: Client):
    imported = bring(person)

    assert tidy(now=imported.uploaded_at + UNDECIDED_KEPT).undecided == 0
    assert tidy(now=imported.uploaded_at + UNDECIDED_KEPT + MOMENT).undecided == 1
    imported.refresh_from_db()
    assert (imported.state, imported.is_kept) == (Import.State.DROPPED, False)


@pytest.mark.parametrize("act", ["confirm", "drop"])
def test_a_file_that_was_decided_on_goes_and_its_record_stays(person: Client, act, django_capture_on_commit_callbacks):
    imported = bring(person, act=act)
    rows, batches = ObservationResult.objects.count(), Batch.objects.count()
    tidy(now=imported.decided_at + FILES_KEPT - MOMENT)
    with Import.objects.get().open_file() as file:
        assert file.read() == CSV

    with django_capture_on_commit_callbacks(execute=True):
        assert tidy(now=imported.decided_at + FILES_KEPT + MOMENT).files == 1

    kept = Import.objects.get()
    assert (kept.is_kept, kept.sha256, kept.state) == (False, imported.sha256, imported.state)
    assert not default_storage.exists(imported.file.name)
    assert (ObservationResult.objects.count(), Batch.objects.count()) == (rows, batches)


def test_the_page_of_a_file_that_is_gone_still_answers(person: Client):
    imported = bring(person, act="confirm")
    before = person.get(f"/imports/{imported.public_id}").content.decode()
    tidy(now=imported.decided_at + FILES_KEPT + MOMENT)

    after = person.get(f"/imports/{imported.public_id}")

    assert "wrong.csv" in before
    assert "wrong.csv" not in after.content.decode()
    assert person.get(f"/imports/{imported.public_id}/wrong.csv").status_code == 404
    assert person.post(f"/imports/{imported.public_id}/columns", {"decimals": "point"}).status_code == 409


def test_it_takes_away_a_few_at_a_time_and_the_rest_later(door: Door, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(retention, "CHUNK", 2)
    monkeypatch.setattr(retention, "MOST_CHUNKS", 2)
    old = datetime(2025, 1, 1, tzinfo=UTC)
    KeyRequest.objects.bulk_create(
        KeyRequest(api_key=door.key, at=old, request_id="r", method="POST", path="/", status=200) for _ in range(7)
    )

    with django_assert_max_num_queries(12):
        assert tidy(now=timezone.now()).requests == 4

    assert tidy(now=timezone.now()).requests == 3
    assert tidy(now=timezone.now()).requests == 0
