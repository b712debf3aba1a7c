"""The same request again, and the same requests at once."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone

from intake.receiving import receive
from intake.tests.test_sending import ROW
from metrics.models.results import Batch, ObservationResult
from tests.support.api_clients import Door, codes, open_door
from tests.support.cast import build_cast
from vendors.idempotency import KEPT
from vendors.models import IdempotentReply

KEY = {"Idempotency-Key": "8e03978e-40d5-43e8-bc93-6894a57f9324"}


def test_the_same_request_gets_the_same_answer_byte_for_byte(door: Door):
    first = door.post(ROW, headers=KEY)
    again = door.post(ROW, headers=KEY)

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Batch.objects.count() == 1


def test_quotes_around_the_key_do_not_matter(door: Door):
    door.post(ROW, headers={"Idempotency-Key": "abc"})

    assert "Idempotent-Replayed" in door.post(ROW, headers={"Idempotency-Key": '"abc"'}).headers


def test_the_same_key_for_another_body_is_refused(door: Door):
    door.post(ROW, headers=KEY)

    response = door.post(ROW | {"external_id": "a2"}, headers=KEY)

    assert (response.status_code, codes(response)) == (422, ["idempotency_key_reused"])
    assert ObservationResult.objects.count() == 1


def test_a_request_that_failed_leaves_its_key_unused(door: Door):
    door.post(ROW | {"value": "x"}, headers=KEY)

    assert door.post(ROW, headers=KEY).status_code == 201


def test_a_key_belongs_to_its_vendor(door: Door):
    door.post(ROW, headers=KEY)
    rival = open_door(door.cast, vendor="Cobalt", reference="A-2")

    response = rival.post(ROW, headers=KEY)

    assert response.status_code == 201
    assert "Idempotent-Replayed" not in response.headers


def test_a_key_is_forgotten_after_a_week(door: Door):
    door.post(ROW, headers=KEY)
    IdempotentReply.objects.update(created_at=timezone.now() - KEPT - timedelta(seconds=1))

    assert door.post(ROW | {"external_id": "a2"}, headers=KEY).status_code == 201


@pytest.mark.parametrize("key", ["", "a b", "a\tb", "a,b", "k" * 256, "é"])
def test_a_key_that_is_none_is_refused(door: Door, key):
    assert codes(door.post(ROW, headers={"Idempotency-Key": key})) == ["bad_idempotency_key"]


def test_a_dry_run_does_not_use_up_a_key(door: Door):
    door.post(ROW, headers=KEY, query="?dry_run=true")

    assert door.post(ROW, headers=KEY).status_code == 201


def at_once(times: int, send) -> list:
    """The answers to requests that are sent side by side."""
    answers = []

    def one() -> None:
        try:
            answers.append(send())
        finally:
            connection.close()

    threads = [Thread(target=one) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.django_db(transaction=True)
def test_of_requests_at_once_with_one_key_one_is_carried_out():
    door = open_door(build_cast())

    answers = at_once(6, lambda: door.post(ROW, headers=KEY))

    assert [answer.status_code for answer in answers] == [201] * 6
    assert len({answer.content for answer in answers}) == 1
    assert Batch.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_the_same_rows_sent_at_once_one_is_new():
    door = open_door(build_cast())

    answers = at_once(6, lambda: door.post([ROW, ROW | {"external_id": "a2"}]))

    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert ObservationResult.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_writes_at_once_no_more_than_the_limit_get_through(settings):
    settings.API_WRITES_PER_MINUTE = 4
    door = open_door(build_cast())

    answers = at_once(8, lambda: door.post(ROW, query="?dry_run=true"))

    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [429] * 4


def fail(_receipt):
    raise RuntimeError("just before the commit")


def test_what_fails_just_before_the_commit_leaves_nothing(cast):
    with pytest.raises(RuntimeError):
        receive(
            principal=cast.people["brightline-reporter"], vendor=cast.vendors["Brightline"], media_type="text/csv",
            body=b"feed,period,numerator,denominator\nQUALITY,2026-03,9,10\n", channel="api", now=timezone.now(),
            seal=fail,
        )  # fmt: skip

    assert not Batch.objects.exists()
