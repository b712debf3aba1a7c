"""What comes after a period has closed: refused without a reason, kept with one, and never counted in silence."""

from datetime import date

import pytest
from django.utils import timezone

from intake.tests.test_sending import ROW
from metrics.models.results import ObservationResult
from metrics.models.verdicts import DirtyCell, LateArrival, Verdict
from metrics.services.nights import run_night
from tests.support.api_clients import Door, codes

NIGHT = date(2025, 8, 15)


@pytest.fixture
def closed(door: Door) -> Door:
    """June has closed with one row in it."""
    door.post(ROW)
    run_night(zone="Europe/Berlin", local_date=NIGHT, now=timezone.now())
    DirtyCell.objects.all().delete()
    return door


def june(door: Door) -> Verdict:
    return Verdict.objects.current().get(service_level=door.levels["AHT"], starts_on=date(2025, 6, 1))


def test_june_is_final(closed: Door):
    assert june(closed).is_final


def test_a_new_row_without_a_reason_is_refused(closed: Door):
    response = closed.post(ROW | {"external_id": "late"})

    assert (response.status_code, codes(response)) == (409, ["period_closed"])
    assert ObservationResult.objects.count() == 1


def test_a_new_row_with_a_reason_is_kept_and_listed_as_late(closed: Door):
    response = closed.post(ROW | {"external_id": "late", "reason": "file was lost"})

    assert response.status_code == 201
    assert response.json()["rows"]["late"] == 1
    assert (LateArrival.objects.get().key, LateArrival.objects.get().reason) == ("late", "file was lost")


def test_a_late_row_does_not_move_the_closed_verdict(closed: Door):
    before = june(closed).numerator

    closed.post(ROW | {"external_id": "late", "reason": "file was lost"})

    assert (june(closed).numerator, june(closed).revision) == (before, 1)
    assert not DirtyCell.objects.filter(starts_on=date(2025, 6, 1)).exists()


def test_a_row_moved_out_of_a_closed_period_needs_a_reason_too(closed: Door):
    response = closed.post(ROW | {"occurred_at": "2025-08-10T10:00:00Z"}, query="?dry_run=true")

    assert response.status_code == 409


def test_the_same_row_again_is_unchanged_in_a_closed_period_too(closed: Door):
    assert closed.post(ROW).status_code == 200


def test_an_open_period_takes_rows_as_before(closed: Door):
    assert closed.post(ROW | {"external_id": "aug", "occurred_at": "2025-08-10T10:00:00Z"}).status_code == 201
