"""Each credit scheme: what it costs, that its limit holds, and that doing better never costs more."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.credits.at_risk import rolling_cap
from sla.credits.credit import LineKind
from sla.credits.points import Band, SeverityTable, StepTable, points_credit, service_points
from sla.credits.repeats import NO_MULTIPLIER
from sla.credits.steps import LinearCredit, StepCredit, TierCredit
from sla.credits.weights import Weight, weighted_credit

percents = st.decimals(0, 100, places=3)
money = st.decimals(0, 10**7, places=2)
UK = SeverityTable(
    (Band(99, 0, "target"), Band(98, 1, "minor"), Band(97, 2, "serious"), Band(96, 3, "severe"), Band(None, 4, "low"))
)
CLOUD = TierCredit(((Decimal("99.99"), 10), (99, 30), (95, 100)))
SCHEMES = [
    LinearCredit(98, 2),
    LinearCredit(98, Decimal("0.5"), cap_percent=10),
    LinearCredit(98, 2, whole_points=True),
    StepCredit(99, 100, 5, cap_percent=50),
    StepCredit(99, 99, 1, step=Decimal("0.5")),
    CLOUD,
    TierCredit(((Decimal("99.9"), 2),), issued_above=1),
]


@pytest.mark.parametrize("scheme", SCHEMES)
@given(one=percents, other=percents, charges=money)
def test_attaining_more_never_costs_more(scheme, one, other, charges):
    worse, better = sorted([one, other])
    assert scheme.credit(better, charges).payable <= scheme.credit(worse, charges).payable


@pytest.mark.parametrize("scheme", SCHEMES)
@given(value=percents, charges=money)
def test_no_scheme_costs_more_than_the_charges(scheme, value, charges):
    assert 0 <= scheme.credit(value, charges).payable <= charges


@given(st.lists(st.tuples(percents, percents, percents), max_size=9), money)
def test_weighted_credits_stay_within_what_is_at_risk(shares, at_risk):
    failed = [Weight(str(place), *parts) for place, parts in enumerate(shares)]
    assert 0 <= weighted_credit(failed, at_risk).payable <= at_risk


@given(st.lists(percents, min_size=1, max_size=9), money)
def test_one_failure_less_never_costs_more(shares, at_risk):
    failed = [Weight(str(place), share, pool=250) for place, share in enumerate(shares)]
    assert weighted_credit(failed[1:], at_risk).payable <= weighted_credit(failed, at_risk).payable


def test_pool_allocation_and_severity_are_multiplied():
    credit = weighted_credit([Weight("tat", 40, pool=50, severity=25)], 10000)
    assert (credit.payable, credit.lines[0].working) == (Decimal("500.00"), "50 % × 40 % × 25 % × 10,000.00")


def test_a_weight_of_everything_is_said_once():
    assert weighted_credit([Weight("tat", 100)], 50).lines[0].working == "100 % × 50.00"


def test_each_failure_has_its_line():
    credit = weighted_credit([Weight("tat", 75), Weight("asa", 50)], 120000)
    assert [(line.subject, line.amount) for line in credit.lines] == [
        ("tat", Decimal("90000.00")),
        ("asa", Decimal("60000.00")),
        ("", Decimal("-30000.00")),
    ]


@pytest.mark.parametrize("shares", [{"allocation": -1}, {"allocation": 1, "pool": -1}])
def test_negative_weights_are_refused(shares):
    with pytest.raises(ValueError, match="must not be negative"):
        Weight("tat", **shares)


def test_a_severity_above_everything_is_refused():
    with pytest.raises(ValueError, match="a severity must lie between 0 and 100"):
        Weight("tat", 1, severity=101)


@pytest.mark.parametrize(
    ("value", "name"), [("99", "target"), ("98.95", "minor"), ("98", "minor"), ("97.99", "serious"), ("0", "low")]
)
def test_a_value_belongs_to_the_first_band_whose_floor_it_reaches(value, name):
    assert UK.band(Decimal(value)).name == name


@given(percents, percents)
def test_a_better_value_never_has_more_points(one, other):
    worse, better = sorted([one, other])
    assert UK.band(better).points <= UK.band(worse).points


@pytest.mark.parametrize(
    ("bands", "sentence"),
    [
        ((Band(None, 0, "all"),), "at least two"),
        ((Band(99, 0, "a"), Band(98, 1, "b")), "the last has no floor"),
        ((Band(98, 0, "a"), Band(99, 1, "b"), Band(None, 2, "c")), "fall from band to band"),
        ((Band(99, 0, "a"), Band(99, 1, "b"), Band(None, 2, "c")), "fall from band to band"),
        ((Band(99, 0, "a"), Band(None, 1, "b"), Band(None, 2, "c")), "must be given"),
        ((Band(99, 1, "a"), Band(None, 2, "b")), "start at zero"),
        ((Band(99, -1, "a"), Band(None, 0, "b")), "start at zero"),
        ((Band(99, 0, "a"), Band(98, 2, "b"), Band(None, 1, "c")), "never fall"),
    ],
)
def test_disorderly_bands_are_refused(bands, sentence):
    with pytest.raises(ValueError, match=sentence):
        SeverityTable(bands)


@pytest.mark.parametrize(
    ("values", "points"),
    [
        ([98, 96, 96], [1, 6, 6]),
        ([97, 98, 99, 98], [2, 2, 0, 1]),
        ([98, None, 97], [1, 0, 4]),
        ([None, 98], [0, 1]),
        ([], []),
    ],
)
def test_a_repeat_doubles_its_points_once(values, points):
    assert [severity.points for severity in service_points(values, UK)] == points


def test_a_period_keeps_its_severity():
    assert [severity.band.name for severity in service_points([98, 96], UK)] == ["minor", "severe"]


def test_a_silent_period_has_no_band():
    assert service_points([None], UK)[0].band is None


def test_without_a_repeat_rule_points_stay_as_they_are():
    assert [severity.points for severity in service_points([98, 98], UK, NO_MULTIPLIER)] == [1, 1]


def test_points_cost_a_share_of_the_charges():
    credit = points_credit(7, Decimal("0.5"), 400000)
    assert (credit.payable, credit.lines[0].working) == (Decimal("14000.00"), "7 points × 0.5 % × 400,000.00")


def test_points_are_cut_by_what_the_rolling_cap_has_left():
    credit = points_credit(7, Decimal("0.5"), 400000, cap=rolling_cap(4800000, 5, 230000))
    assert [(line.kind, line.amount) for line in credit.lines] == [
        (LineKind.CREDIT, Decimal("14000.00")),
        (LineKind.ROLLING_CAP, Decimal("-4000.00")),
    ]


@given(st.integers(0, 60), st.integers(0, 60))
def test_more_points_never_cost_less(one, other):
    table = StepTable(((0, 0), (10, 2), (15, 4), (30, 10)))
    fewer, more = sorted([one, other])
    assert table.percent(fewer) <= table.percent(more)


@pytest.mark.parametrize(("points", "percent"), [(9, 0), (10, 2), (14, 2), (15, 4), (99, 4)])
def test_between_two_steps_the_lower_one_holds(points, percent):
    assert StepTable(((10, 2), (15, 4))).percent(points) == percent


def test_a_step_costs_its_share_of_the_charges():
    credit = StepTable(((10, 2),)).credit(12, 5000)
    assert (credit.payable, credit.lines[0].working) == (Decimal("100.00"), "12 points: 2 % × 5,000.00")


@pytest.mark.parametrize("steps", [((15, 2), (10, 4)), ((10, 2), (10, 4)), ((10, 4), (15, 2))])
def test_disorderly_steps_are_refused(steps):
    with pytest.raises(ValueError, match="must rise in points"):
        StepTable(steps)
