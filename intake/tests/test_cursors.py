"""Long lists walked by a cursor: everything once, whatever is added meanwhile."""

from base64 import urlsafe_b64encode
from datetime import date

import pytest
from django.test import Client

from api.tests.test_description import check, description
from intake.tests.test_sending import EVERY_KIND, ROW
from metrics.models.verdicts import Verdict
from tests.builders import make_verdict
from tests.support.api_clients import RESULTS, Door

__all__ = ["description"]

VERDICTS = "/api/v1/verdicts"


def walk(door: Door, path: str, between=lambda: None, **parameters: str) -> list[dict]:
    """All rows, page by page; `between` happens after every page."""
    answer = door.get(path, cursor="", **parameters).json()
    found = answer["results"]
    while answer["next"]:
        between()
        answer = Client().get(answer["next"], headers=door.headers).json()
        found += answer["results"]
    return found


@pytest.fixture
def seven(door: Door) -> Door:
    """Seven results at one and the same moment."""
    door.post([ROW | {"external_id": f"k{number}"} for number in range(7)])
    return door


@pytest.fixture
def months(door: Door) -> Door:
    """Two service levels with two revisions of each of three months."""
    for level in door.levels.values():
        for month in (1, 2, 3):
            make_verdict(level, date(2025, month, 1), is_current=False)
            make_verdict(level, date(2025, month, 1), revision=2)
    return door


@pytest.mark.parametrize("limit", ["1", "2", "3", "7", "8"])
def test_every_result_comes_once(seven: Door, limit):
    keys = [row["key"] for row in walk(seven, RESULTS, feed="AHT", limit=limit)]

    assert keys == [f"k{number}" for number in range(7)]


@pytest.mark.parametrize("limit", ["1", "2", "3", "5", "12", "13"])
def test_every_verdict_comes_once(months: Door, limit):
    rows = walk(months, VERDICTS, limit=limit, revisions="all")

    names = [(row["period"]["starts_on"], row["service_level"], row["revision"]) for row in rows]
    assert names == sorted(set(names))
    assert len(names) == Verdict.objects.count() == 12


def test_filters_hold_on_every_page(months: Door):
    level = months.levels["FCR"].public_id

    rows = walk(months, VERDICTS, limit="1", service_level=level)

    assert [(row["service_level"], row["revision"]) for row in rows] == [(level, 2)] * 3


def test_rows_added_and_corrected_meanwhile_neither_hide_nor_repeat_others(seven: Door):
    changes = iter(
        [
            ROW | {"external_id": "a-before"},
            ROW | {"external_id": "k1", "value": 13, "reason": "recounted"},
            ROW | {"external_id": "k5", "value": 13, "reason": "recounted"},
        ]
    )

    rows = walk(seven, RESULTS, lambda: seven.post(next(changes)), feed="AHT", limit="2")

    assert [row["key"] for row in rows] == [f"k{number}" for number in range(7)]


def test_every_kind_of_result_can_be_walked(door: Door):
    door.post(EVERY_KIND)

    for row in EVERY_KIND:
        assert len(walk(door, RESULTS, feed=row.get("feed", "AHT"))) == 1


def test_keys_of_any_characters_can_be_walked(door: Door):
    keys = ['=1+"x"', "%27;--", "a/b?c#d", "z" * 128, "~"]
    door.post([ROW | {"external_id": key} for key in keys])

    assert {row["key"] for row in walk(door, RESULTS, feed="AHT", limit="1")} == set(keys)


def test_splits_of_any_characters_can_be_walked(door: Door):
    splits = ["Manila\u00a0Bay", "Łódź", "東京 🏢", "a|b"]
    door.post([EVERY_KIND[2] | {"split": split} for split in splits])

    assert {row["split"] for row in walk(door, RESULTS, feed="WEEKS", limit="1")} == set(splits)


def test_a_walked_page_is_as_described(months: Door, description):
    months.post(ROW)

    check(description, VERDICTS, months.get(VERDICTS, cursor="", limit="1"))
    check(description, RESULTS, months.get(RESULTS, cursor="", feed="AHT"))
    check(description, VERDICTS, months.get(VERDICTS, cursor="nonsense"))


def test_pages_by_offset_are_as_they_were(seven: Door):
    answer = seven.get(RESULTS, feed="AHT", limit="3", offset="3", ordering="key").json()

    assert (answer["count"], [row["key"] for row in answer["results"]]) == (7, ["k3", "k4", "k5"])


def told(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "nonsense"},
        {"cursor": "é"},
        {"cursor": "=" * 5},
        {"cursor": "A" * 2000},
        {"cursor": told("{}")},
        {"cursor": told('["2025-01-01"]')},
        {"cursor": told('["2025-01-01","SL-1",99999999999999999999]')},
        {"cursor": told('["2025-01-01","SL-1","99999999999999999999"]')},
        {"cursor": told('["2025-01-01","\\ud800",1]')},
        {"cursor": told('["2025-13-01","SL-1",1]')},
        {"cursor": told('["2025-01-01","\\u0000",1]')},
        {"cursor": told('["2025-01-01",{"a":1},1]')},
        {"cursor": told('["2025-01-01","SL-1",true]')},
        {"cursor": told('["2025-01-01","SL-1",null]')},
        {"cursor": told("[" * 400)},
        {"cursor": "", "offset": "1"},
    ],
)
def test_a_cursor_of_somebody_elses_making_is_refused(months: Door, query):
    answer = months.get(VERDICTS, **query)

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


def test_a_cursor_shows_nobody_more_than_is_theirs(seven: Door):
    stranger = Door(seven.cast, seven.contract, None, "")
    place = seven.get(RESULTS, feed="AHT", cursor="", limit="2").json()["next"]

    assert Client().get(place, headers=stranger.headers).status_code == 401


def test_lists_without_a_walk_know_no_cursor(door: Door):
    assert door.get("/api/v1/contracts", cursor="").json()["code"] == "unknown_parameter"
