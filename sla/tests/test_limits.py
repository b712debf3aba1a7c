"""Levels, ranges, rounding and bands."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.bands import Band, Direction, closed_matches, validate_bands
from sla.excuses import ExcuseTreatment
from sla.limits import Limits, MissingRule, NoVolumeRule, Range, Standing
from sla.rounding import Rounding, RoundingMode
from sla.volume import LowVolume, LowVolumeRule
from sla.wording import as_decimal, plain

VALUES = st.fractions(-200, 200, max_denominator=1000)
HIGHER = Limits(expected=95, minimum=90)
LOWER = Limits(expected=30, minimum=45, direction=Direction.LOWER)
WITHIN = Limits(direction=Direction.RANGE, expected_range=Range(80, 85), minimum_range=Range(75, 90))


@pytest.mark.parametrize(
    ("limits", "value", "standing"),
    [
        (HIGHER, 96, "met"),
        (HIGHER, 95, "met"),
        (HIGHER, 94, "below_expected"),
        (HIGHER, 90, "below_expected"),
        (HIGHER, 89, "breach"),
        (LOWER, 30, "met"),
        (LOWER, 31, "below_expected"),
        (LOWER, 45, "below_expected"),
        (LOWER, 46, "breach"),
        (WITHIN, 80, "met"),
        (WITHIN, 85, "met"),
        (WITHIN, 79, "below_expected"),
        (WITHIN, 90, "below_expected"),
        (WITHIN, 74, "breach"),
        (WITHIN, 91, "breach"),
    ],
)
def test_a_value_stands_somewhere_to_the_limits(limits, value, standing):
    assert limits.standing(Fraction(value)) == standing


def test_without_a_minimum_every_miss_is_a_breach():
    assert Limits(expected=95).standing(Fraction(94)) is Standing.BREACH


@pytest.mark.parametrize(
    ("limits", "value"),
    [
        (Limits(expected=95, equality_meets=False), 95),
        (Limits(expected=30, direction=Direction.LOWER, equality_meets=False), 30),
        (Limits(expected_range=Range(80, 85), direction=Direction.RANGE, equality_meets=False), 85),
        (Limits(expected_range=Range(80, 85), direction=Direction.RANGE, equality_meets=False), 80),
    ],
)
def test_equality_misses_where_the_terms_say_so(limits, value):
    assert limits.standing(Fraction(value)) is Standing.BREACH


def test_inside_an_open_range_is_met():
    limits = Limits(expected_range=Range(80, 85), direction=Direction.RANGE, equality_meets=False)

    assert limits.standing(Fraction(81)) is Standing.MET


@given(VALUES, VALUES)
def test_a_better_value_never_stands_worse(one, other):
    order = [Standing.BREACH, Standing.BELOW_EXPECTED, Standing.MET]
    worse, better = sorted([one, other])

    assert order.index(HIGHER.standing(worse)) <= order.index(HIGHER.standing(better))
    assert order.index(LOWER.standing(worse)) >= order.index(LOWER.standing(better))


@given(VALUES)
def test_there_is_a_shortfall_exactly_where_the_value_is_not_met(value):
    for limits in (HIGHER, LOWER, WITHIN):
        assert (limits.shortfall(value) == 0) is (limits.standing(value) is Standing.MET)


@pytest.mark.parametrize(("limits", "short"), [(HIGHER, 5), (LOWER, 60), (WITHIN, 5)])
def test_the_shortfall_is_the_distance_to_what_was_expected(limits, short):
    assert limits.shortfall(Fraction(90)) == short


def test_rounding_before_comparison_can_decide():
    value = Fraction("99.895")

    assert not Limits(expected=Decimal("99.9")).meets(value, Decimal("99.9"))
    assert Limits(expected=Decimal("99.9"), rounding=Rounding(2)).meets(value, Decimal("99.9"))


@pytest.mark.parametrize(
    ("mode", "value", "rounded"),
    [
        (RoundingMode.HALF_UP, "0.125", "0.13"),
        (RoundingMode.HALF_UP, "-0.125", "-0.13"),
        (RoundingMode.HALF_UP, "0.1249", "0.12"),
        (RoundingMode.HALF_EVEN, "0.125", "0.12"),
        (RoundingMode.HALF_EVEN, "0.135", "0.14"),
        (RoundingMode.HALF_EVEN, "0.1251", "0.13"),
        (RoundingMode.DOWN, "0.129", "0.12"),
        (RoundingMode.DOWN, "-0.129", "-0.12"),
    ],
)
def test_rounding_modes(mode, value, rounded):
    assert Rounding(2, mode).apply(Fraction(value)) == Fraction(rounded)


@given(VALUES, st.integers(0, 9), st.sampled_from(RoundingMode))
def test_rounding_moves_a_value_by_less_than_a_unit_and_only_once(value, decimals, mode):
    rounding = Rounding(decimals, mode)
    rounded = rounding.apply(value)

    assert abs(rounded - value) < Fraction(1, 10**decimals)
    assert rounding.apply(rounded) == rounded


@pytest.mark.parametrize("decimals", [-1, 10])
def test_a_senseless_number_of_decimals_is_refused(decimals):
    with pytest.raises(ValueError, match="rounded to 0 to 9 decimals"):
        Rounding(decimals)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "A level needs an expected value"),
        ({"direction": Direction.RANGE}, "A level needs an expected value"),
        ({"expected": 95, "expected_range": Range(1, 2)}, "Only a level of direction 'range' takes ranges"),
        ({"expected": 95, "minimum_range": Range(1, 2)}, "Only a level of direction 'range' takes ranges"),
        ({"expected": 95, "minimum": 96}, "The minimum 96 is better than the expected 95"),
        ({"expected": 5, "minimum": 4, "direction": Direction.LOWER}, "The minimum 4 is better than the expected 5"),
        (
            {"direction": Direction.RANGE, "expected_range": Range(1, 2), "expected": 1},
            "takes ranges, no single values",
        ),
        ({"direction": Direction.RANGE, "expected_range": Range(1, 2), "minimum": 1}, "takes ranges, no single values"),
        (
            {"direction": Direction.RANGE, "expected_range": Range(1, 3), "minimum_range": Range(2, 3)},
            "must hold the whole expected range",
        ),
        (
            {"direction": Direction.RANGE, "expected_range": Range(1, 3), "minimum_range": Range(1, 2)},
            "must hold the whole expected range",
        ),
        ({"expected": 95, "deemed_after_days": -1}, "Numbers of days cannot be negative"),
        ({"expected": 95, "restatement_days": -1}, "Numbers of days cannot be negative"),
        ({"expected": 95, "bands": (Band("a", 1, 2), Band("b", 3, 4))}, "There is a gap from 2 to 3"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(fields, sentence):
    with pytest.raises(ValueError, match=sentence):
        Limits(**fields)


def test_a_minimum_may_equal_the_expected():
    assert Limits(expected=95, minimum=95).standing(Fraction(94)) is Standing.BREACH


def test_a_range_must_not_be_reversed():
    with pytest.raises(ValueError, match="must end at or above 2"):
        Range(2, 1)


def test_an_excuse_lowers_both_levels():
    reduced = HIGHER.reduced(Decimal("0.5"))

    assert (reduced.expected, reduced.minimum) == (Fraction("94.5"), Fraction("89.5"))


def test_an_excuse_raises_the_limits_of_what_should_be_low():
    assert Limits(expected=30, direction=Direction.LOWER).reduced(5).expected == 35


def test_an_excuse_never_makes_a_level_harder():
    with pytest.raises(ValueError, match="never raised"):
        HIGHER.reduced(-1)


def test_a_range_is_not_reduced():
    with pytest.raises(ValueError, match="range cannot be reduced"):
        WITHIN.reduced(1)


def test_the_fewest_cases_at_which_a_miss_is_bearable():
    assert HIGHER.least_cases() == 20
    assert WITHIN.least_cases() == 1


SEVERITIES = (Band("target", 98), Band("minor", 96, 98), Band("serious", 94, 96), Band("severe", None, 94))
WAITS = (Band("good", None, 30), Band("slow", 30, 45), Band("bad", 45, None))


@pytest.mark.parametrize(("value", "name"), [(98, "target"), (96, "minor"), ("97.999", "minor"), (93, "severe")])
def test_an_edge_belongs_to_the_better_band_where_higher_is_better(value, name):
    assert Limits(expected=98, bands=SEVERITIES).band(Fraction(value)) == name


@pytest.mark.parametrize(("value", "name"), [(30, "good"), (31, "slow"), (45, "slow"), (46, "bad")])
def test_an_edge_belongs_to_the_better_band_where_lower_is_better(value, name):
    assert Limits(expected=30, direction=Direction.LOWER, bands=WAITS).band(Fraction(value)) == name


@given(VALUES, st.sampled_from([Direction.HIGHER, Direction.LOWER]))
def test_bands_that_are_valid_and_open_hold_every_value_once(value, direction):
    validate_bands(SEVERITIES)

    assert sum(band.holds(value, direction) for band in SEVERITIES) == 1


def test_rounding_applies_before_or_after_banding():
    near = Fraction("97.999")

    assert Limits(expected=98, bands=SEVERITIES, rounding=Rounding(2)).band(near) == "target"
    assert Limits(expected=98, bands=SEVERITIES, rounding=Rounding(2, before_bands=False)).band(near) == "minor"


def test_outside_all_bands_there_is_none():
    assert Limits(expected=1, bands=(Band("only", 1, 2),)).band(Fraction(3)) is None
    assert Limits(expected=98).band(Fraction(98)) is None


@pytest.mark.parametrize(
    ("bands", "sentence"),
    [
        ((Band("a", 98, 99), Band("b", Decimal("98.5"), 100)), "'a' and 'b' overlap from 98.5 to 99"),
        ((Band("a", None, 98), Band("b", 99, None)), "gap from 98 to 99"),
        ((Band("a"), Band("b", 1, 2)), "overlap without an edge"),
        ((Band("a", 0, None), Band("b", 1, 2)), "overlap without an edge"),
        ((Band("a", None, 1), Band("b", None, 2)), "overlap without an edge"),
        ((Band("a", 0, 1), Band("a", 1, 2)), "Two bands have the same name"),
    ],
)
def test_bands_that_gap_or_overlap_are_refused(bands, sentence):
    for given_bands in (bands, bands[::-1]):
        with pytest.raises(ValueError, match=sentence):
            validate_bands(given_bands)


def test_an_empty_band_is_refused():
    with pytest.raises(ValueError, match="must end above 2"):
        Band("a", 2, 2)


@given(st.lists(VALUES, min_size=2, max_size=8, unique=True))
def test_bands_cut_from_sorted_edges_are_valid_in_any_order(edges):
    ordered = sorted(edges)
    bands = [Band(str(place), low, high) for place, (low, high) in enumerate(pairwise(ordered))]

    validate_bands(bands[::-1])


def test_a_published_table_read_literally_can_give_one_row_or_none_or_two():
    ranges = [(99, 100), (98, 99)]

    assert [closed_matches(ranges, value) for value in (100, 99, 97)] == [[0], [0, 1], []]


@pytest.mark.parametrize(
    ("number", "text"),
    [("2796", "2,796"), ("93.2", "93.2"), ("1/3", "0.333333"), ("-0.5", "-0.5"), ("1000000", "1,000,000"), ("0", "0")],
)
def test_numbers_are_written_with_no_more_digits_than_needed(number, text):
    assert plain(Fraction(number)) == text


@given(st.builds(Fraction, st.integers(-200_000, 200_000), st.sampled_from((1, 2, 4, 5, 8, 10, 100, 1000))))
def test_a_number_that_needs_few_decimals_is_written_exactly(value):
    assert Fraction(as_decimal(value)) == value


def test_a_level_without_a_target_still_rounds():
    assert Limits(is_reported_only=True, rounding=Rounding(0)).compared(Fraction(5, 2)) == 3


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"expected": 95}, "no minimum and no bands"),
        ({"minimum": 95}, "no minimum and no bands"),
        ({"minimum_range": Range(1, 2)}, "no minimum and no bands"),
        ({"bands": (Band("A"),)}, "no minimum and no bands"),
        ({"missing": MissingRule.DEEMED}, "neither met nor missed"),
        ({"no_volume": NoVolumeRule.MISSED}, "neither met nor missed"),
        ({"excuses": ExcuseTreatment.REDUCE_LEVEL}, "neither met nor missed"),
        ({"low_volume": LowVolume(LowVolumeRule.ROLLING)}, "neither met nor missed"),
    ],
)
def test_nothing_is_compared_without_a_target(more, sentence):
    with pytest.raises(ValueError, match=sentence):
        Limits(is_reported_only=True, **more)
