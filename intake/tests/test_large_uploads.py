"""Large files without anybody at a page: a worker stores what leaves nothing open, and the API says how far it is."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from intake.models.imports import Import
from intake.tests.large_files import HEADS, calls, small_parts, work
from intake.upload_addresses import make_address
from metrics.models.results import Batch, ContactResult
from tests.support.api_clients import Door

__all__ = ["small_parts"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_parts")]
MANY = 45


@pytest.fixture
def send(door: Door) -> Any:
    """Send a file to an upload address of a feed of calls."""
    now = timezone.now()
    address, token = make_address(
        feed=door.feeds["VOICE"], name="nightly", reading="", person=door.cast.people["brightline-manager"],
        expires_at=now + timedelta(days=30), now=now,
    )  # fmt: skip

    def send(content: str) -> Import:
        path = f"/api/v1/uploads/{address.public_id}/{token}?name=calls.csv"
        answer = Client().put(path, content, content_type="application/octet-stream")
        assert (answer.status_code, answer.json()["state"]) == (202, "reading"), answer.content
        work()
        return Import.objects.get(public_id=answer.json()["id"])

    return send


def test_a_large_file_that_leaves_nothing_open_is_stored_without_a_person(send):
    imported = send(HEADS + calls(MANY))

    assert (imported.state, ContactResult.objects.count()) == ("imported", MANY)
    assert imported.decided_by == imported.uploaded_by


def test_a_large_file_with_a_wrong_row_waits_for_a_person(send):
    imported = send(HEADS + calls(MANY) + "odd,yesterday,answered,1\n")

    assert (imported.state, Batch.objects.count()) == ("preview", 0)


def test_a_large_file_that_asks_something_waits_for_a_person(send):
    imported = send(HEADS.replace("outcome", "Ergebnis") + calls(MANY))

    assert (imported.state, Batch.objects.count()) == ("preview", 0)


def test_a_large_file_that_says_nothing_new_is_dropped(send):
    send(HEADS + calls(MANY))

    again = send(HEADS + calls(MANY) + "\n")

    assert (again.state, Batch.objects.count()) == ("dropped", 1)


def test_the_api_says_how_far_a_large_file_is_and_what_it_asks(send, door: Door):
    imported = send(HEADS.replace("outcome", "Ergebnis") + calls(MANY))

    found = door.get(f"/api/v1/imports/{imported.public_id}").json()

    assert (found["state"], found["feed"], found["receipt"]) == ("preview", "VOICE", None)
    assert (found["large"]["step"], found["large"]["lines"]) == ("ask", MANY)
    assert [question["key"] for question in found["large"]["questions"]] == ["columns"]


def test_the_api_counts_the_rows_of_a_large_file_and_names_its_receipt(send, door: Door):
    imported = send(HEADS + calls(MANY))

    found = door.get(f"/api/v1/imports/{imported.public_id}").json()

    assert (found["state"], found["receipt"]) == ("imported", Batch.objects.get().public_id)
    assert (found["large"]["step"], found["large"]["percent"], found["large"]["rows_read"]) == ("done", 100, MANY)
