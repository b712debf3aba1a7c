"""What is owed, as rows to fill in; and the vendor's word that a report comes later."""

from datetime import date

import pytest
import time_machine
from django.test import Client

from api.tests.test_description import check, description
from bpo.models import Membership, Role
from contracts.models.service_levels import Feed
from intake.models.delays import AnnouncedDelay
from tests.builders import NOW
from tests.support.api_clients import Door, key_for

__all__ = ["description"]


@pytest.fixture
def late(cast):
    """On a November morning one monthly report of Brightline's, October's, is late."""
    Feed.objects.update(starts_on=date(2025, 10, 1))
    secret = key_for(cast.vendors["Brightline"])
    with time_machine.travel(NOW, tick=False):
        yield Door(cast, cast.contracts["A-1"], None, secret)


def owed(door: Door) -> list[dict]:
    return door.get("/api/v1/due").json()["results"]


def delay(door: Door, report: str, **body: str):
    return Client().post(f"/api/v1/due/{report}/delay", body, content_type="application/json", headers=door.headers)


def test_what_is_owed_comes_with_a_row_to_fill_in(late, description):
    answer = late.get("/api/v1/due")

    check(description, "/api/v1/due", answer)
    (report,) = answer.json()["results"]
    assert (report["state"], report["due_on"], report["days_late"]) == ("late", "2025-11-03", 2)
    assert report["row"] == {
        "contract": late.contract.public_id, "feed": "QUALITY", "period": "2025-10",
        "numerator": None, "denominator": None,
    }  # fmt: skip


def test_a_filled_row_is_accepted_and_nothing_is_owed_any_more(late):
    (report,) = owed(late)

    sent = late.post([report["row"] | {"numerator": 95, "denominator": 100}])

    assert sent.status_code == 201
    assert owed(late) == []


def test_all_reports_are_shown_when_asked_for(late):
    states = [row["state"] for row in late.get("/api/v1/due", show="all").json()["results"]]

    assert states == ["late", "running"]


@pytest.mark.parametrize("query", [{"show": "some"}, {"feed": "QUALITY"}])
def test_other_parameters_are_refused(late, description, query):
    answer = late.get("/api/v1/due", **query)

    assert answer.status_code == 400
    check(description, "/api/v1/due", answer)


def test_a_delay_is_announced_by_the_key(late, description):
    (report,) = owed(late)

    answer = delay(late, report["id"], until="2025-11-07", reason="payroll system down")

    check(description, "/api/v1/due/{report}/delay", answer, "post")
    assert answer.status_code == 201
    assert owed(late)[0]["delay"] == {"until": "2025-11-07", "reason": "payroll system down"}
    assert AnnouncedDelay.objects.get().api_key.vendor == late.cast.vendors["Brightline"]


@pytest.mark.parametrize(
    "body",
    [
        {"until": "2025-11-04", "reason": "r"},
        {"until": "2026-11-04", "reason": "r"},
        {"until": "soon", "reason": "r"},
        {"until": "2025-11-07"},
        {"until": "2025-11-07", "reason": " "},
        {"until": "2025-11-07", "reason": "r", "untill": "x"},
    ],
)
def test_a_delay_that_says_nothing_is_refused(late, description, body):
    (report,) = owed(late)

    answer = delay(late, report["id"], **body)

    assert answer.status_code == 422
    check(description, "/api/v1/due/{report}/delay", answer, "post")
    assert not AnnouncedDelay.objects.exists()


def test_another_vendors_report_does_not_exist(late):
    foreign = f"{late.cast.contracts['A-2'].public_id}.QUALITY.2025-10"

    assert delay(late, foreign, until="2025-11-07", reason="r").status_code == 404
    assert delay(late, foreign.replace("2025-10", "2019-10"), until="2025-11-07", reason="r").status_code == 404


def test_who_reports_for_one_vendor_announces_nothing_for_another_that_they_may_read_of(late):
    person = late.cast.people["brightline-reporter"]
    acme = late.cast.clients["Acme"].organisation
    Membership.objects.create(user=person, organisation=acme, role=Role.CLIENT_VIEWER)
    session = Client()
    session.force_login(person)
    foreign = f"{late.cast.contracts['A-2'].public_id}.QUALITY.2025-10"

    answer = session.post(
        f"/api/v1/due/{foreign}/delay", {"until": "2025-11-07", "reason": "r"}, content_type="application/json"
    )

    assert answer.status_code == 404
    assert not AnnouncedDelay.objects.exists()


def test_a_reading_key_announces_nothing(late):
    (report,) = owed(late)
    reader = Door(late.cast, late.contract, None, key_for(late.cast.vendors["Brightline"], "read"))

    assert delay(reader, report["id"], until="2025-11-07", reason="r").status_code == 403
