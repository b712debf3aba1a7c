"""What happens to results that a vendor sends."""

from datetime import date
from decimal import Decimal

import pytest

from metrics.models.results import (
    Batch,
    CaseResult,
    ContactResult,
    CountResult,
    DowntimeResult,
    ObservationResult,
    SupersededResult,
)
from metrics.models.verdicts import DirtyCell
from tests.support.api_clients import Door, codes

ROW = {"service_level": "AHT", "occurred_at": "2025-06-10T10:00:00Z", "external_id": "a1", "value": 12.5}
EVERY_KIND = [
    {"feed": "FCR", "occurred_at": "2025-06-10T10:00:00Z", "external_id": "f1", "numerator": 95, "denominator": 100},
    {"feed": "DAYS", "date": "2025-06-10", "numerator": 9, "denominator": 10},
    {"feed": "WEEKS", "period": "2025-W23", "numerator": 9, "denominator": 10, "split": "Manila"},
    {
        "feed": "VOICE",
        "occurred_at": "2025-06-10T23:30:00Z",
        "external_id": "v1",
        "outcome": "answered",
        "wait_seconds": "7.25",
        "handle_seconds": 180,
        "resolved": True,
        "queue": "PS",
    },
    {
        "feed": "TICKETS",
        "opened_at": "2025-06-10T10:00:00Z",
        "resolved_at": "2025-06-11T10:00:00+02:00",
        "external_id": "t1",
        "pauses": [["2025-06-10T12:00:00Z", "2025-06-10T13:00:00Z", "customer"]],
        "met": True,
        "priority": "P1",
    },
    ROW,
    {
        "feed": "PORTAL",
        "started_at": "2025-06-10T10:00:00Z",
        "ended_at": "2025-06-12T10:00:00Z",
        "external_id": "d1",
        "planned": False,
    },
]
CSV = 'feed,occurred_at,external_id,value,note\nAHT,2025-06-10T10:00:00Z,a1,12.5,"one, two"\n'


def test_one_object_is_stored_and_a_receipt_given(door: Door):
    response = door.post(ROW)

    assert response.status_code == 201
    assert response.json()["rows"] == {
        "received": 1,
        "new": 1,
        "superseded": 0,
        "unchanged": 0,
        "late": 0,
        "rejected": 0,
    }
    assert ObservationResult.objects.get().value == Decimal("12.5")


def test_a_list_may_hold_rows_of_every_kind(door: Door):
    response = door.post(EVERY_KIND)

    assert response.status_code == 201, response.json()
    assert [CountResult.objects.count(), ContactResult.objects.count(), CaseResult.objects.count()] == [3, 1, 1]
    assert DowntimeResult.objects.get().ended_on == date(2025, 6, 12)


def test_a_moment_belongs_to_the_local_day_of_the_contract(door: Door):
    door.post(EVERY_KIND)

    assert ContactResult.objects.get().occurred_on == date(2025, 6, 11)


def test_csv_is_stored_like_json(door: Door):
    response = door.post(CSV, type_="text/csv")

    assert response.status_code == 201, response.json()
    assert ObservationResult.objects.get().note == "one, two"


def test_ndjson_is_stored_line_by_line(door: Door):
    row = '{"feed":"DAYS","date":"2025-06-%s","numerator":1,"denominator":2}'
    body = f"{row % 10}\n\n{row % 11}"

    assert door.post(body, type_="application/x-ndjson").status_code == 201
    assert CountResult.objects.count() == 2


def test_the_same_row_again_is_unchanged(door: Door):
    first = door.post(ROW).json()

    response = door.post(ROW | {"value": "12.50"})

    assert response.status_code == 200
    assert response.json()["results"][0] == first["results"][0] | {"result": "unchanged"}


def test_another_content_without_a_reason_is_a_conflict(door: Door):
    door.post(ROW)

    response = door.post(ROW | {"value": 13})

    assert (response.status_code, response.json()["code"]) == (409, "external_id_conflict")
    assert ObservationResult.objects.get().value == Decimal("12.5")


@pytest.mark.parametrize("row", EVERY_KIND, ids=lambda row: row.get("feed", "AHT"))
def test_a_correction_with_a_reason_supersedes_and_keeps_the_old(door: Door, row):
    door.post(row)

    response = door.post([row | {"note": "corrected"}], query="?reason=wrong+switch")

    assert response.status_code == 201, response.json()
    assert response.json()["results"][0] | {"id": ""} == {"row": 1, "id": "", "result": "superseded", "revision": 2}
    assert SupersededResult.objects.get().reason == "wrong switch"


def test_a_row_takes_its_own_reason(door: Door):
    door.post(ROW)

    door.post(ROW | {"value": 13, "reason": "switch was wrong"})

    assert SupersededResult.objects.get().content["value"] == "12.5"


