"""Clauses on failing again: what the last period brings."""

from fractions import Fraction

import pytest

from sla.credits.repeat_rules import PeriodOutcome, RepeatKind, RepeatRule
from sla.verdicts import Status

LETTERS = {"b": Status.BREACH, "e": Status.BELOW_EXPECTED, "m": Status.MET, "n": Status.NO_VOLUME, "-": None}


def series(text, *values):
    numbers = [None if value is None else Fraction(value) for value in values] or [None] * len(text)
    return [PeriodOutcome(LETTERS[letter], value) for letter, value in zip(text, numbers, strict=True)]


def told(rule, text, *values):
    found = rule.evaluate(series(text, *values))
    return found and (found.tally, found.is_reached, found.chance)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("b", (1, False, 1)),
        ("bb", (2, True, 0)),
        ("bnb", (2, True, 0)),
        ("b-b", (2, True, 0)),
        ("bmb", (1, False, 1)),
        ("beb", (1, False, 1)),
        ("bbb", (3, True, 0)),
        ("bm", None),
        ("be", None),
    ],
)
def test_twice_running(text, expected):
    assert told(RepeatRule(RepeatKind.RUNNING), text) == expected


def test_the_first_of_three_running_is_not_yet_one_before_the_last():
    assert told(RepeatRule(RepeatKind.RUNNING, count=3), "b") == (1, False, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("b", (1, False, 0)),
        ("bb", (2, False, 1)),
        ("mbb", (2, False, 1)),
        ("bmb", (2, False, 0)),
        ("bbb", (3, True, 0)),
        ("bbmb", (2, False, 0)),
        ("bbbm", None),
    ],
)
def test_three_in_three_periods(text, expected):
    assert told(RepeatRule(RepeatKind.IN_WINDOW, count=3, window=3), text) == expected


def test_missed_expected_levels_count_where_the_clause_says_so():
    rule = RepeatRule(RepeatKind.IN_WINDOW, count=4, window=12, below_expected=True)

    assert told(rule, "emebme") == (4, True, 0)


@pytest.mark.parametrize(
    ("text", "expected"), [("b", (20, False, 0)), ("beb", (45, True, 0)), ("bmm", None), ("ebmmb", (20, False, 0))]
)
def test_points_in_three_periods(text, expected):
    points = {Status.BREACH: 20, Status.BELOW_EXPECTED: 5}

    assert told(RepeatRule(RepeatKind.POINTS, window=3, points=points, threshold=45), text) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((96, 97, 97), (Fraction(290, 3), True, 0)),
        ((97, 97, 97), (97, False, 0)),
        ((96, None, 98), (97, False, 0)),
        ((96, 97, None), None),
        ((96,), None),
    ],
)
def test_an_average_over_three_periods(values, expected):
    rule = RepeatRule(RepeatKind.AVERAGE, window=3, limit=97)

    assert told(rule, "m" * len(values), *values) == expected


def test_an_average_of_what_should_be_low_is_worse_above_its_limit():
    rule = RepeatRule(RepeatKind.AVERAGE, window=2, limit=30, higher_is_better=False)

    assert told(rule, "mm", 30, 31) == (Fraction(61, 2), True, 0)


@pytest.mark.parametrize("nonsense", [{"count": 0}, {"window": 0}, {"threshold": 0}])
def test_counts_windows_and_thresholds_below_one_are_refused(nonsense):
    with pytest.raises(ValueError, match="must be"):
        RepeatRule(RepeatKind.POINTS, **nonsense)


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ({"count": 0}, "the count must be above zero, got 0"),
        ({"window": 0}, "the window must be above zero, got 0"),
        ({"threshold": 0}, "the threshold must be above zero, got 0"),
    ],
)
def test_a_rule_that_cannot_be_says_what_is_wrong(broken, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        RepeatRule(RepeatKind.RUNNING, **broken)


@pytest.mark.parametrize("kind", list(RepeatKind))
def test_what_a_rule_brings_names_the_rule(kind):
    rule = RepeatRule(kind, window=2, points={Status.BREACH: 3}, limit=97)

    assert rule.evaluate(series("bb", 96, 96)).rule is rule


def test_a_period_that_nobody_judged_brings_no_points():
    rule = RepeatRule(RepeatKind.POINTS, points={Status.BREACH: 3}, threshold=6)

    assert told(rule, "b--b") == (6, True, 0)
    assert told(rule, "--b") == (3, False, 0)


@pytest.mark.parametrize(("values", "reached"), [((30, 50), False), ((30, 51), True), ((30, 49), False)])
def test_where_lower_is_better_an_average_at_the_limit_is_not_worse(values, reached):
    rule = RepeatRule(RepeatKind.AVERAGE, window=2, limit=40, higher_is_better=False)

    assert told(rule, "bb", *values)[1] is reached
