"""Where lines and dots go."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.drawing import Point, bars, bullet, chart, spark
from dashboard.selectors.level_page import chart_label
from dashboard.selectors.period_page import Day, worst_days
from metrics.models.verdicts import Verdict

numbers = st.decimals(min_value=-1000, max_value=1000, places=2)


def x(text: str) -> Fraction:
    return Fraction(text)


@given(numbers, numbers, numbers)
def test_right_is_always_better(expected, gap, value):
    gap = abs(gap)
    higher = bullet(value=value, expected=expected, minimum=expected - gap, direction="higher")
    lower = bullet(value=-value, expected=-expected, minimum=-(expected - gap), direction="lower")

    assert (x(higher.dot_x) >= x(higher.expected_x)) == (x(lower.dot_x) >= x(lower.expected_x))
    assert x(higher.minimum_x) <= x(higher.expected_x)
    assert x(lower.minimum_x) <= x(lower.expected_x)


@given(numbers, numbers, numbers)
def test_a_dot_stays_inside_its_drawing(expected, gap, value):
    drawn = bullet(value=value, expected=expected, minimum=expected - abs(gap), direction="higher")

    assert 0 <= x(drawn.dot_x) <= drawn.width


def test_a_value_worse_than_the_minimum_lies_left_of_it():
    drawn = bullet(value=Decimal("93.2"), expected=Decimal(97), minimum=Decimal(95), direction="higher")

    assert x(drawn.dot_x) < x(drawn.minimum_x) < x(drawn.expected_x)


def test_nothing_is_drawn_of_a_value_that_is_not_known():
    assert bullet(value=None, expected=Decimal(97), minimum=None, direction="higher") is None


def test_a_spark_needs_two_values():
    assert spark([None, Decimal(1)], Decimal(2)) is None
    assert spark([Decimal(1), None, Decimal(2)], Decimal(2)).points.count(",") == 2


def point(value: int | None) -> Point:
    number = None if value is None else Decimal(value)
    return Point("2025-10", number, Decimal(95), Decimal(90), "met", "t-met", "October")


def test_a_period_without_a_value_breaks_the_line():
    drawn = chart([point(91), point(92), point(None), point(93), point(94)], show=str)

    assert len(drawn.lines) == 2
    assert len(drawn.spots) == 5


def test_a_better_value_stands_higher():
    drawn = chart([point(91), point(99)], show=str)
    first, second = (Fraction(pair.split(",")[1]) for pair in drawn.lines[0].split())

    assert second < first


def test_a_row_without_any_value_is_not_drawn():
    assert chart([point(None)], show=str) is None


def test_a_day_without_a_value_has_no_bar():
    drawn = bars([("a", Fraction(10)), ("b", None), ("c", Fraction(5))], worst={2})

    assert [bar.title for bar in drawn] == ["a", "c"]
    assert [bar.is_worst for bar in drawn] == [False, True]
    assert Fraction(drawn[0].height) == 2 * Fraction(drawn[1].height)


def test_only_days_that_are_worse_than_others_are_the_worst():
    values = enumerate((93, 93, 70, 93, 93), 1)
    days = [Day(date(2025, 6, on), "", "", "", Fraction(value), "", ("", "", "", 0)) for on, value in values]

    assert worst_days(days, "higher") == [days[2]]
    assert worst_days(days[3:] + days[:2], "higher") == []


@pytest.mark.parametrize(
    ("label", "below"),
    [
        ("2025-10", "2025-10"),
        ("Y2025-04-01", "2025-04-01"),
        ("2025-10-p2", "2025-10-14"),
        ("2025-09-join", "2025-10-14"),
    ],
)
def test_a_part_of_a_period_is_labelled_by_its_first_day(label, below):
    assert chart_label(Verdict(period_label=label, starts_on=date(2025, 10, 14))) == below
