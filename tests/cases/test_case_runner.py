"""The runner that replays case files, and the cases themselves."""

import json
import runpy
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from tests.cases.comparison import AnyOf, differences, printed
from tests.cases.kinds import kind, read_number
from tests.cases.replay import main, read_cases, replay
from tests.cases.times import periods445

FILES = sorted(Path(__file__).parent.glob("*.jsonl"))
CASES = list(read_cases(map(str, FILES)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_engine_gives_what_the_case_expects(case):
    assert replay(case) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_case_with_another_answer_fails(case):
    assert replay({**case, "expected": spoiled(case["expected"])})


def spoiled(value):
    """The same shape with every single value changed."""
    if isinstance(value, dict):
        return {name: spoiled(part) for name, part in value.items()}
    if isinstance(value, list):
        return [spoiled(part) for part in value] or ["something"]
    if isinstance(value, bool) or value is None:
        return not value
    return value + Decimal("0.006") if isinstance(value, int | Decimal) else f"{value}!"


def written(tmp_path, *cases):
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(json.dumps(case) for case in cases) + "\n\n", encoding="utf-8")
    return str(path)


RATIO = {"id": "R1", "kind": "ratio", "inputs": {"num": 1, "den": 2}, "expected": {"value": 50.0}}


def test_all_passed(tmp_path, capsys):
    assert main([written(tmp_path, RATIO, RATIO)]) == 0
    assert capsys.readouterr().out == "2 passed, 0 failed\n"


def test_a_failure_shows_expected_and_got(tmp_path, capsys):
    assert main([written(tmp_path, RATIO, {**RATIO, "expected": {"value": 51}})]) == 1
    assert capsys.readouterr().out == "R1: value: expected 51, got 50\n1 passed, 1 failed\n"


def test_an_unknown_kind_fails(tmp_path, capsys):
    assert main([written(tmp_path, {**RATIO, "kind": "riddle"})]) == 1
    assert "R1: no adapter for the kind 'riddle'" in capsys.readouterr().out


def test_inputs_that_the_engine_refuses_fail(tmp_path, capsys):
    case = {**RATIO, "inputs": {"num": 1, "den": 2, "scale": -1}}

    assert main([written(tmp_path, case)]) == 1
    assert 'R1: expected {"value": "50.0"}, got ValueError: The parameter' in capsys.readouterr().out


def test_no_case_at_all_is_a_failure(tmp_path, capsys):
    assert main([written(tmp_path)]) == 1
    assert capsys.readouterr().out == "0 passed, 0 failed\n"


def test_the_module_ends_with_the_status_of_the_replay(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["tests.cases", written(tmp_path, RATIO)])
    with pytest.raises(SystemExit) as stop:
        runpy.run_module("tests.cases", run_name="__main__")

    assert stop.value.code == 0
    assert capsys.readouterr().out == "1 passed, 0 failed\n"


def test_nothing_can_be_averaged_over_no_rest():
    inputs = {"mtd_n": 10, "remaining_n": 0, "mtd_mean": 5, "sd": 1, "target": 4, "direction": "lower"}

    faults = replay({"kind": "normal_mean", "inputs": inputs, "expected": {}})
    assert faults == ["expected {}, got ValueError: nothing remains to be averaged"]


def test_files_must_be_named(capsys):
    assert main([]) == 2
    assert "usage: python -m tests.cases FILE" in capsys.readouterr().err


def test_two_functions_cannot_answer_one_kind():
    with pytest.raises(ValueError, match="two functions answer the kind 'periods445'"):
        kind(periods445)


@pytest.mark.parametrize(
    ("expected", "got", "lines"),
    [
        (1, 1.0000005, []),
        (1, Fraction(1_000_002, 1_000_000), [": expected 1, got 1.000002"]),
        (True, 1, [": expected True, got 1"]),
        (1, True, [": expected 1, got True"]),
        (True, True, []),
        (None, None, []),
        ("1", 1, []),
        ("1", "1", []),
        ("one", 1, [": expected one, got 1"]),
        ("a", "a", []),
        ([1, 2], (1, 2), []),
        ([1, 2], [1], [": expected [1, 2], got [1]"]),
        ([1, [2]], [1, [3]], ["[1][0]: expected 2, got 3"]),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, ["a.b: expected 1, got 2"]),
        ({"a": 1, "b": 2}, {"b": 2, "c": 3}, ["a: expected 1, got nothing"]),
        ({"a": None}, {}, ["a: expected None, got nothing"]),
    ],
)
def test_differences_between_expected_and_got(expected, got, lines):
    assert differences(expected, got) == lines


