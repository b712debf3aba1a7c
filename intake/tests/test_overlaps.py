"""Batches of which a part is there already, wherever in the batch it stands."""

import pytest

from metrics.models.results import ObservationResult

MANY = 100


def row(number: int, **more):
    at = f"2025-02-{1 + number % 28:02}T10:00:00Z"
    return {"feed": "AHT", "occurred_at": at, "external_id": f"call-{number}", "value": number, **more}


@pytest.mark.parametrize("known", [[0], [1], [37], [98, 99], range(40, 60)])
def test_known_rows_are_unchanged_and_the_others_new(door, known):
    door.post([row(number) for number in known])

    answer = door.post([row(number) for number in range(MANY)])

    rows = answer.json()["rows"]
    assert (answer.status_code, rows["new"], rows["unchanged"]) == (201, MANY - len(known), len(known))
    assert ObservationResult.objects.filter(feed=door.feeds["AHT"]).count() == MANY


def test_one_contradiction_among_many_new_rows_refuses_all(door):
    door.post([row(41)])

    answer = door.post([row(number, **({"value": 7} if number == 41 else {})) for number in range(MANY)])

    assert (answer.status_code, answer.json()["code"]) == (409, "external_id_conflict")
    assert ObservationResult.objects.filter(feed=door.feeds["AHT"]).count() == 1
