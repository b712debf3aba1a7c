"""Conditions, components, percentiles and windows of measures."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.metrics.components import AS_OF, Component, Condition, Operator
from sla.metrics.percentiles import PercentileMethod, nearest_rank, percentile
from sla.metrics.window import Window
from sla.tests.test_measures import START

ROW = {"a": 5, "b": None, "word": "x", "at": START, "later": START + timedelta(seconds=10)}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Condition("a", Operator.EQ, 5), True),
        (Condition("a", Operator.NE, 5), False),
        (Condition("a", Operator.LT, 6), True),
        (Condition("a", Operator.LE, 5), True),
        (Condition("a", Operator.GT, 5), False),
        (Condition("a", Operator.GE, 5), True),
        (Condition("b", Operator.EQ, None), False),
        (Condition("b", Operator.NE, 5), False),
        (Condition("b", Operator.MISSING), True),
        (Condition("b", Operator.PRESENT), False),
        (Condition("a", Operator.MISSING), False),
        (Condition("a", Operator.PRESENT), True),
        (Condition("word", Operator.IN, ("x", "y")), True),
        (Condition("word", Operator.IN, ("y",)), False),
        (Condition("word", Operator.IN, "xyz"), False),
        (Condition("later", Operator.LE, than="at", plus_seconds=Decimal(10)), True),
        (Condition("later", Operator.LT, than="at", plus_seconds=Decimal(10)), False),
        (Condition("later", Operator.LE, than="b"), False),
        (Condition("at", Operator.LT, AS_OF), True),
        (Condition("at", Operator.LT, AS_OF, plus_seconds=Decimal("-5")), False),
    ],
)
def test_a_condition_holds_or_not(condition, holds):
    assert condition.holds(ROW, as_of=START + timedelta(seconds=5)) is holds


def test_a_component_adds_only_what_is_there():
    rows = [{"a": 2, "b": 3}, {"a": 5, "b": None}, {"a": None, "b": 7}]

    assert Component("n").over(rows) == 3
    assert Component("sum", "a").over(rows) == 7
    assert Component("product", "a", "b").over(rows) == 6
    assert Component("sum", "a", where=(Condition("a", Operator.GT, 9),)).over(rows) == 0


def test_rows_hold_exact_numbers():
    assert Component("sum", "a").amount({"a": Fraction(1, 3)}) == Fraction(1, 3)
    with pytest.raises(TypeError, match=r"exact numbers, got 0\.5"):
        Component("sum", "a").amount({"a": 0.5})


@given(st.lists(st.fractions(-99, 99, max_denominator=9), min_size=1, max_size=20), st.integers(0, 100))
def test_both_percentile_methods_agree_where_ranks_are_exact(values, percent):
    ordered = sorted(values)
    nearest = percentile(ordered, Fraction(percent), PercentileMethod.NEAREST_RANK)

    assert nearest == ordered[nearest_rank(len(values), Fraction(percent)) - 1]
    assert sum(value <= nearest for value in values) * 100 >= percent * len(values)
    for end, value in ((0, ordered[0]), (100, ordered[-1])):
        assert percentile(ordered, Fraction(end), PercentileMethod.LINEAR) == value
        assert percentile(ordered, Fraction(end), PercentileMethod.NEAREST_RANK) == value


def test_a_percentile_of_nothing_is_none():
    assert percentile([], Fraction(50), PercentileMethod.LINEAR) is None


@pytest.mark.parametrize("percent", [-1, 101])
def test_percentiles_lie_between_0_and_100(percent):
    with pytest.raises(ValueError, match=f"between 0 and 100, got {percent}"):
        nearest_rank(10, Fraction(percent))


def test_a_window_must_not_be_empty():
    with pytest.raises(ValueError, match="must end after it starts"):
        Window(START, START, START)


def test_a_window_is_known_up_to_the_instant_of_looking():
    end = START + timedelta(days=1)
    ends = [Window(START, end, START + timedelta(hours=hours)).known_end for hours in (-1, 5, 30)]

    assert ends == [START, START + timedelta(hours=5), end]


@pytest.mark.parametrize(
    ("count", "percent", "rank"),
    [(400, 50, 200), (1000, 90, 900), (1001, 90, 901), (200, 99, 198), (3, 100, 3), (3, 0, 1), (1, 50, 1)],
)
def test_the_nearest_rank_is_the_share_of_the_count_rounded_up(count, percent, rank):
    assert nearest_rank(count, Fraction(percent)) == rank
