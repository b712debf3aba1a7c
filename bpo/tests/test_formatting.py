"""What is printed never contradicts the verdict."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bpo.formatting import (
    rounded,
    show_count,
    show_difference,
    show_instant,
    show_limit,
    show_money,
    show_period,
    show_span,
    show_value,
)

fractions = st.fractions(min_value=-1000, max_value=1000, max_denominator=100_000)
limits = st.decimals(min_value=0, max_value=100, places=2)
decimals = st.integers(0, 3)


def number_in(text: str) -> Decimal:
    return Decimal(text.replace(",", "").split("\u00a0")[0])


@given(fractions, limits, limits, decimals)
@example(Fraction(9499999, 100000), Decimal(95), Decimal(97), 1)
@example(Fraction(95), Decimal("95.05"), Decimal(97), 1)
@example(Fraction(93_9999999, 1000000), Decimal(94), Decimal("94.01"), 0)
def test_a_printed_value_stands_on_the_same_side_of_each_limit_as_the_value(
    value: Fraction, one: Decimal, other: Decimal, places: int
) -> None:
    text = show_value(value, unit="%", decimals=places, limits=[one, other])
    assume(not text.startswith("just"))
    for limit in (one, other):
        exact = Fraction(limit)
        assert (number_in(text) > limit, number_in(text) < limit) == (value > exact, value < exact)


@given(limits, st.sampled_from([-1, 1]), decimals)
def test_a_value_too_near_a_limit_to_print_says_on_which_side_it_is(limit: Decimal, side: int, places: int) -> None:
    agreed = rounded(limit, places)
    value = Fraction(agreed) + Fraction(side, 10**9)
    words = "just above" if side > 0 else "just below"

    assert show_value(value, unit="%", decimals=places, limits=[agreed]).startswith(words)


def test_a_value_without_limits_near_prints_with_the_clauses_decimals() -> None:
    assert show_value(Fraction(2796, 30), unit="%", decimals=1, limits=[95, 97]) == "93.2\u00a0%"


def test_a_limit_shows_its_sign_and_every_decimal_that_was_agreed() -> None:
    assert show_limit(Decimal("99.95"), direction="higher", unit="%", decimals=1) == "≥\u00a099.95\u00a0%"


def test_a_range_shows_both_ends() -> None:
    assert show_limit(80, high=90, direction="range", unit="%", decimals=0) == "80–90\u00a0%"


def test_nothing_known_prints_as_a_dash_never_as_nought() -> None:
    assert show_value(None, unit="%", decimals=1) == "–"


def test_percentages_differ_in_percentage_points() -> None:
    assert show_difference(Fraction(932, 10), 95, unit="%", decimals=1) == "1.8\u00a0pp"


@given(st.fractions(min_value=-100, max_value=100), st.fractions(min_value=-100, max_value=100))
def test_a_difference_is_never_printed_as_nought_unless_it_is(one: Fraction, other: Fraction) -> None:
    assert (show_difference(one, other, unit="s", decimals=0) == "0\u00a0s") is (one == other)


def test_money_has_its_code_first_and_cents_only_where_there_are_any() -> None:
    assert [show_money(Decimal(text), "NOK") for text in ("61400", "12.5", "0.005")] == [
        "NOK\u00a061,400",
        "NOK\u00a012.50",
        "NOK\u00a00.01",
    ]


@given(st.fractions(min_value=-(10**6), max_value=10**6), st.integers(0, 6))
def test_rounding_is_never_off_by_more_than_half_a_place(value: Fraction, places: int) -> None:
    assert abs(Fraction(rounded(value, places)) - value) <= Fraction(1, 2 * 10**places)


def test_counts_are_grouped_and_keep_the_decimals_they_have() -> None:
    assert [show_count(number) for number in (2796, Decimal("1.50"), Fraction(1, 3))] == ["2,796", "1.5", "0.333333"]


def test_an_instant_names_its_zone() -> None:
    at = datetime(2025, 11, 5, 1, 14, tzinfo=UTC)

    assert show_instant(at, "Europe/Oslo") == "Wed 5 Nov 2025, 02:14 (Europe/Oslo)"


@pytest.mark.parametrize(
    ("kind", "first", "after", "label", "text"),
    [
        ("month", date(2025, 10, 1), date(2025, 11, 1), "2025-10", "October 2025"),
        ("day", date(2025, 11, 5), date(2025, 11, 6), "2025-11-05", "Wed 5 Nov 2025"),
        ("quarter", date(2025, 10, 1), date(2026, 1, 1), "2025-Q4", "Q4 2025"),
        ("week", date(2025, 10, 6), date(2025, 10, 13), "2025-W41", "2025-W41 (6 Oct – 12 Oct 2025)"),
        ("week_sunday", date(2025, 12, 28), date(2026, 1, 4), "S2025-12-28", "week 28 Dec 2025 – 3 Jan 2026"),
        ("contract_year", date(2024, 8, 1), date(2025, 8, 1), "Y2024-08-01", "year 1 Aug 2024 – 31 Jul 2025"),
    ],
)
def test_periods_are_said_as_people_say_them(kind: str, first: date, after: date, label: str, text: str) -> None:
    assert show_period(kind, first, after, label) == text


def test_a_span_names_first_and_last_day_and_the_zone() -> None:
    assert show_span(date(2025, 10, 1), date(2025, 11, 1), "Europe/Oslo") == "1–31 Oct 2025 (Europe/Oslo)"
