"""`?reading=NAME` and `/api/v1/readings`: any file by a reading that was said once, or the questions that it leaves."""

import json
from typing import Any

import pytest
from django.test import Client

from bpo.models import AuditEntry
from intake.models.readings import FeedReadingVersion
from intake.tests.workbooks import workbook
from metrics.models.results import CountResult
from tests.support.api_clients import Door, open_door
from vendors.models import KeyRequest

pytestmark = pytest.mark.any_database
EXPORT = "Tag;Gut;Gesamt\n13.10.2025;1.203,0;1.412\n14.10.2025;9;10\n"
READING = {
    "format": 1,
    "leave_out_others": True,
    "columns": [
        {"name": "Tag", "is": "date"}, {"name": "Gut", "is": "numerator"}, {"name": "Gesamt", "is": "denominator"},
    ],
}  # fmt: skip
ANSWERED = READING | {"decimal": ","}


def put(door: Door, reading: object, name: str = "acd", **more: object):
    given = {"contract": door.contract.public_id, "feed": "DAYS", "reading": reading} | more
    path = f"/api/v1/readings/{name}"
    answer = Client().put(path, json.dumps(given), content_type="application/json", headers=door.headers)
    return answer


def send(door: Door, content: str | bytes = EXPORT, query: str = "", type_: str = "text/csv"):
    return door.post(content, query=f"?reading=acd{query}", type_=type_)


def test_a_file_is_read_by_the_reading_that_is_named(door: Door) -> None:
    put(door, ANSWERED)

    answer = send(door)

    assert answer.status_code == 201, answer.json()
    rows = CountResult.objects.order_by("key").values_list("key", "numerator", "denominator")
    assert [(key, int(top), int(bottom)) for key, top, bottom in rows] == [
        ("2025-10-13|", 1203, 1412), ("2025-10-14|", 9, 10),
    ]  # fmt: skip


def test_the_same_file_again_changes_nothing_and_a_dry_run_stores_nothing(door: Door) -> None:
    put(door, ANSWERED)

    assert send(door, query="&dry_run=true").json()["rows"]["new"] == 2
    assert not CountResult.objects.exists()
    send(door)
    assert send(door).json()["rows"]["unchanged"] == 2


def test_a_workbook_is_sent_as_it_is(door: Door) -> None:
    put(door, READING)

    content = workbook([["Tag", "Gut", "Gesamt"], ["@45943", "=9", "=10"]])

    assert send(door, content, type_="application/octet-stream").json()["rows"]["new"] == 1


def test_what_the_reading_leaves_open_is_refused_with_its_questions(door: Door) -> None:
    put(door, READING)

    answer = send(door, "Tag;Gut;Gesamt\n13.10.2025;1.203;1.412\n")

    assert (answer.status_code, answer.json()["code"]) == (409, "reading_open")
    (question,) = answer.json()["questions"]
    assert (question["key"], [option["value"] for option in question["options"]]) == (
        "decimals", ["point three", "comma"],
    )  # fmt: skip
    assert not CountResult.objects.exists()


def test_a_file_without_the_columns_of_the_reading_is_refused(door: Door) -> None:
    put(door, READING)

    assert send(door, "date;numerator;denominator\n2025-10-13;1;2\n").json()["code"] == "reading_open"


def test_a_line_that_cannot_be_read_is_listed_with_its_line(door: Door) -> None:
    put(door, ANSWERED)

    answer = send(door, EXPORT + "15.10.2025;many;10\n")

    assert (answer.status_code, [error["line"] for error in answer.json()["errors"]]) == (422, [4])
    assert send(door, EXPORT + "15.10.2025;many;10\n", "&partial=true").json()["rows"]["rejected"] == 1


def test_a_reading_is_kept_in_versions_and_each_is_audited(door: Door) -> None:
    first, again, other = put(door, READING), put(door, READING), put(door, ANSWERED)

    assert [answer.json()["version"] for answer in (first, again, other)] == [1, 1, 2]
    assert FeedReadingVersion.objects.get(number=1).made_with == door.key
    assert AuditEntry.objects.filter(action="keep_reading").count() == 2


