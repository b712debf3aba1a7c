"""Contacts whose customer comes back: from what is sent to a verdict, which waits until the window has closed."""

from datetime import UTC, date, datetime

import pytest

from metrics.models.results import ContactResult
from metrics.models.verdicts import DirtyCell, LateArrival, Verdict
from metrics.services.judging import judge_all
from metrics.services.nights import run_night
from metrics.services.verifying import verify
from tests.support.api_clients import Door, codes, open_door

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 6, 20, 9, tzinfo=UTC)


@pytest.fixture
def door(cast) -> Door:
    found = open_door(cast)
    found.levels["FCR7"] = cast.level(found.feeds["VOICE"], "FCR7", metric="CC-FCR-R", params={"of": "not_repeated"})
    return found


def call(key, at, customer="", **more):
    return {"feed": "VOICE", "external_id": key, "occurred_at": at, "outcome": "answered", "customer": customer} | more


MAY = [
    call("a1", "2025-05-05T10:00:00Z", "c-1"),
    call("b1", "2025-05-31T10:00:00Z", "c-2"),
    call("c1", "2025-05-20T10:00:00Z", "c-3"),
    call("d1", "2025-05-20T10:00:00Z", "c-4"),
    call("e1", "2025-05-20T10:00:00Z"),
]


def may(door, *, at=NOW):
    judge_all(now=at)
    return Verdict.objects.current().get(service_level=door.levels["FCR7"], period_label="2025-05")


def night(day):
    at = datetime(2025, 6, day, 1, tzinfo=UTC)
    run_night(zone="Europe/Berlin", local_date=at.date(), now=at)


def close(door):
    """The night that closes May."""
    night(date.fromisoformat(may(door).working["facts"]["closes_on"]).day)


def wrong():
    return [str(found) for found in verify(Verdict.objects.all()).differences]


def test_contacts_without_a_repeat_are_counted_by_their_customer(door):
    door.post([*MAY, call("d2", "2025-05-22T10:00:00Z", "c-4")])

    assert (may(door).value, may(door).cases) == (80, 5)


def test_a_repeat_in_the_next_period_counts_against_the_earlier_one(door):
    door.post(MAY)
    assert may(door).value == 100
    door.post(call("b2", "2025-06-03T10:00:00Z", "c-2"))

    assert (may(door).value, may(door).revision) == (75, 2)


def test_a_contact_beyond_the_window_touches_no_earlier_period(door):
    door.post(MAY)
    judge_all(now=NOW)
    door.post(call("b2", "2025-06-08T10:00:00Z", "c-2"))

    cells = DirtyCell.objects.filter(service_level=door.levels["FCR7"])
    assert [cell.starts_on for cell in cells] == [date(2025, 6, 1)]


def test_the_verdict_stays_provisional_until_the_window_and_its_reports_are_over(door):
    door.post(MAY)
    closes_on = date.fromisoformat(may(door).working["facts"]["closes_on"])
    due_on = date.fromisoformat(may(door).working["facts"]["due_on"])

    assert (closes_on - due_on).days == 1 + 7 + door.feeds["VOICE"].grace_days
    night(closes_on.day - 1)
    assert not may(door).is_final
    night(closes_on.day)
    assert may(door).is_final


def test_a_repeat_that_is_reported_after_closing_is_late_for_the_earlier_period(door):
    door.post(MAY)
    close(door)
    row = call("b2", "2025-06-03T10:00:00Z", "c-2")
    refused = door.post(row)
    kept = door.post(row | {"reason": "the switch was down"})

    assert (refused.status_code, codes(refused)) == (409, ["period_closed"])
    assert kept.status_code == 201
    assert [(late.key, late.starts_on) for late in LateArrival.objects.all()] == [("b2", date(2025, 5, 1))]
    assert (may(door).value, wrong()) == (100, [])


def test_another_customer_after_closing_is_late_too(door):
    door.post([*MAY, call("b2", "2025-06-03T10:00:00Z", "c-9")])
    close(door)
    door.post(call("b2", "2025-06-03T10:00:00Z", "c-2", reason="mixed up"))

    assert (LateArrival.objects.get().key, may(door).value, wrong()) == ("b2", 100, [])


def test_without_customers_there_is_nothing_to_count(door):
    door.post([row | {"customer": None} for row in MAY])

    assert (may(door).status, may(door).value) == ("no_volume", None)


@pytest.mark.parametrize("customer", ["jo@example.com", "+44 20 7946 0000", "+442079460000", "020 7946-0000"])
def test_what_names_a_person_is_refused(door, customer):
    answer = door.post(call("a1", "2025-05-05T10:00:00Z", customer))

    assert (answer.status_code, codes(answer)) == (422, ["personal_data"])
    assert not ContactResult.objects.exists()


@pytest.mark.parametrize("customer", ["c-1", "40012345", "9f86d081884c7d65", "EU/7"])
def test_a_pseudonym_is_kept_as_it_was_sent(door, customer):
    door.post(call("a1", "2025-05-05T10:00:00Z", customer))

    assert ContactResult.objects.get().customer == customer
