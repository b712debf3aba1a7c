"""What can be read back, and how it is narrowed."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from contracts.models.agreements import Contract
from intake.tests.test_sending import EVERY_KIND, ROW
from metrics.services.judging import judge_all
from tests.support.api_clients import Door
from tests.support.described import description

NOW = datetime(2025, 7, 2, tzinfo=UTC)


@pytest.fixture
def judged(door: Door) -> Door:
    """June reported and judged: the handling took too long."""
    door.post([ROW | {"external_id": f"a{number}", "value": 500} for number in range(3)])
    judge_all(now=NOW)
    return door


@pytest.mark.parametrize("row", EVERY_KIND, ids=lambda row: row.get("feed", "AHT"))
def test_a_result_reads_back_as_it_was_sent(door: Door, row):
    door.post(row)

    stored = door.get("/api/v1/results", feed=row.get("feed", "AHT")).json()["results"][0]

    for name in ("numerator", "denominator", "value", "wait_seconds", "handle_seconds"):
        if name in row:
            assert Decimal(stored[name]) == Decimal(str(row[name]))
    for name in ("external_id", "outcome", "queue", "split", "priority", "met", "resolved"):
        assert stored.get(name) == row.get(name)


def test_eighteen_digits_survive(door: Door):
    door.cast.feed(door.contract, "VOL", "observations")
    body = '{"feed":"VOL","occurred_at":"2025-06-10T10:00:00Z","external_id":"x","value":123456789012.345678}'

    door.post(body)

    assert door.get("/api/v1/results", feed="VOL").json()["results"][0]["value"] == "123456789012.345678"


def test_a_result_tells_what_it_said_before(door: Door):
    name = door.post(ROW).json()["results"][0]["id"]
    door.post(ROW | {"value": 13, "reason": "switch was wrong"})

    told = door.get(f"/api/v1/results/{name}").json()

    assert (told["current"]["value"], told["current"]["revision"]) == ("13", 2)
    assert [(past["value"], past["revision"], past["reason"]) for past in told["superseded"]] == [
        ("12.5", 1, "switch was wrong")
    ]


def test_a_result_taken_back_can_still_be_read(door: Door):
    name = door.post(ROW).json()["results"][0]["id"]

    voided = Client().post(
        f"/api/v1/results/{name}/void",
        {"reason": "counted twice"},
        content_type="application/json",
        headers=door.headers,
    )
    told = door.get(f"/api/v1/results/{name}").json()

    assert voided.status_code == 201, voided.json()
    assert told["current"] is None
    assert told["superseded"][0]["reason"] == "counted twice"


def test_a_dated_count_can_be_taken_back_by_its_address(door: Door):
    name = door.post(EVERY_KIND[2]).json()["results"][0]["id"]

    voided = Client().post(
        f"/api/v1/results/{name}/void",
        {"reason": "another site's"},
        content_type="application/json",
        headers=door.headers,
    )

    assert voided.json()["results"][0]["result"] == "voided"


def test_a_key_of_any_characters_has_an_address(door: Door):
    name = door.post(ROW | {"external_id": '=HYPERLINK("http://x/?a#b","y")'}).json()["results"][0]["id"]

    assert door.get(f"/api/v1/results/{name}").json()["current"]["key"] == '=HYPERLINK("http://x/?a#b","y")'


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"external_id": "a1"}, ["a1"]),
        ({"occurred_after": "2025-06-11T00:00:00+02:00"}, ["a2", "a3"]),
        ({"occurred_before": "2025-06-11T00:00:00+02:00"}, ["a1"]),
        ({"from_day": "2025-06-11", "to_day": "2025-06-12"}, ["a2"]),
        ({"ordering": "occurred_at", "limit": "1"}, ["a1"]),
        ({"ordering": "-key", "limit": "1", "offset": "1"}, ["a2"]),
    ],
)
def test_results_are_narrowed_and_ordered(door: Door, parameters, found):
    days = [("a1", "2025-06-10T10:00:00Z"), ("a2", "2025-06-11T10:00:00Z"), ("a3", "2025-06-12T10:00:00Z")]
    door.post([ROW | {"external_id": key, "occurred_at": at} for key, at in days])

    rows = door.get("/api/v1/results", feed="AHT", **parameters).json()["results"]

    assert sorted(row["key"] for row in rows) == found


@pytest.mark.parametrize(
    "query",
    [
        "feed=AHT&vlaue__gt=5",
        "feed=AHT&limit=0",
        "feed=AHT&limit=1001",
        "feed=AHT&limit=99999999999999999999",
        "feed=AHT&offset=-1",
        "feed=AHT&ordering=password",
        "feed=AHT&occurred_after=2025-06-10T10:00:00",
        "feed=AHT&occurred_after=0001-01-01T00:00:00%2B14:00",
        "feed=AHT&external_id=%00",
        "feed=AHT&" + "&".join(f"a{number}=1" for number in range(1500)),
        "",
    ],
)
def test_a_question_that_is_not_understood_is_refused(door: Door, query):
    assert door.get(f"/api/v1/results?{query}").status_code == 400


def test_a_verdict_shows_its_working(judged: Door):
    verdict = judged.get("/api/v1/verdicts", service_level=judged.levels["AHT"].public_id, period="2025-06").json()
    told = verdict["results"][0]

    assert (told["status"], told["value"], told["numerator"], told["denominator"]) == ("breach", "500", "1500", "3")
    assert [line["key"] for line in told["working"]["lines"]] == [
        "reported",
        "excused",
        "counted",
        "formula",
        "compared",
        "follows",
    ]


def test_an_earlier_revision_of_a_verdict_can_be_read(judged: Door):
    judged.post(ROW | {"external_id": "a0", "value": 100, "reason": "recount"})
    judge_all(now=NOW)
    path = f"/api/v1/verdicts/{judged.levels['AHT'].public_id}/2025-06"

    now, before = judged.get(path).json(), judged.get(path, revision=1).json()

    assert (now["revision"], now["numerator"], now["revisions"]) == (2, "1100", [1, 2])
    assert (before["revision"], before["numerator"], before["is_current"]) == (1, "1500", False)


@pytest.fixture
def recounted(judged: Door) -> str:
    """June was judged again a month later; the address of its verdict."""
    judged.post(ROW | {"external_id": "a0", "value": 100, "reason": "recount"})
    judge_all(now=NOW + timedelta(days=30))
    return f"/api/v1/verdicts/{judged.levels['AHT'].public_id}/2025-06"


@pytest.mark.parametrize("name", ["revision", "rev"])
def test_a_revision_is_named_as_the_pages_do(judged: Door, recounted, name):
    assert judged.get(recounted, **{name: 1}).json()["numerator"] == "1500"
    assert judged.get(recounted, **{name: 3}).status_code == 404


def test_one_verdict_can_be_read_as_it_was_after_a_night(judged: Door, recounted):
    days = [NOW.date() + timedelta(days=days) for days in (-1, 1, 31)]

    answers = [judged.get(recounted, as_of=day.isoformat()) for day in days]

    assert [answer.status_code for answer in answers] == [404, 200, 200]
    assert [answer.json()["numerator"] for answer in answers[1:]] == ["1500", "1100"]
    assert [answer.json()["revisions"] for answer in answers[1:]] == [[1], [1, 2]]
    assert [answer.json()["is_current"] for answer in answers[1:]] == [True, True]


def test_of_one_verdict_and_of_the_list_the_past_is_the_same(judged: Door, recounted):
    day = (NOW.date() + timedelta(days=1)).isoformat()

    one, many = judged.get(recounted, as_of=day).json(), judged.get("/api/v1/verdicts", as_of=day, period="2025-06")

    listed = next(told for told in many.json()["results"] if told["service_level"] == one["service_level"])
    assert {name: one[name] for name in listed} == listed


def test_a_revision_that_came_later_was_not_there_then(judged: Door, recounted):
    day = (NOW.date() + timedelta(days=1)).isoformat()

    assert judged.get(recounted, as_of=day, rev=2).status_code == 404
    assert judged.get(recounted, as_of=day, rev=1).status_code == 200


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("query", "code"),
    [("rev=x", "bad_parameter"), ("rev=", "bad_parameter"), ("rev=1&revision=1", "bad_parameter"),
     ("rev=1&rev=1", "unknown_parameter"), ("as_of=June", "bad_parameter"), ("asof=2025-07-01", "unknown_parameter")],
)  # fmt: skip
def test_what_one_verdict_is_not_asked_for_is_an_error(judged: Door, recounted, query, code):
    response = judged.get(f"{recounted}?{query}")

    assert (response.status_code, response.json()["code"]) == (400, code)


def test_breaches_are_listed_with_their_verdict(judged: Door):
    told = judged.get("/api/v1/breaches", is_open="true").json()["results"]

    assert [(breach["code"], breach["period"], breach["status"]) for breach in told] == [("AHT", "2025-06", "breach")]
    assert judged.get(f"/api/v1/breaches/{told[0]['id']}").json()["events"][0]["kind"] == "found"


def test_terms_come_with_their_service_level(door: Door):
    told = door.get(f"/api/v1/service-levels/{door.levels['AHT'].public_id}").json()

    assert [(terms["expected"], terms["minimum"]) for terms in told["terms"]] == [("300", "400")]


def test_a_receipt_can_be_read_again(door: Door):
    given = door.post(ROW).json()

    kept = door.get(f"/api/v1/batches/{given['id']}").json()

    assert (kept["rows"], kept["sha256"]) == (given["rows"], given["sha256"])


@pytest.mark.any_database
@pytest.mark.parametrize("path", ["results?feed=AHT", "verdicts", "breaches", "service-levels", "feeds", "batches"])
def test_a_list_asks_as_often_for_fifty_rows_as_for_one(door: Door, path, django_assert_max_num_queries):
    for number in range(3):
        door.post([ROW | {"external_id": f"b{number}-{each}", "value": 500} for each in range(10)])
    for number in range(10):
        door.cast.level(door.cast.feed(door.contract, f"MORE{number}", "observations"), f"MORE{number}")
    judge_all(now=NOW)

    with django_assert_max_num_queries(8):
        assert door.get(f"/api/v1/{path}").status_code == 200


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api/v1/results/1", "/api/v1/results/1%0a", "/api/v1/credits/1", "/api/x"]
)
def test_an_address_without_anything_is_a_problem_too(door: Door, path):
    response = door.get(path)

    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["batches?received_after=", "verdicts?status=", "results?feed=AHT&external_id="])
def test_an_empty_parameter_is_an_error_and_not_everything(judged: Door, path):
    response = Client().get(f"/api/v1/{path}", headers=judged.headers)

    assert (response.status_code, response.json()["code"]) == (400, "bad_parameter")


@pytest.mark.any_database
def test_a_parameter_with_one_value_is_refused_when_it_is_given_twice(door: Door):
    asked = [
        f"{path}?feed=AHT&{parameter['name']}=AHT&{parameter['name']}=AHT"
        if path in ("/api/v1/results", "/api/v1/results/file")
        else f"{path}?{parameter['name']}=1&{parameter['name']}=2"
        for path, operations in description()["paths"].items()
        for parameter in operations.get("get", {}).get("parameters", ())
        if "{" not in path and parameter["in"] == "query" and parameter["schema"].get("type") != "array"
    ]
    # These are read first, and refused for what they are.
    asked = [query for query in asked if not re.search("AHT&(contract|service_level|nothing|type)=", query)]
    person = Client()
    person.force_login(door.cast.operator)

    assert len(asked) > 60
    assert [query for query in asked if "twice" not in person.get(query).json().get("detail", "")] == []


def test_the_browsable_api_is_off(door: Door):
    assert Client().get("/api/v1/feeds?format=api", headers=door.headers).status_code == 404
    assert Client().get("/api/v1/feeds", headers=door.headers | {"Accept": "text/html"}).status_code == 406


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_past_may_be_asked_for_as_far_back_and_ahead_as_dates_go(door: Door, day):
    Contract.objects.update(zone="Asia/Tokyo")

    assert door.get("/api/v1/verdicts", as_of=day).status_code == 200
