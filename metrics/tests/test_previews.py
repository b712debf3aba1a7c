"""A vendor's rows are stored while somebody previews what an excuse, a restatement or a file would change.

A preview holds no lock and writes nothing, on either database.
"""

import json
from threading import Thread

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from breaches.services import grants
from breaches.services.excuses import ask_excuse, excuse_to_ask
from intake.files.importing import keep_upload
from intake.files.previews import preview_of
from intake.models.imports import Import
from intake.receiving import receive
from metrics.models.breaches import Excuse
from metrics.models.results import ObservationResult
from metrics.models.verdicts import DirtyCell, LateArrival, Verdict
from metrics.services import previews, restatements
from metrics.services.judging import judge_all
from metrics.services.nights import latest_night, run_night
from sla.periods import DAY, add_months
from tests.support.api_clients import Door, open_door
from tests.support.cast import build_cast

pytestmark = pytest.mark.django_db(transaction=True)
LONG_ENOUGH = 20
TODAY = timezone.now().date()
# A month that is long closed, and this one.
OLD = add_months(TODAY.replace(day=1), -4)


def row(key, day, **more):
    return {"feed": "AHT", "occurred_at": f"{day}T00:00:00Z", "external_id": key, "value": 310} | more


@pytest.fixture
def door() -> Door:
    """An old month is closed with one row, and has a late one; this month is open, with one row, and looks back."""
    found = open_door(build_cast())
    found.levels["AHT"].terms.update(rules={"low_volume": {"rule": "rolling", "min_cases": 50, "periods": 12}})
    found.post([row("old", OLD + DAY), row("open", TODAY)])
    now = timezone.now()
    run_night(zone="Europe/Berlin", local_date=latest_night("Europe/Berlin", now), now=now)
    found.post(row("late", OLD + DAY, reason="forgotten"))
    assert LateArrival.objects.exists()
    vendor, person = found.contract.vendor, found.cast.people["brightline-manager"]
    ask_excuse(asked_by=person, now=timezone.now(), **excuse_for(found))
    keep_upload(
        vendor=vendor, person=person, file_name="rows.csv", feed=found.feeds["AHT"], reason="recount",
        content=f"occurred_at,external_id,value\n{TODAY}T00:00:00Z,filed,330\n".encode(), now=timezone.now(),
    )  # fmt: skip
    return found


def excuse_for(door):
    return {"service_level": door.levels["AHT"], "starts_on": OLD, "ends_on": TODAY + DAY, "reason": "portal down"}


class Other:
    """Another connection that posts a row in the middle of a preview."""

    def __init__(self, door: Door) -> None:
        self.door, self.answers, self.stored_meanwhile = door, [], None

    def __call__(self) -> None:
        thread = Thread(target=self._post)
        thread.start()
        thread.join(LONG_ENOUGH)
        self.stored_meanwhile, self.thread = not thread.is_alive(), thread

    def _post(self) -> None:
        try:
            self.answers.append(self.door.post(row("new", TODAY)).status_code)
        finally:
            connection.close()


def preview_restatement(door):
    verdict = Verdict.objects.current().get(service_level=door.levels["AHT"], starts_on=OLD)
    restatements.preview_late(cells=[restatements.closed_cell(verdict)], now=timezone.now())


def preview_granting(door):
    grants.preview_excuse(excuse=Excuse.objects.get(), now=timezone.now())


def preview_new_excuse(door):
    now = timezone.now()
    excuse = excuse_to_ask(asked_by=door.cast.people["brightline-manager"], now=now, **excuse_for(door))
    grants.preview_if_possible(excuse=excuse, now=now)


def preview_rows(door):
    rows = [row("tried", TODAY), row("open", TODAY, value=311, reason="recount"), row("late", OLD, reason="found")]
    receipt = receive(
        principal=door.cast.people["brightline-manager"], vendor=door.contract.vendor, body=json.dumps(rows).encode(),
        media_type="application/json", channel="api", now=timezone.now(), dry_run=True,
    )  # fmt: skip
    assert receipt.as_json()["verdicts"]


def preview_file(door):
    imported = Import.objects.get()
    preview = preview_of(imported, person=imported.uploaded_by, now=timezone.now())
    assert preview.verdicts


PREVIEWS = {"restatement": preview_restatement, "excuse": preview_granting, "asking": preview_new_excuse,
            "rows": preview_rows, "file": preview_file}  # fmt: skip


@pytest.mark.parametrize("name", PREVIEWS)
def test_rows_are_stored_during_a_preview(door, monkeypatch, name):
    other, really = Other(door), previews.find_all

    def find_all(*given, **more):
        if other.stored_meanwhile is None:
            other()
        return really(*given, **more)

    monkeypatch.setattr(previews, "find_all", find_all)
    PREVIEWS[name](door)
    other.thread.join(LONG_ENOUGH)

    assert other.answers == [201]
    assert other.stored_meanwhile
    assert ObservationResult.objects.filter(external_id="new").exists()


@pytest.mark.parametrize("name", PREVIEWS)
def test_a_preview_leaves_the_work_queue_as_it_is(door, name):
    judge_all(now=timezone.now())
    before = list(DirtyCell.objects.values_list("pk", "generation"))
    PREVIEWS[name](door)

    assert list(DirtyCell.objects.values_list("pk", "generation")) == before


@pytest.mark.parametrize("name", PREVIEWS)
def test_a_preview_writes_nothing_and_locks_nothing(door, name):
    with CaptureQueriesContext(connection) as captured:
        PREVIEWS[name](door)

    statements = [query["sql"].strip() for query in captured]
    assert statements
    assert not [sql for sql in statements if not sql.startswith("SELECT") or "UPDATE" in sql]