def test_an_exported_reading_is_sent_again_unchanged(door: Door) -> None:
    put(door, ANSWERED)

    exported = door.get("/api/v1/readings/acd").json()

    assert put(door, exported["reading"]).json() == exported
    listed = door.get("/api/v1/readings").json()
    assert (listed["count"], listed["results"]) == (1, [exported])


def test_a_wrong_reading_is_refused_and_says_where(door: Door) -> None:
    answer = put(door, {"columns": [{"name": "Tag", "is": "dat"}]})

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_reading")
    assert "columns/Tag/is" in answer.json()["detail"]


def test_another_vendors_reading_is_not_found(door: Door, cast) -> None:
    put(door, READING)
    other = open_door(cast, vendor="Cobalt", reference="A-2")

    assert other.get("/api/v1/readings").json()["count"] == 0
    assert other.get("/api/v1/readings/acd").status_code == 404
    assert send(other).status_code == 404


def test_the_request_log_shows_no_file(door: Door) -> None:
    put(door, ANSWERED)
    send(door)

    assert KeyRequest.objects.get(path__contains="results").body == f"(a file of {len(EXPORT)} bytes)"


CONNECT = (
    "StartInterval,Queue,Contacts queued,Contacts answered in 20 seconds\n2025-10-13T00:00:00+02:00,Orders,412,351\n"
)


def send_connect(door: Door, query: str = "") -> Any:
    return door.post(CONNECT, query=f"?reading=Amazon+Connect+queues{query}", type_="text/csv")


def test_a_shipped_reading_is_listed_and_kept_as_the_feeds_own_with_the_first_file(door: Door) -> None:
    shipped = {each["name"]: each for each in door.get("/api/v1/readings").json()["shipped"]}["Amazon Connect queues"]

    assert send_connect(door, "&feed=DAYS&dry_run=true").json()["rows"]["new"] == 1
    assert door.get("/api/v1/readings").json()["count"] == 0
    assert send_connect(door, "&feed=DAYS").status_code == 201
    own = door.get("/api/v1/readings/Amazon Connect queues").json()
    assert (own["feed"], own["version"], own["reading"]) == ("DAYS", 1, shipped["reading"])
    assert [send_connect(door, query).json()["rows"]["unchanged"] for query in ("", "&feed=DAYS")] == [1, 1]
    assert CountResult.objects.get().split == "Orders"


def test_a_shipped_reading_needs_the_feed_that_its_rows_are_for(door: Door) -> None:
    answer = send_connect(door)

    assert (answer.status_code, answer.json()["hint"]) == (404, "A shipped one needs feed=CODE, a feed of its kind.")


@pytest.mark.django_db(databases=["default", "sandbox"])
def test_a_test_key_is_read_by_a_shipped_reading_and_keeps_none(trial: Door) -> None:
    assert send_connect(trial, "&feed=DAYS").status_code == 201
    assert not FeedReadingVersion.objects.exists()


def test_a_shipped_reading_is_kept_with_what_it_leaves_open(door: Door) -> None:
    kept = put(door, {"zone": "Europe/Berlin"}, name="queues", shipped="Genesys Cloud queues").json()

    assert (kept["reading"]["zone"], kept["reading"]["add_up"]) == ("Europe/Berlin", True)
    assert put(door, {}, shipped="Genesys").json()["code"] == "bad_reading"


@pytest.mark.parametrize(
    "members", [{"encoding": "rot13"}, {"quote": "ab"}, {"delimiter": "ab"}, {"delimiter": "\n"}, {"last_line": -1}]
)
def test_what_no_file_could_be_opened_by_is_refused(door: Door, members: dict[str, object]) -> None:
    answer = put(door, ANSWERED | members)

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_reading")
    assert next(iter(members)) in answer.json()["detail"]
