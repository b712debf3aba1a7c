"""A database that somebody else holds: who sends results is told to come again, and nothing is half stored."""

import sqlite3
from contextlib import closing

import psycopg2
import pytest
from django.db import connection

from metrics.models.results import Batch, ObservationResult
from tests.support.api_clients import Door, open_door
from tests.support.cast import build_cast
from tests.support.databases import url_of_test_database

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = [
    {"feed": "AHT", "external_id": f"call-{number}", "occurred_at": "2025-02-03T10:00:00Z", "value": number}
    for number in range(3)
]


@pytest.fixture
def door(transactional_db) -> Door:
    return open_door(build_cast())


@pytest.fixture
def held(door):
    """Somebody else writes, and this process waits for a tenth of a second instead of half a minute."""
    if connection.vendor == "sqlite":
        other, hold = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None), "BEGIN IMMEDIATE"
        patience, usual = "PRAGMA busy_timeout = 100", "PRAGMA busy_timeout = 30000"
    else:
        other, hold = psycopg2.connect(url_of_test_database()), "SELECT 1 FROM contracts_feed FOR UPDATE"
        patience, usual = "SET lock_timeout = 100", "SET lock_timeout = 0"
    with closing(other):
        with connection.cursor() as cursor:
            cursor.execute(patience)
        other.cursor().execute(hold)
        yield other
        other.rollback()
        with connection.cursor() as cursor:
            cursor.execute(usual)


def test_who_waited_in_vain_is_told_to_come_again_and_nothing_is_stored(door, held):
    answer = door.post(ROWS)

    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert int(answer.headers["Retry-After"]) > 0
    assert (Batch.objects.count(), ObservationResult.objects.count()) == (0, 0)


def test_the_same_request_succeeds_once_the_other_is_done(door, held):
    key = {"Idempotency-Key": "night-1"}
    first = door.post(ROWS, headers=key)
    held.rollback()

    assert (first.status_code, door.post(ROWS, headers=key).status_code) == (503, 201)
    assert ObservationResult.objects.count() == len(ROWS)
