"""What is written in sets: the same as row by row, and only where everything is as usual."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from intake import storing
from metrics.models.results import Batch, CaseResult, ContactResult, CountResult, ObservationResult, SupersededResult
from metrics.models.verdicts import DirtyCell
from tests.support.api_clients import Door

pytestmark = pytest.mark.django_db


def values(count: int, *, first: int = 0, **more: Any) -> list[dict[str, Any]]:
    return [
        {"feed": "AHT", "external_id": f"r{number}", "occurred_at": f"2025-12-{number % 28 + 1:02}T08:00:00Z",
         "value": str(number), **more}
        for number in range(first, first + count)
    ]  # fmt: skip


def results_of(response: Any) -> set[tuple[str, int]]:
    return {(row["result"], row["revision"]) for row in response.json()["results"]}


def test_a_batch_sent_again_is_unchanged_and_writes_no_row(door: Door) -> None:
    first = door.post(values(40)).json()
    again = door.post(values(40))
    assert (again.status_code, results_of(again)) == (200, {("unchanged", 1)})
    assert again.json()["sha256"] == first["sha256"]
    assert again.json()["rows"]["unchanged"] == 40
    assert set(ObservationResult.objects.values_list("batch__public_id", flat=True)) == {first["id"]}


def test_a_batch_of_many_rows_is_told_as_it_is_written(door: Door) -> None:
    first = door.post(values(1_200)).json()
    assert [row["row"] for row in first["results"]] == list(range(1, 1_201))
    assert first["rows"]["new"] == ObservationResult.objects.filter(batch__public_id=first["id"]).count() == 1_200
    again = door.post(values(1_200)).json()
    assert (again["sha256"], again["rows"]["unchanged"]) == (first["sha256"], 1_200)
    assert Batch.objects.count() == 2


def test_a_batch_sent_again_is_recognised_without_comparing(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    door.post(values(40))
    monkeypatch.delattr(storing, "decide_blocks")
    assert door.post(values(40)).status_code == 200


def test_a_batch_sent_again_after_a_correction_is_no_repetition(door: Door) -> None:
    door.post(values(40))
    door.post([{**values(1, first=7)[0], "value": "8", "reason": "typo"}])
    again = door.post(values(40))
    assert again.status_code == 409
    assert [error["row"] for error in again.json()["errors"]] == [8]


def test_a_batch_sent_again_after_a_row_was_taken_back_brings_it_anew(door: Door) -> None:
    door.post(values(40))
    door.post([{"feed": "AHT", "external_id": "r7", "void": True, "reason": "not ours"}])
    again = door.post(values(40))
    assert again.status_code == 201
    assert results_of(again) == {("unchanged", 1), ("new", 2)}


def test_a_row_that_once_was_taken_back_goes_on_with_its_revisions(door: Door) -> None:
    door.post(values(1))
    door.post([{"feed": "AHT", "external_id": "r0", "void": True, "reason": "not ours"}])
    again = door.post(values(40))
    assert ("new", 2) in results_of(again)
    assert ObservationResult.objects.get(key="r0").revision == 2
    assert SupersededResult.objects.count() == 1


def test_one_known_row_among_many_that_nobody_looked_for_is_found(door: Door) -> None:
    door.post(values(1, first=33))
    answer = door.post(values(40))
    assert answer.status_code == 201
    assert answer.json()["rows"] | {"received": 40, "new": 39, "unchanged": 1} == answer.json()["rows"]
    assert ObservationResult.objects.count() == 40


def test_several_feeds_in_one_body_come_in_together(door: Door) -> None:
    rows = [
        {"feed": "AHT", "external_id": "a", "occurred_at": "2025-12-02T08:00:00Z", "value": "1.50"},
        {"feed": "VOICE", "external_id": "a", "occurred_at": "2025-12-02T08:00:00Z", "outcome": "answered"},
        {"feed": "TICKETS", "external_id": "a", "opened_at": "2025-12-02T08:00:00+05:30", "met": True},
        {"feed": "AHT", "external_id": "b", "occurred_at": "2025-12-02T08:00:00Z", "value": "2"},
    ]
    answer = door.post(rows)
    assert answer.status_code == 201
    assert [row["row"] for row in answer.json()["results"]] == [1, 2, 3, 4]
    assert [row.value for row in ObservationResult.objects.order_by("key")] == [Decimal("1.5"), Decimal(2)]
    assert ContactResult.objects.get().wait_seconds is None
    assert (CaseResult.objects.get().pauses, CaseResult.objects.get().met) == ([], True)


def test_totals_that_would_count_twice_are_refused_as_ever(door: Door) -> None:
    total = {"feed": "DAYS", "date": "2025-12-02", "numerator": "9", "denominator": "10"}
    assert door.post([total]).status_code == 201
    answer = door.post([total | {"split": "Cebu"}])
    assert [error["code"] for error in answer.json()["errors"]] == ["total_and_splits"]
    assert CountResult.objects.count() == 1


def test_changed_rules_of_a_feed_hold_from_the_next_request_on(door: Door) -> None:
    assert door.post(values(3)).status_code == 201
    type(door.feeds["AHT"]).objects.filter(pk=door.feeds["AHT"].pk).update(highest=Decimal(4))
    assert door.post(values(3, first=3)).status_code == 422
    type(door.feeds["AHT"]).objects.filter(pk=door.feeds["AHT"].pk).update(highest=None, ends_on=date(2025, 12, 2))
    assert door.post(values(3, first=3)).status_code == 422


def test_changed_terms_of_a_service_level_cut_the_next_cells(door: Door) -> None:
    door.post(values(1))
    door.levels["AHT"].terms.update(period="week")
    DirtyCell.objects.all().delete()
    door.post(values(1, first=1))
    assert list(DirtyCell.objects.values_list("starts_on", "ends_on")) == [(date(2025, 12, 1), date(2025, 12, 8))]


def test_a_batch_id_that_is_taken_leads_to_another(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    first = door.post(values(1)).json()["id"]
    monkeypatch.setattr(storing, "public_id", lambda prefix: first)
    answer = door.post(values(1, first=1))
    assert (answer.status_code, answer.json()["rows"]["new"]) == (201, 1)
    assert answer.json()["id"] != first


def test_keys_with_quotes_and_backslashes_are_recognised(door: Door) -> None:
    rows = [{**row, "external_id": f'{name}"\\{{}},'} for row, name in zip(values(3), "abc", strict=True)]
    csv = "feed,external_id,occurred_at,value\n" + "".join(
        f'{row["feed"]},"{row["external_id"].replace(chr(34), chr(34) * 2)}",{row["occurred_at"]},{row["value"]}\n'
        for row in rows
    )
    assert door.post(csv, type_="text/csv").status_code == 201
    assert results_of(door.post(csv, type_="text/csv")) == {("unchanged", 1)}
    assert results_of(door.post(json.dumps(rows))) == {("unchanged", 1)}