def test_all_or_nothing(door: Door):
    response = door.post([ROW, ROW | {"external_id": "a2", "value": "x"}])

    assert response.status_code == 422
    assert not ObservationResult.objects.exists()
    assert not Batch.objects.exists()
    assert not DirtyCell.objects.exists()


def test_every_wrong_row_is_told_with_its_place(door: Door):
    response = door.post([ROW | {"vlaue": 1}, ROW | {"external_id": "a2", "value": "12,5"}, 5])

    told = response.json()
    assert told["rows"] == {"received": 3, "valid": 0, "invalid": 3}
    assert [(error["row"], error["pointer"], error["code"]) for error in told["errors"]] == [
        (1, "#/0/vlaue", "unknown_field"),
        (2, "#/1/value", "not_a_number"),
        (3, "#/2", "not_an_object"),
    ]
    assert told["errors"][0]["hint"] == "Did you mean value?"


def test_csv_errors_name_their_line(door: Door):
    response = door.post(CSV + "AHT,2025-06-10T10:00:00Z,a2,95%,\n", type_="text/csv")

    assert response.json()["errors"][0]["line"] == 3


def test_the_same_result_twice_in_one_request_is_refused(door: Door):
    assert codes(door.post([ROW, ROW])) == ["duplicate_in_batch"]


def test_touched_cells_are_put_onto_the_list_of_work(door: Door):
    door.post(ROW)

    assert list(DirtyCell.objects.values_list("service_level", "starts_on")) == [
        (door.levels["AHT"].pk, date(2025, 6, 1))
    ]


def test_an_unchanged_row_makes_no_work(door: Door):
    door.post(ROW)
    DirtyCell.objects.all().delete()

    door.post(ROW)

    assert not DirtyCell.objects.exists()


def test_a_moved_row_touches_its_old_and_its_new_period(door: Door):
    door.post(ROW)
    DirtyCell.objects.all().delete()

    door.post(ROW | {"occurred_at": "2025-07-10T10:00:00Z", "reason": "wrong month"})

    assert sorted(DirtyCell.objects.values_list("starts_on", flat=True)) == [date(2025, 6, 1), date(2025, 7, 1)]


def test_a_result_can_be_taken_back_and_sent_anew(door: Door):
    name = door.post(ROW).json()["results"][0]["id"]

    voided = door.post(ROW | {"value": None, "occurred_at": None, "void": True, "reason": "never happened"})
    again = door.post(ROW)

    assert voided.json()["results"][0] == {"row": 1, "id": name, "result": "voided", "revision": 1}
    assert again.json()["results"][0]["revision"] == 2
    assert again.status_code == 201


def test_a_dry_run_says_the_same_and_stores_nothing(door: Door):
    response = door.post(ROW, query="?dry_run=true")

    assert response.status_code == 200
    assert response.json()["results"][0]["result"] == "new"
    assert not ObservationResult.objects.exists()
    assert not Batch.objects.exists()


def test_the_receipts_digest_does_not_depend_on_the_form(door: Door):
    from_csv = door.post(CSV, query="?dry_run=true", type_="text/csv").json()
    from_json = door.post(ROW | {"value": "12.50", "note": "one, two"}, query="?dry_run=true").json()

    assert from_csv["sha256"] == from_json["sha256"]


DAY = {"feed": "DAYS", "date": "2025-06-10", "numerator": 9, "denominator": 10}


@pytest.mark.parametrize(("first", "then"), [("", "Oslo"), ("Oslo", "")])
def test_a_total_beside_its_splits_would_count_twice(door: Door, first, then):
    assert door.post(DAY | {"split": first}).status_code == 201

    response = door.post([DAY | {"split": then, "reason": "more"}])

    assert (response.status_code, codes(response)) == (422, ["total_and_splits"])
    assert CountResult.objects.count() == 1


def test_a_total_and_its_splits_in_one_batch_are_refused(door: Door):
    response = door.post([DAY, DAY | {"split": "Oslo"}, DAY | {"date": "2025-06-09", "split": "Oslo"}])

    assert (response.status_code, codes(response)) == (422, ["total_and_splits"] * 2)


def test_a_total_is_taken_back_and_sent_by_its_splits_in_one_batch(door: Door):
    door.post(DAY)
    void = {"feed": "DAYS", "date": "2025-06-10", "void": True}

    response = door.post([void, DAY | {"split": "Oslo"}, DAY | {"split": "Bergen"}], query="?reason=by+site")

    assert response.status_code == 201
    assert set(CountResult.objects.values_list("split", flat=True)) == {"Oslo", "Bergen"}


def test_days_may_be_reported_differently_one_as_a_total_and_one_by_splits(door: Door):
    response = door.post([DAY, DAY | {"date": "2025-06-09", "split": "Oslo"}])

    assert response.status_code == 201
