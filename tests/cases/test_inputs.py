"""Every input of a case counts, or is refused by name."""

import json

import pytest

from tests.cases.kinds import KINDS
from tests.cases.replay import read_cases, replay
from tests.cases.test_case_runner import CASES

FIRST_OF_KIND = {case.get("kind") or case["op"]: case for case in reversed(CASES)}
EVERY_DAY = {str(day): [["09:00", "17:00"]] for day in range(1, 6)}
OFFICE = {"tz": "UTC", "hours": EVERY_DAY}
DUE = {
    "kind": "bt_due",
    "inputs": {"start": "2025-06-02T09:00", "hours": 1, "calendar": OFFICE},
    "expected": {"due": 0},
}
FAILURE = {"pool_pct": 50, "alloc_pct": 40}
POOL = {"invoice": 1000, "at_risk_pct": 10, "pool_pct": 200, "all_weights": [90, 60, 50], "failed_weights": [90]}


def refusal(kind, inputs):
    (line,) = replay({"kind": kind, "inputs": inputs, "expected": {"answer": 1}})
    return line.removeprefix('expected {"answer": 1}, ')


def test_every_kind_is_tried():
    assert set(FIRST_OF_KIND) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_refuses_an_input_that_it_does_not_use(kind):
    case = FIRST_OF_KIND[kind]
    more = {**case, "remark": 1} if "op" in case else {**case, "inputs": {**case["inputs"], "remark": 1}}

    assert replay(more)[0].endswith(f"but the kind '{kind}' does not use the input 'remark'")


@pytest.mark.parametrize(
    ("kind", "inputs", "name"),
    [
        ("bt_due", {**DUE["inputs"], "calendar": {**OFFICE, "zone": "UTC"}}, "calendar.zone"),
        ("dir_credit", {"invoice": 1, "at_risk_pct": 1, "failures": [FAILURE, {**FAILURE, "at": 1}]}, "failures[1].at"),
        ("outcome", {"expected": 95, "periods": [{"num": 1, "den": 1, "met": 1}]}, "periods[0].met"),
        ("ratio", {"num": 1, "den": 2, "numerator": 1}, "numerator"),
    ],
)
def test_an_unknown_input_is_named_where_it_stands(kind, inputs, name):
    assert refusal(kind, inputs) == f"but the kind '{kind}' does not use the input '{name}'"


@pytest.mark.parametrize(
    ("kind", "inputs", "name"),
    [
        ("ratio", {"num": 1}, "den"),
        ("dir_credit", {"invoice": 1, "at_risk_pct": 1, "failures": [{"pool_pct": 50}]}, "failures[0].alloc_pct"),
        ("bt_due", {**DUE["inputs"], "calendar": {}}, "calendar.tz"),
    ],
)
def test_a_missing_input_is_named_where_it_is_missing(kind, inputs, name):
    assert refusal(kind, inputs) == f"but the input '{name}' is missing"


@pytest.mark.parametrize(
    ("kind", "inputs", "sentence"),
    [
        ("ratio", {"num": True, "den": 2}, "TypeError: 'num' must be a number, got True"),
        ("ratio", {"num": 1, "den": None}, "TypeError: 'den' must be a number, got None"),
        ("ratio", "1/2", "TypeError: the inputs must be an object, got '1/2'"),
        ("allowance", {"n": "1.5", "target": 90}, "TypeError: 'n' must be a whole number, got '1.5'"),
        ("mean_k", {"values": 3}, "TypeError: 'values' must be a list, got 3"),
        ("agg_trap", {"rows": [[1, 2, 3]]}, "ValueError: 'rows[0]' must hold 2 values, got 3"),
        ("csat", {"counts": [1]}, "TypeError: 'counts' must be an object, got [1]"),
        ("window_trigger", {"fail": [2], "window": 1, "n": 1}, "TypeError: 'fail[0]' must be true or false, got 2"),
        ("esl_default", {"series": "?", "window": 1, "n": 1}, "TypeError: 'series' must be a list, got '?'"),
        ("esl_default", {"series": ["?"], "window": 1, "n": 1}, "ValueError: 'series[0]' must be one of M, E, X, N"),
        ("baseline", {"values": [1], "direction": "up"}, "'direction' must be one of higher, lower, got 'up'"),
        ("month_of", {"instant": 7, "tzs": []}, "TypeError: 'instant' must be a text, got 7"),
        ("month_of", {"instant": "2025-01-01T00:00Z", "tzs": ["Mars"]}, "'tzs[0]' must name a time zone, got 'Mars'"),
        (
            "tier_credit",
            {"tiers": [], "uptime": 99, "minutes": 5, "downtime": 1},
            "ValueError: give either 'uptime', or",
        ),
        ("tier_credit", {"tiers": [], "uptime": 99, "maintenance": 5}, "ValueError: give either 'uptime', or"),
        ("tier_credit", {"tiers": [], "minutes": 99}, "ValueError: give either 'uptime', or"),
    ],
)
def test_inputs_of_another_type_are_answered_in_a_sentence(kind, inputs, sentence):
    assert sentence in refusal(kind, inputs)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"pool_pct": 199}, "The weights sum to 200 %, above the pool of 199 %."),
        ({"failed_weights": [90, 90]}, "the failed weight 90 is not among all weights"),
    ],
)
def test_weights_that_cannot_be_allocated_give_no_credit(more, sentence):
    assert refusal("pool_credit", {**POOL, **more}) == f"got ValueError: {sentence}"


def test_an_allocation_above_the_largest_allowed_is_named_and_gives_no_credit():
    inputs = {"fees": 900000, "excluded": [], "at_risk_pct": 10, "max_alloc_pct": 25, "allocs": ["25.01"]}
    answer = {"alloc_valid": False, "alloc_faults": ["One weight is 25.01 %, above the 25 % allowed for one."]}

    assert replay({"kind": "vita_at_risk", "inputs": inputs, "expected": {**answer, "credits": None}}) == []


def test_a_local_time_beside_an_instant_is_checked():
    case = next(case for case in CASES if "start_local" in case)

    (line,) = replay({**case, "start_local": "2015-02-20 09:00:00 Europe/Berlin"})
    assert "ValueError: '2015-02-20 09:00:00 Europe/Berlin' is another time than" in line


def test_a_calendar_numbers_its_week_one_way():
    both = {**DUE["inputs"], "calendar": {**OFFICE, "week": EVERY_DAY}}

    assert refusal("bt_due", both) == "got ValueError: a calendar has either 'week' or 'hours', not both"


def test_each_given_case_is_read_from_its_file(tmp_path):
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps(DUE), encoding="utf-8")

    assert [case["kind"] for case in read_cases([str(path)])] == ["bt_due"]