@pytest.mark.parametrize(
    ("more", "weeks"),
    [
        ({}, 52),
        ({"extra_week": True}, 53),
        ({"weeks": 53}, 53),
        ({"weeks": 52}, 52),
        ({"year_end": "nearest"}, 53),
        ({"year_end": "last", "start": "2025-12-28"}, 52),
    ],
)
def test_a_case_says_whether_a_fiscal_year_is_long(more, weeks):
    inputs = {"start": "2025-12-29", "pattern": [4, 4, 5], "show": [], **more}

    assert replay({"kind": "periods445", "inputs": inputs, "expected": {"days": 7 * weeks}}) == []


THIRD = printed(Fraction(100, 3))


@pytest.mark.parametrize(
    ("expected", "got", "equal"),
    [
        (Decimal("33.3333"), THIRD, True),
        (Decimal("33.33333333"), THIRD, True),
        (Decimal("33.33"), THIRD, False),
        (Decimal("33.333"), THIRD, False),
        (Decimal("33.33343"), THIRD, False),
        ("33.3333", THIRD, True),
        (Decimal("0.0001"), printed(Fraction(15, 100_000)), True),
        (Decimal("0.0002"), printed(Fraction(15, 100_000)), True),
        (Decimal("12.345678"), Decimal("12.35"), True),
        (Decimal("12.34"), Decimal("12.35"), False),
        (Decimal("12.3"), Decimal("12.35"), False),
        (Decimal("12.356"), Decimal("12.35"), False),
        (Decimal("1E-6"), printed(Fraction(1, 1_000_000), 6), True),
        (Decimal("1E+1"), printed(Fraction(10)), True),
        (None, THIRD, False),
    ],
)
def test_numbers_are_compared_at_the_decimals_that_are_shown(expected, got, equal):
    assert (differences(expected, got) == []) is equal


def test_an_answer_may_have_several_forms():
    assert differences([2], AnyOf([1], [2])) == []
    assert differences("warning", AnyOf("warn", "warning")) == []
    assert differences("late", AnyOf("warn", "warning"), "state") == ["state: expected late, got warn"]


def test_a_failure_shows_an_exact_answer_as_a_decimal():
    assert differences(33, THIRD, "value") == ["value: expected 33, got 33.33333333"]


@pytest.mark.parametrize(
    ("written", "number", "type_of_it"),
    [
        ("12", 12, int),
        ("-1.50", Decimal("-1.50"), Decimal),
        ("2.0", 2, int),
        (Decimal("3.0"), 3, int),
        (Fraction(1, 3), Fraction(1, 3), Fraction),
    ],
)
def test_a_number_may_be_written_as_text_or_with_a_point(written, number, type_of_it):
    assert read_number(written, "n") == number
    assert type(read_number(written, "n")) is type_of_it


@pytest.mark.parametrize(("whole", "percent"), [(True, 2), (1, 2), (False, "2.5"), (0, "2.5")])
def test_a_case_says_whether_only_whole_points_count(whole, percent):
    inputs = {"target": 98, "actual": Decimal("95.5"), "pct_per_pp": 1, "charges": 1000, "whole_pp": whole}

    assert replay({"kind": "pp_credit", "inputs": inputs, "expected": {"credit_pct": percent}}) == []
