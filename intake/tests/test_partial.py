"""With `partial=true` the good rows of a batch are stored, and the wrong ones are listed."""

import pytest

from api.tests.test_description import check, description
from intake.models.delays import FeedRefusal
from intake.tests.test_closed_periods import closed, june
from intake.tests.test_sending import ROW
from metrics.models.results import Batch, ObservationResult
from metrics.models.verdicts import DirtyCell
from tests.support.api_clients import RESULTS, Door, codes

__all__ = ["closed", "description"]

GOOD, OTHER = ROW | {"external_id": "good"}, ROW | {"external_id": "other"}
WRONG, UNKNOWN = ROW | {"external_id": "wrong", "value": "x"}, ROW | {"external_id": "odd", "vlaue": 1}
PARTIAL = "?partial=true"


def stored() -> set[str]:
    return set(ObservationResult.objects.values_list("key", flat=True))


def test_the_good_rows_are_stored_and_the_wrong_ones_listed(door: Door, description):
    response = door.post([GOOD, WRONG, OTHER, UNKNOWN], query=PARTIAL)

    check(description, RESULTS, response, "post")
    assert stored() == {"good", "other"}
    assert response.json()["rows"] == {
        "received": 4, "new": 2, "superseded": 0, "unchanged": 0, "late": 0, "rejected": 2,
    }  # fmt: skip
    assert [(error["row"], error["pointer"]) for error in response.json()["errors"]] == [
        (2, "#/1/value"),
        (4, "#/3/vlaue"),
    ]


def test_rows_keep_the_numbers_that_they_were_sent_under(door: Door):
    assert [row["row"] for row in door.post([WRONG, GOOD], query=PARTIAL).json()["results"]] == [2]


def test_what_is_left_out_is_not_answered_like_what_is_all_in(door: Door):
    assert door.post([GOOD, WRONG], query=PARTIAL).status_code == 200
    assert door.post([OTHER], query=PARTIAL).status_code == 201


def test_a_whole_batch_has_no_list_of_errors(door: Door, description):
    response = door.post([GOOD], query=PARTIAL)

    check(description, RESULTS, response, "post")
    assert "errors" not in response.json()


def test_without_it_nothing_is_stored(door: Door):
    assert door.post([GOOD, WRONG]).status_code == 422
    assert stored() == set()


@pytest.mark.parametrize("rows", [[WRONG], WRONG, [WRONG, UNKNOWN]])
def test_where_no_row_is_good_it_is_refused_as_ever(door: Door, rows):
    response = door.post(rows, query=PARTIAL)

    assert (response.status_code, response.json()["code"]) == (422, "wrong_rows")
    assert not Batch.objects.exists()


def test_a_contradiction_is_left_out_and_the_old_content_stays(door: Door):
    door.post(GOOD)

    response = door.post([GOOD | {"value": 99}, OTHER], query=PARTIAL)

    assert codes(response) == ["external_id_conflict"]
    assert str(ObservationResult.objects.get(key="good").value) == "12.5"
    assert stored() == {"good", "other"}


def test_where_all_rows_contradict_it_is_a_conflict(door: Door):
    door.post(GOOD)

    assert door.post([GOOD | {"value": 99}], query=PARTIAL).status_code == 409


def test_what_is_stored_is_asked_only_where_every_row_is_right_in_itself(door: Door):
    gone = {"feed": "AHT", "external_id": "gone", "void": True, "reason": "twice"}

    assert codes(door.post([gone])) == ["unknown_result"]
    assert codes(door.post([gone, WRONG])) == ["not_a_number"]


def test_a_row_of_a_closed_period_is_left_out(closed: Door):
    before = june(closed).judged_at

    response = closed.post(
        [ROW | {"external_id": "late"}, ROW | {"external_id": "august", "occurred_at": "2025-08-20T10:00:00Z"}],
        query=PARTIAL,
    )

    assert response.json()["rows"]["rejected"] == 1
    assert "late" not in stored()
    assert june(closed).judged_at == before
    assert [str(cell.starts_on) for cell in DirtyCell.objects.filter(service_level=closed.levels["AHT"])] == [
        "2025-08-01"
    ]


def test_of_two_rows_that_are_the_same_the_first_counts(door: Door):
    response = door.post([GOOD, GOOD | {"value": 99}], query=PARTIAL)

    assert codes(response) == ["duplicate_in_batch"]
    assert str(ObservationResult.objects.get().value) == "12.5"


def test_the_kept_receipt_counts_what_was_left_out(door: Door):
    receipt = door.post([GOOD, WRONG], query=PARTIAL).json()

    assert door.get(f"/api/v1/batches/{receipt['id']}").json()["rows"] == receipt["rows"]


def test_the_digest_is_of_what_was_stored(door: Door):
    mixed = door.post([GOOD, WRONG], query=PARTIAL + "&dry_run=true").json()

    assert mixed["sha256"] == door.post([GOOD]).json()["sha256"]


def test_the_feed_remembers_the_refusal(door: Door):
    door.post([GOOD, WRONG], query=PARTIAL)

    assert (FeedRefusal.objects.get().feed.code, FeedRefusal.objects.get().rows) == ("AHT", 1)


def test_a_dry_run_leaves_nothing_behind(door: Door):
    response = door.post([GOOD, WRONG], query=PARTIAL + "&dry_run=true")

    assert (response.json()["dry_run"], response.json()["rows"]["rejected"]) == (True, 1)
    assert stored() == set()
    assert not FeedRefusal.objects.exists()


def test_the_same_request_again_gets_the_same_answer(door: Door):
    key = {"Idempotency-Key": "p1"}

    first, again = (door.post([GOOD, WRONG], query=PARTIAL, headers=key) for _ in range(2))

    assert (again.status_code, again.content) == (first.status_code, first.content)


def test_it_is_true_or_false(door: Door):
    assert codes(door.post([GOOD], query="?partial=yes")) == ["bad_parameter"]
