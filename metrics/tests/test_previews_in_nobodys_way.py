"""A vendor's rows are taken while somebody looks at what an excuse, a restatement or a file would change.

SQLite has one writer at a time: there they wait until the look is over, and are taken then.
"""

from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone

from breaches.services import grants
from breaches.services.excuses import ask_excuse
from intake import verdict_previews
from metrics.models.results import ObservationResult
from metrics.models.verdicts import DirtyCell, LateArrival, Verdict
from metrics.services import restatements
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
    return found


class Other:
    """Another connection that posts a row in the middle of a look."""

    def __init__(self, door: Door) -> None:
        self.door, self.answers, self.taken_meanwhile = door, [], None

    def __call__(self) -> None:
        thread = Thread(target=self._post)
        thread.start()
        thread.join(LONG_ENOUGH if connection.vendor == "postgresql" else 0.2)
        self.taken_meanwhile, self.thread = not thread.is_alive(), thread

    def _post(self) -> None:
        try:
            self.answers.append(self.door.post(row("new", TODAY)).status_code)
        finally:
            connection.close()


def look_at_restatement(door, meanwhile):
    verdict = Verdict.objects.current().get(service_level=door.levels["AHT"], starts_on=OLD)
    restatements.preview_late(cells=[restatements.closed_cell(verdict)], now=timezone.now())


def look_at_excuse(door, meanwhile):
    asker = door.cast.people["brightline-manager"]
    excuse = ask_excuse(service_level=door.levels["AHT"], starts_on=TODAY, ends_on=TODAY + DAY, reason="portal",
                        asked_by=asker, now=timezone.now())  # fmt: skip
    grants.preview_excuse(excuse=excuse, now=timezone.now())


def look_at_rows(door, meanwhile):
    assert door.post([row("tried", TODAY)], query="?dry_run=true").status_code == 200


LOOKS = {"restatement": (look_at_restatement, restatements), "excuse": (look_at_excuse, grants),
         "rows": (look_at_rows, verdict_previews)}  # fmt: skip


@pytest.mark.parametrize("name", LOOKS)
def test_rows_are_taken_while_somebody_looks(door, monkeypatch, name):
    look, module = LOOKS[name]
    other, really = Other(door), module.foresee

    def foresee(cells, *, now):
        found = really(cells, now=now)
        if other.taken_meanwhile is None:
            other()
        return found

    monkeypatch.setattr(module, "foresee", foresee)
    look(door, other)
    other.thread.join(LONG_ENOUGH)

    assert other.answers == [201]
    assert other.taken_meanwhile is (connection.vendor == "postgresql")
    assert ObservationResult.objects.filter(external_id="new").exists()


@pytest.mark.parametrize("name", LOOKS)
def test_a_look_leaves_nothing_on_the_list_of_work(door, name):
    judge_all(now=timezone.now())
    before = list(DirtyCell.objects.values_list("pk", "generation"))
    LOOKS[name][0](door, None)

    assert list(DirtyCell.objects.values_list("pk", "generation")) == before
