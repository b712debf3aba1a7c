"""`?dry_run=true` on every write: the same checks, the verdicts that would follow, and nothing left behind."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone

from api.documents import build_description
from intake.models.delays import AnnouncedDelay
from intake.models.replies import RefusedIntake
from intake.tests.test_sending import ROW
from metrics.models.verdicts import Verdict
from metrics.services.judging import judge_all
from sla.periods import DAY, add_months
from tests.support.api_clients import RESULTS, Door, codes
from vendors.models import ApiKey, KeyRequest

# The vendor's log of what its machine said is kept of dry runs too: that is what it is for.
TRACES = {KeyRequest}
DRY = "?dry_run=true"
MONTH = f"{add_months(timezone.now().date().replace(day=1), -1):%Y-%m}"


def everything() -> dict[str, list[Any]]:
    """All rows of all tables but the log of requests, and but when a key was last used."""
    rows = {
        model._meta.label: list(model._base_manager.order_by("pk").values_list())
        for model in apps.get_models()
        if model not in TRACES | {ApiKey} and model._meta.managed
    }
    keys = ApiKey._base_manager.order_by("pk").values()
    return rows | {"keys": [{name: key[name] for name in key if name != "last_used_at"} for key in keys]}


def void(door: Door, query: str = "", reason: str = "sent twice") -> Any:
    name = door.get(RESULTS, feed="AHT").json()["results"][0]["id"]
    send = {"content_type": "application/json", "headers": door.headers | {"Idempotency-Key": "v-1"}}
    return Client().post(f"{RESULTS}/{name}/void{query}", json.dumps({"reason": reason}), **send)


def delay(door: Door, query: str = "", **given: str) -> Any:
    name = f"{door.contract.public_id}.QUALITY.{MONTH}"
    # In the contract's zone it may be tomorrow already.
    until = (timezone.now().date() + DAY).isoformat()
    body = {"until": until, "reason": "payroll is down"} | given
    send = {"content_type": "application/json", "headers": door.headers}
    return Client().post(f"/api/v1/due/{name}/delay{query}", json.dumps(body), **send)


WRITES: dict[str, Callable[[Door], Any]] = {
    "new rows": lambda door: door.post([ROW | {"external_id": "n1"}], query=DRY, headers={"Idempotency-Key": "a"}),
    "a correction": lambda door: door.post(ROW | {"value": 9, "reason": "recount"}, query=DRY),
    "a correction without a reason": lambda door: door.post(ROW | {"value": 9}, query=DRY),
    "the same rows again": lambda door: door.post(ROW, query=DRY, headers={"Idempotency-Key": "a"}),
    "wrong rows": lambda door: door.post([ROW | {"value": "x"}], query=DRY, headers={"Idempotency-Key": "a"}),
    "good rows without the wrong ones": lambda door: door.post(
        [ROW | {"external_id": "n1"}, ROW | {"value": "x"}], query=DRY + "&partial=true"
    ),
    "nothing readable": lambda door: door.post("{", query=DRY),
    "a row taken back": lambda door: void(door, DRY),
    "a delay": lambda door: delay(door, DRY),
    "a delay that says nothing": lambda door: delay(door, DRY, reason=" "),
}


@pytest.fixture
def reported(door: Door) -> Door:
    """One row is there and judged; the handling took too long."""
    door.post(ROW | {"value": 500})
    judge_all(now=timezone.now())
    return door


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_dry_run_leaves_nothing_behind(reported: Door, write):
    before = everything()

    write(reported)

    assert everything() == before


@pytest.mark.parametrize(
    ("dry", "wet"),
    [
        (lambda door: door.post(ROW | {"value": 9}, query=DRY), lambda door: door.post(ROW | {"value": 9})),
        (lambda door: door.post([5, {}], query=DRY), lambda door: door.post([5, {}])),
        (lambda door: void(door, DRY, " "), lambda door: void(door, "", " ")),
        (lambda door: delay(door, DRY, until="x"), lambda door: delay(door, "", until="x")),
        (lambda door: delay(door, DRY, until="1999-01-01"), lambda door: delay(door, "", until="1999-01-01")),
    ],
)
def test_it_refuses_what_is_refused_in_earnest_in_the_same_words(reported: Door, dry, wet):
    tried, done = dry(reported), wet(reported)

    assert tried.status_code == done.status_code >= 400
    assert tried.json() | {"request_id": ""} == done.json() | {"request_id": ""}


def test_it_tells_the_verdicts_that_would_follow(reported: Door):
    correction = ROW | {"value": 100, "reason": "recount"}

    verdicts = reported.post(correction, query=DRY).json()["verdicts"]
    reported.post(correction)
    judge_all(now=timezone.now())

    verdict = Verdict.objects.current().get(service_level=reported.levels["AHT"])
    [told] = verdicts
    assert (told["service_level"], told["period"]) == (reported.levels["AHT"].public_id, verdict.period_label)
    assert (told["status_before"], told["status"]) == ("breach", verdict.status) == ("breach", "met")
    assert (told["numerator"], told["denominator"], told["display"]) == ("100", "1", verdict.display)
    assert (told["expected"], told["minimum"], told["is_provisional"]) == ("300", "400", False)
    assert [line["key"] for line in told["working"]][:3] == ["reported", "excused", "counted"]


def test_taking_back_tells_them_too(reported: Door):
    told = void(reported, DRY).json()

    assert (told["dry_run"], told["id"], told["results"][0]["result"]) == (True, None, "voided")
    assert [verdict["status_before"] for verdict in told["verdicts"]] == ["breach"]


def test_what_changes_nothing_causes_no_verdict(reported: Door):
    assert reported.post(ROW | {"value": 500}, query=DRY).json()["verdicts"] == []


def test_only_a_dry_run_speaks_of_verdicts(reported: Door):
    assert "verdicts" not in reported.post(ROW | {"external_id": "n1"}).json()


def test_a_delay_that_is_tried_is_shown_as_it_would_be(door: Door):
    tried, done = delay(door, DRY), delay(door)

    assert (tried.status_code, done.status_code) == (200, 201)
    assert tried.json() == done.json()
    assert AnnouncedDelay.objects.count() == 1


@pytest.mark.parametrize("query", ["?dry_run=yes", "?dry_run=true&dry_run=true", "?dryrun=true"])
@pytest.mark.parametrize("write", [void, delay, lambda door, query: door.post(ROW, query=query)])
def test_a_slip_of_the_pen_never_becomes_a_write(reported: Door, write, query):
    before = everything()

    assert codes(write(reported, query))[0] in ("bad_parameter", "unknown_parameter")
    # A refusal is told on the page of keys, and counted.
    told = {"keys": [], RefusedIntake._meta.label: []}
    assert everything() | told == before | told


def test_every_write_of_the_api_can_be_tried_first():
    writes = {
        path: {parameter["name"] for parameter in operations[method].get("parameters", [])}
        for path, operations in build_description()["paths"].items()
        for method in operations
        if method not in ("get", "parameters")
    }

    assert len(writes) >= 3
    assert {path for path, parameters in writes.items() if "dry_run" not in parameters} == set()
