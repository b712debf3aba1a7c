"""What moves a price: an index, a currency, a commitment, a saving."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.fees.adjustments import CurrencyBand, GainShare, Indexation, minimum_commitment

rates = st.decimals("0.01", 10**4, places=2)
money = st.decimals(0, 10**7, places=2)


def test_an_index_moves_a_rate_by_its_sensitivity_and_compounds():
    years = Indexation(65, cap=3, floor=0).years(100, [250, Decimal("257.5"), 275, 272])
    assert [(year.percent, year.rate) for year in years] == [
        (Fraction(39, 20), Fraction(2039, 20)),
        (3, Fraction(210017, 2000)),
        (0, Fraction(210017, 2000)),
    ]


def test_without_cap_and_floor_an_index_moves_a_rate_both_ways():
    assert [year.rate for year in Indexation().years(100, [100, 110, 99])] == [110, 99]


@given(rates, rates, st.decimals(0, 5, places=1), st.decimals(5, 9, places=1))
def test_an_increase_stays_between_floor_and_cap(before, after, floor, cap):
    assert floor <= Indexation(cap=cap, floor=floor).increase(before, after) <= cap


def test_a_floor_may_equal_the_cap():
    assert Indexation(cap=2, floor=2).increase(100, 90) == 2


@pytest.mark.parametrize(
    ("rule", "sentence"), [({"sensitivity": 101}, "sensitivity"), ({"cap": 1, "floor": 2}, "must not lie above")]
)
def test_nonsense_in_an_indexation_is_refused(rule, sentence):
    with pytest.raises(ValueError, match=sentence):
        Indexation(**rule)


def test_an_index_is_above_zero():
    with pytest.raises(ValueError, match="an index must be above zero"):
        Indexation().increase(0, 1)


@pytest.mark.parametrize(
    ("actual", "percent", "excess", "adjustment"),
    [
        (100, 0, 0, "0.00"),
        (105, 5, 0, "0.00"),
        (95, -5, 0, "0.00"),
        (108, 8, 3, "-4500.00"),
        (92, -8, -3, "4500.00"),
    ],
)
def test_only_what_lies_outside_the_band_is_shared(actual, percent, excess, adjustment):
    move = CurrencyBand(100, band=5, share=50, exposed=60).move(actual, 500000)
    assert (move.percent, move.excess, str(move.adjustment)) == (percent, excess, adjustment)


def test_a_currency_move_gives_the_adjustment_in_percent():
    assert CurrencyBand(100, band=5, share=50, exposed=60).move(108, 0).adjustment_percent == Fraction(-9, 10)


def test_without_shares_the_whole_excess_moves_all_fees():
    assert CurrencyBand(100, band=5).move(110, 1000).adjustment == -50


@given(rates, rates, money)
def test_a_dearer_currency_never_raises_the_fees(one, other, fees):
    weaker, stronger = sorted([one, other])
    band = CurrencyBand(100, band=5)
    assert band.move(stronger, fees).adjustment <= band.move(weaker, fees).adjustment


@pytest.mark.parametrize(
    "terms",
    [
        {"base_rate": 0, "band": 5},
        {"base_rate": 1, "band": 101},
        {"base_rate": 1, "band": 5, "share": 101},
        {"base_rate": 1, "band": 5, "exposed": 101},
    ],
)
def test_nonsense_in_a_currency_band_is_refused(terms):
    with pytest.raises(ValueError, match=r"above zero|between 0 and 100"):
        CurrencyBand(**terms)


@pytest.mark.parametrize(("counted", "short", "payment"), [(1050, 150, 75), (1200, 0, 0), (1300, 0, 0)])
def test_a_commitment_is_paid_for_what_is_missing(counted, short, payment):
    due = minimum_commitment(1200, counted, 50)
    assert (due.shortfall, due.payment) == (short, payment)


def test_a_commitment_is_paid_whole_unless_told_otherwise():
    assert minimum_commitment(1200, 1000).payment == 200


@pytest.mark.parametrize(
    ("cost", "shared", "vendor"), [(1760, 235, 80), (1990, 5, 2), (1995, 0, 0), (2050, 0, 0), (2200, 0, 0)]
)
def test_a_saving_is_shared_above_its_threshold_and_up_to_its_cap(cost, shared, vendor):
    gain = GainShare(2000, 100, vendor_share=40, threshold=5, cap=80).gain(cost, 105)
    assert (gain.adjusted_baseline, gain.savings, gain.shared, gain.vendor) == (2100, 2100 - cost, shared, vendor)


def test_without_threshold_and_cap_every_saving_is_shared():
    assert GainShare(2000, 100, vendor_share=40).gain(1000, 100).vendor == 400


@given(money, money, money)
def test_a_lower_cost_never_lowers_the_vendors_share(one, other, volume):
    rule = GainShare(2000, 100, vendor_share=40, threshold=5, cap=10**6)
    lower, higher = sorted([one, other])
    assert 0 <= rule.gain(higher, volume).vendor <= rule.gain(lower, volume).vendor <= 10**6


@pytest.mark.parametrize(
    "terms",
    [
        {"baseline_cost": -1},
        {"baseline_volume": 0},
        {"vendor_share": 101},
        {"threshold": 101},
        {"cap": -1},
    ],
)
def test_nonsense_in_a_gain_share_is_refused(terms):
    with pytest.raises(ValueError, match=r"negative|above zero|between 0 and 100"):
        GainShare(**{"baseline_cost": 1, "baseline_volume": 1, "vendor_share": 40, **terms})
