"""A row of terms, read in the engine's words."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from contracts.models.service_levels import ServiceLevelTerms
from contracts.terms import limits_of, measure_of, period_rule_of, ramp_up_of, unit_of
from sla.bands import Band
from sla.excuses import ExcuseTreatment
from sla.limits import MissingRule, NoVolumeRule, Range
from sla.periods import PeriodKind
from sla.rounding import Rounding, RoundingMode
from sla.volume import LowVolume, LowVolumeRule


def terms(kind: str = "counts", **more: Any) -> SimpleNamespace:
    """A row of terms that stands in no table."""
    values = {
        "service_level": SimpleNamespace(feed=SimpleNamespace(kind=kind), per_feed_id=None),
        "aggregation": "ratio",
        "params": {},
        "period": "month",
        "period_anchor": None,
        "direction": "higher",
        "expected": Decimal(95),
        "expected_high": None,
        "minimum": Decimal(90),
        "minimum_high": None,
        "bands": [],
        "rules": {},
        "unit": "",
    }
    return SimpleNamespace(**(values | more))


def test_levels_and_direction_are_handed_on():
    limits = limits_of(terms(direction="lower", expected=Decimal(3), minimum=Decimal("5.5")))

    assert (limits.direction, limits.expected, limits.minimum) == ("lower", 3, Decimal("5.5"))


def test_a_range_has_two_ends_on_each_side():
    found = limits_of(
        terms(
            direction="range",
            expected=Decimal(80),
            expected_high=Decimal(85),
            minimum=Decimal(75),
            minimum_high=Decimal(90),
        )
    )

    assert (found.expected_range, found.minimum_range) == (Range(Decimal(80), Decimal(85)), Range(75, 90))


def test_a_minimum_range_with_one_end_is_refused():
    broken = terms(direction="range", expected=Decimal(80), expected_high=Decimal(85), minimum=Decimal(75))

    with pytest.raises(ValueError, match="A minimum range needs both ends"):
        limits_of(broken)


@pytest.mark.parametrize(
    ("rule", "value", "name", "meaning"),
    [
        ("equality_meets", False, "equality_meets", False),
        ("rounding", {"decimals": 2}, "rounding", Rounding(2)),
        (
            "rounding",
            {"decimals": 0, "mode": "half_even", "before_bands": False},
            "rounding",
            Rounding(0, RoundingMode.HALF_EVEN, False),
        ),
        ("low_volume", {"rule": "too_few", "min_cases": 20}, "low_volume", LowVolume(LowVolumeRule.TOO_FEW, 20)),
        (
            "low_volume",
            {"rule": "rolling", "periods": 4},
            "low_volume",
            LowVolume(LowVolumeRule.ROLLING, None, periods=4),
        ),
        (
            "low_volume",
            {"rule": "allow_misses", "allowed_misses": 2},
            "low_volume",
            LowVolume(LowVolumeRule.ALLOW_MISSES, None, 2),
        ),
        ("no_volume", "missed", "no_volume", NoVolumeRule.MISSED),
        ("missing", "deemed", "missing", MissingRule.DEEMED),
        ("deemed_after_days", 7, "deemed_after_days", 7),
        ("excuses", "count_as_met", "excuses", ExcuseTreatment.COUNT_AS_MET),
        ("restatement_days", 30, "restatement_days", 30),
    ],
)
def test_every_rule_reaches_the_engine(rule, value, name, meaning):
    assert getattr(limits_of(terms(rules={rule: value})), name) == meaning
    assert getattr(limits_of(terms()), name) != meaning


def test_bands_are_read_exactly():
    bands = [{"name": "minor", "lower": "90.1", "upper": None}, {"name": "severe", "lower": None, "upper": "90.1"}]

    assert limits_of(terms(bands=bands)).bands == (
        Band("minor", Decimal("90.1"), None),
        Band("severe", None, Decimal("90.1")),
    )


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"rules": {"rounding": {}}}, "Rounding needs its number of decimals."),
        ({"rules": {"rounding": {"decimals": "2"}}}, "'decimals' must be a whole number, got '2'"),
        ({"rules": {"rounding": {"decimals": True}}}, "must be a whole number, got 'True'"),
        ({"rules": {"rounding": {"decimals": 1, "mode": "up"}}}, "'mode' must be one of half_up, half_even, down"),
        ({"rules": {"rounding": {"decimals": 1, "digits": 1}}}, "There is no setting of rounding named 'digits'"),
        ({"rules": {"rounding": "half_up"}}, "A setting of rounding stands under its name"),
        ({"rules": {"missing": "met"}}, "'missing' must be one of neutral, warn, deemed"),
        ({"rules": {"equality_meets": "yes"}}, "must be true or false"),
        ({"rules": ["rounding"]}, "A rule stands under its name"),
        ({"bands": [{"lower": "1"}]}, "A band needs a name."),
        ({"bands": [{"name": "a", "lower": "low"}]}, "must be whole, or decimal as text, got 'low'"),
        ({"bands": [{"name": "a", "lower": 0.1}]}, "must be whole, or decimal as text, got '0.1'"),
        ({"bands": ["minor"]}, "A part of a band stands under its name"),
    ],
)
def test_rules_that_make_no_sense_are_refused_in_a_sentence(more, sentence):
    with pytest.raises(ValueError, match=sentence):
        limits_of(terms(**more))


def test_the_measure_is_the_feeds():
    found = measure_of(terms("contacts", aggregation="mean", params={"of": "wait"}))

    assert (found.kind, found.aggregation, found.of) == ("contacts", "mean", "wait")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"aggregation": "average"}, "There is no aggregation 'average'; there are ratio, share_within"),
        ({"params": ["scale"]}, "Parameters stand under their names"),
    ],
)
def test_a_measure_that_does_not_exist_is_refused(more, sentence):
    with pytest.raises(ValueError, match=sentence):
        measure_of(terms(**more))


def test_the_terms_own_unit_is_printed_before_the_measures():
    assert (unit_of(terms()), unit_of(terms(unit="points"))) == ("%", "points")


@pytest.mark.parametrize("kind", ServiceLevelTerms.PeriodKind.values)
def test_every_kind_of_period_has_its_rule(kind):
    rule = period_rule_of(terms(period=kind, period_anchor=date(2025, 1, 1)))

    assert rule.kind is PeriodKind(kind)
    assert date(2025, 5, 17) in rule.containing(date(2025, 5, 17))


def test_a_ramp_up_ends_on_a_day():
    assert ramp_up_of(terms(rules={"ramp_up_until": "2025-03-01"})) == date(2025, 3, 1)
    assert ramp_up_of(terms()) is None
