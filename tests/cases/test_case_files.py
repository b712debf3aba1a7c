"""What the runner says of files that somebody else wrote: a sentence for each fault, and never a stack of calls."""

import json

import pytest

from tests.cases.replay import main

RATIO = {"id": "R1", "kind": "ratio", "inputs": {"num": 1, "den": 2}, "expected": {"value": 50}}
WHOLE_DAYS = {str(day): [["00:00", "24:00"]] for day in range(7)}
CALENDAR = {"id": "B1", "op": "elapsed_seconds", "calendar": {"tz": "UTC", "week": WHOLE_DAYS}, "expected": 60}
MINUTE = {"start": "2025-03-01T00:00:00Z", "end": "2025-03-01T00:01:00Z"}


@pytest.fixture
def said(tmp_path, capsys):
    def of(*lines):
        path = tmp_path / "cases.jsonl"
        path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), "utf-8")
        status = main([str(path)])
        return status, capsys.readouterr().out.replace(f"{tmp_path}/", "").splitlines()

    return of


def test_a_line_that_is_no_json_is_named_by_its_place_and_the_others_are_replayed(said):
    status, lines = said(RATIO, "{]", RATIO)

    assert status == 1
    assert lines[0].startswith("cases.jsonl:2: not JSON: ")
    assert lines[1:] == ["2 passed, 1 failed"]


def test_a_line_that_holds_something_else_than_a_case_fails(said):
    assert said("[1, 2]") == (1, ["cases.jsonl:1: not a JSON object", "0 passed, 1 failed"])


def test_a_case_without_a_name_is_named_by_its_place(said):
    nameless = {name: value for name, value in RATIO.items() if name != "id"}

    assert said("", {**nameless, "expected": {"value": 51}})[1][0] == "cases.jsonl:2: value: expected 51, got 50"


@pytest.mark.parametrize("expected", [{}, {"expected": 50}, {"expected": None}])
def test_a_case_that_expects_nothing_fails(said, expected):
    bare = {name: value for name, value in RATIO.items() if name != "expected"}

    assert said({**bare, **expected})[1][0] == "R1: the case expects nothing: 'expected' must be an object"


def test_a_case_about_time_that_expects_nothing_fails(said):
    bare = {name: value for name, value in {**CALENDAR, **MINUTE}.items() if name != "expected"}

    assert said(bare)[1][0] == "B1: the case expects nothing: 'expected' must be an object"


def test_an_input_that_is_missing_is_named(said):
    assert said({**RATIO, "inputs": {"num": 1}})[1][0] == "R1: expected {\"value\": 50}, but the input 'den' is missing"


@pytest.mark.parametrize("kind", [None, "", "riddle", ["ratio"], {"ratio": 1}, 7])
def test_a_kind_that_nobody_knows_fails(said, kind):
    assert said({**RATIO, "kind": kind})[1][0] == f"R1: no adapter for the kind '{kind or None}'"


@pytest.mark.parametrize("inputs", [None, [], "ratio", 7, True])
def test_inputs_of_another_shape_fail(said, inputs):
    status, lines = said({**RATIO, "inputs": inputs})

    assert status == 1
    assert lines[0].startswith('R1: expected {"value": 50}, got ')


@pytest.mark.parametrize(
    "week", [None, [], "always", {"0": [["00:00"]]}, {"0": [[0, 24]]}, {"0": [["00:00", "25:00"]]}]
)
def test_a_week_of_another_shape_fails(said, week):
    status, lines = said({**CALENDAR, **MINUTE, "calendar": {"tz": "UTC", "week": week}})

    assert status == 1
    assert lines[0].startswith('B1: expected {"expected": 60}, got ')


def test_what_is_not_a_number_is_never_the_answer(said):
    line = json.dumps({**RATIO, "expected": {"value": float("nan")}})

    assert said(line)[1][0] == "R1: value: expected NaN, got 50"


def test_a_fiscal_pattern_that_nobody_knows_fails(said):
    inputs = {"start": "2024-12-30", "pattern": [5, 5, 3], "show": [0]}

    status, lines = said({"id": "P1", "kind": "periods445", "inputs": inputs, "expected": {"days": 364}})
    assert (status, lines[-1]) == (1, "0 passed, 1 failed")


def test_a_file_that_is_not_there_is_named(tmp_path, capsys):
    assert main([str(tmp_path / "none.jsonl")]) == 2
    assert "none.jsonl" in capsys.readouterr().err


def test_a_file_in_another_encoding_is_refused(tmp_path, capsys):
    path = tmp_path / "cases.jsonl"
    path.write_bytes(b'{"id": "caf\xe9"}')

    assert main([str(path)]) == 2
    assert "can't decode" in capsys.readouterr().err
