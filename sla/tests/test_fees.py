"""Fees: part months, units, calls, tiers, baselines, people."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.fees.flat import DayCount, delivered_fee, flat_fee, month_share
from sla.fees.resources import ArcBand, BandedArc, BeyondBands, CountedFrom, Deadband
from sla.fees.usage import AS_TIMED, FULL_MINUTES, CallRounding, VolumeTiers, minutes_fee, unit_fee
from sla.money import exact

volumes = st.decimals(0, 10**6, places=2)
dates = st.dates(date(2024, 1, 1), date(2026, 12, 31))
TIERS = VolumeTiers(((10000, Decimal("1.20")), (25000, Decimal("1.05")), (None, Decimal("0.90"))))
BANDS = (ArcBand(110, 125, 40), ArcBand(125, 150, 36))


def deadband(counted_from=CountedFrom.EDGE, **changes):
    """A baseline of 1,000 tickets with a tenth to either side."""
    terms = {"baseline": 1000, "percent": 10, "base_fee": 50000, "arc_rate": 40, "rrc_rate": 30, **changes}
    return Deadband(counted_from=counted_from, **terms)


@pytest.mark.parametrize(
    ("starts_on", "ends_before", "fee"),
    [
        (None, None, "3100.00"),
        (date(2025, 10, 1), date(2025, 11, 1), "3100.00"),
        (date(2025, 10, 17), None, "1500.00"),
        (None, date(2025, 10, 2), "100.00"),
        (date(2025, 11, 1), None, "0.00"),
        (None, date(2025, 10, 1), "0.00"),
    ],
)
def test_a_part_month_costs_its_days(starts_on, ends_before, fee):
    assert str(flat_fee(3100, date(2025, 10, 9), starts_on=starts_on, ends_before=ends_before)) == fee


@pytest.mark.parametrize(
    ("day_count", "share"),
    [(DayCount.ACTUAL, Fraction(15, 31)), (DayCount.THIRTY, Fraction(1, 2)), (DayCount.YEAR, Fraction(180, 365))],
)
def test_a_day_costs_what_its_day_count_says(day_count, share):
    assert month_share(date(2025, 10, 1), date(2025, 10, 17), None, day_count) == share


@pytest.mark.parametrize("day_count", DayCount)
def test_a_whole_month_is_whole_by_every_day_count(day_count):
    assert month_share(date(2025, 2, 14), None, None, day_count) == 1


@pytest.mark.parametrize("day_count", [DayCount.THIRTY, DayCount.YEAR])
def test_no_part_month_costs_more_than_the_whole(day_count):
    assert month_share(date(2025, 10, 1), date(2025, 10, 1), date(2025, 10, 31), day_count) <= 1


def test_the_last_day_but_one_may_complete_a_month_of_365_twelfths():
    nearly = month_share(date(2025, 12, 1), date(2025, 12, 2), None, DayCount.YEAR)
    assert nearly == Fraction(30 * 12, 365)


@given(dates, dates, dates)
def test_a_change_of_fee_in_mid_month_loses_no_day(month, one, other):
    start, end = sorted([one, other])
    middle = start + (end - start) / 2
    parts = [month_share(month, *span, DayCount.ACTUAL) for span in ((start, middle), (middle, end), (start, end))]
    assert parts[0] + parts[1] == parts[2]


def test_people_cost_their_rate():
    assert unit_fee(Decimal("40.5"), 2100) == Decimal("85050.00")


def test_people_are_paid_for_the_hours_delivered():
    assert delivered_fee(40, 2100, delivered_hours=6200, contracted_hours=6400) == Decimal("81375.00")


@pytest.mark.parametrize(("most", "fee"), [(None, 220), (105, 210), (100, 200)])
def test_hours_above_the_contracted_ones_are_paid_up_to_a_limit(most, fee):
    assert delivered_fee(2, 100, delivered_hours=11, contracted_hours=10, most_percent=most) == fee


def test_without_contracted_hours_there_is_nothing_to_true_to():
    with pytest.raises(ValueError, match="contracted hours must be above zero"):
        delivered_fee(2, 100, delivered_hours=11, contracted_hours=0)


def test_units_are_rounded_only_as_a_sum():
    assert unit_fee(3, Decimal("0.335")) == Decimal("1.01")


@pytest.mark.parametrize(
    ("rounding", "seconds", "billed"),
    [
        (AS_TIMED, Decimal("0.5"), Fraction(1, 2)),
        (CallRounding(6), 61, 66),
        (CallRounding(6), 60, 60),
        (CallRounding(6, 30), 10, 30),
        (CallRounding(None, 30), 45, 45),
        (FULL_MINUTES, 1, 60),
        (FULL_MINUTES, 61, 120),
    ],
)
def test_a_call_is_billed_in_whole_increments_and_for_a_minimum(rounding, seconds, billed):
    assert rounding.billed_seconds(seconds) == billed


@pytest.mark.parametrize(
    ("rounding", "fee"), [(AS_TIMED, "2.01"), (CallRounding(6, 30), "2.25"), (FULL_MINUTES, "3.50")]
)
def test_the_same_calls_cost_differently_by_the_rounding_of_each(rounding, fee):
    assert str(minutes_fee([45, 61, 10, 125], Decimal("0.5"), rounding)) == fee


@given(st.lists(st.integers(0, 4000), max_size=10), st.integers(1, 90), st.integers(0, 90))
def test_rounding_each_call_never_bills_less(calls, increment, minimum):
    assert minutes_fee(calls, 1, CallRounding(increment, minimum)) >= minutes_fee(calls, 1)


@pytest.mark.parametrize(("increment", "minimum"), [(0, 0), (6, -1)])
def test_nonsense_in_the_rounding_of_calls_is_refused(increment, minimum):
    with pytest.raises(ValueError, match=r"above zero|negative"):
        CallRounding(increment, minimum)


@pytest.mark.parametrize(
    ("volume", "graduated", "all_units"),
    [
        (0, "0.00", "0.00"),
        (10000, "12000.00", "12000.00"),
        (10001, "12001.05", "10501.05"),
        (30000, "32250.00", "27000.00"),
    ],
)
def test_a_tier_holds_its_upper_limit(volume, graduated, all_units):
    assert (str(TIERS.graduated(volume)), str(TIERS.all_units(volume))) == (graduated, all_units)


def test_a_tier_may_end_at_a_part_of_a_unit():
    assert VolumeTiers(((Decimal("0.5"), 4), (None, 2))).graduated(1) == 3


@given(volumes, volumes)
def test_a_graduated_price_has_no_jumps(one, other):
    difference = abs(TIERS.graduated(one, places=4) - TIERS.graduated(other, places=4))
    assert difference <= abs(one - other) * Decimal("1.20")


@given(volumes, volumes)
def test_more_volume_never_lowers_a_graduated_price(one, other):
    fewer, more = sorted([one, other])
    assert TIERS.graduated(fewer) <= TIERS.graduated(more)


@pytest.mark.parametrize(
    ("tiers", "sentence"),
    [
        ((), "must be open"),
        (((10, 1),), "must be open"),
        (((None, 1), (None, 1)), "must be given"),
        (((20, 1), (10, 1), (None, 1)), "rise"),
        (((10, 1), (10, 2), (None, 1)), "rise"),
        (((0, 1), (None, 1)), "above zero"),
        (((10, -1), (None, 1)), "a rate must not be negative"),
    ],
)
def test_disorderly_tiers_are_refused(tiers, sentence):
    with pytest.raises(ValueError, match=sentence):
        VolumeTiers(tiers)


@pytest.mark.parametrize(
    ("counted_from", "actual", "adjustment"),
    [
        (CountedFrom.EDGE, 1100, 0),
        (CountedFrom.EDGE, 900, 0),
        (CountedFrom.EDGE, 1250, 6000),
        (CountedFrom.EDGE, 820, -2400),
        (CountedFrom.BASELINE, 1100, 0),
        (CountedFrom.BASELINE, 1101, 4040),
        (CountedFrom.BASELINE, 900, 0),
        (CountedFrom.BASELINE, 820, -5400),
    ],
)
def test_beyond_the_deadband_units_count_from_its_edge_or_from_the_baseline(counted_from, actual, adjustment):
    bill = deadband(counted_from).bill(actual)
    assert (bill.adjustment, bill.fee) == (adjustment, 50000 + adjustment)


def test_a_deadband_has_an_edge_to_either_side():
    assert (deadband().lower, deadband().upper) == (900, 1100)


def test_a_reduction_stops_at_a_fee_of_zero():
    bill = deadband(base_fee=1000).bill(0)
    assert (bill.adjustment, bill.fee) == (-1000, 0)


@given(volumes, volumes)
def test_counted_from_the_edge_a_fee_has_no_jumps(one, other):
    difference = abs(deadband().bill(one).fee - deadband().bill(other).fee)
    assert difference <= abs(one - other) * 40 + Decimal("0.01")


@given(volumes, st.sampled_from(CountedFrom))
def test_more_volume_never_lowers_an_anchored_fee(volume, counted_from):
    anchored = deadband(counted_from)
    assert anchored.bill(volume).fee <= anchored.bill(volume + 1).fee


@pytest.mark.parametrize(
    "changes",
    [{"baseline": 0}, {"percent": 101}, {"base_fee": -1}, {"arc_rate": -1}, {"rrc_rate": -1}],
)
def test_nonsense_in_a_deadband_is_refused(changes):
    with pytest.raises(ValueError, match=r"above zero|between 0 and 100|negative"):
        deadband(**changes)


@pytest.mark.parametrize(
    ("actual", "adjustment"), [(1000, 0), (1100, 0), (1250, 6000), (1400, 11400), (1500, 15000), (1600, 15000)]
)
def test_additional_units_are_priced_by_band(actual, adjustment):
    bill = BandedArc(1000, 50000, BANDS).bill(actual)
    assert (bill.adjustment, bill.fee) == (adjustment, 50000 + adjustment)


def test_beyond_the_last_band_its_rate_may_go_on():
    assert BandedArc(1000, 50000, BANDS, beyond=BeyondBands.LAST_RATE).bill(1600).adjustment == 18600


def test_a_single_band_may_go_on_too():
    assert BandedArc(1000, 50000, BANDS[:1], beyond=BeyondBands.LAST_RATE).bill(1300).adjustment == 8000


def test_within_the_bands_nothing_goes_on():
    assert BandedArc(1000, 50000, BANDS, beyond=BeyondBands.LAST_RATE).bill(1250).adjustment == 6000


def test_without_bands_the_base_fee_is_all():
    assert BandedArc(1000, 50000, (), beyond=BeyondBands.LAST_RATE).bill(1600).fee == 50000


@pytest.mark.parametrize(("actual", "renegotiates"), [(1500, False), (Decimal("1500.01"), True)])
def test_above_a_volume_the_price_is_renegotiated(actual, renegotiates):
    assert BandedArc(1000, 50000, BANDS, renegotiate_above=150).renegotiates(actual) is renegotiates


def test_without_that_volume_the_price_stays():
    assert not BandedArc(1000, 50000, BANDS).renegotiates(10**6)


@pytest.mark.parametrize(
    ("bands", "sentence"),
    [
        ((ArcBand(99, 125, 40),), "start at 100 % or above"),
        ((ArcBand(125, 110, 40),), "start at 100 % or above"),
        ((ArcBand(110, 125, 40), ArcBand(130, 150, 36)), "each begins where"),
        ((ArcBand(110, 125, 40), ArcBand(120, 150, 36)), "start at 100 %"),
        ((ArcBand(110, 125, -1),), "a band's rate must not be negative"),
    ],
)
def test_disorderly_bands_of_units_are_refused(bands, sentence):
    with pytest.raises(ValueError, match=sentence):
        BandedArc(1000, 50000, bands)


@pytest.mark.parametrize(("baseline", "base_fee"), [(0, 1), (1, -1)])
def test_nonsense_in_banded_units_is_refused(baseline, base_fee):
    with pytest.raises(ValueError, match=r"above zero|negative"):
        BandedArc(baseline, base_fee, BANDS)


@given(volumes)
def test_an_adjustment_and_a_base_fee_make_the_fee(volume):
    bill = BandedArc(1000, Decimal("0.01"), BANDS).bill(volume)
    assert exact(bill.fee) == exact(bill.adjustment) + Fraction(1, 100)
