"""What all measures have in common: parameters, formulas, totals from counts, and sampled values."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.measure import scale_text
from sla.metrics.params import Settings
from sla.metrics.registry import RECIPES, find_recipe, measure, recipes_for
from sla.metrics.window import Window
from sla.tallies import Tally

START = datetime(2025, 6, 1, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=1), START + timedelta(days=2))
COUNTS, SAMPLES = FeedKind.COUNTS, FeedKind.OBSERVATIONS
USUAL = {"threshold_seconds": 20, "variant": "strict", "percentile": 90, "from_score": 4, "to_score": 2, "bound": 5}


def totals(aggregation, pairs, **params):
    level = measure(COUNTS, aggregation, params)
    rows = [{"numerator": numerator, "denominator": denominator} for numerator, denominator in pairs]
    return level.value(level.from_rows(rows, WINDOW))


def sampled(aggregation, values, **params):
    level = measure(SAMPLES, aggregation, params)
    rows = [{"occurred_at": START, "value": value, "weight": weight} for value, weight in values]
    return level.value(level.from_rows(rows, WINDOW))


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: f"{recipe.kind}-{recipe.aggregation}-{recipe.of}")
def test_every_recipe_makes_a_measure_from_its_usual_parameters(recipe):
    names = {param.name for param in recipe.params if not param.optional}
    params = {name: value for name, value in USUAL.items() if name in names}

    level = measure(recipe.kind, recipe.aggregation, {"of": recipe.of, **params})
    assert (level.kind, level.aggregation, level.of) == (recipe.kind, recipe.aggregation, recipe.of)
    assert level.needs_rows is (not level.components)
    assert level.day_of.endswith(("_at", "_on"))
    used = {name for name, _ in (*level.numerator, *level.denominator, *(level.cases or ()))}
    assert used <= {component.name for component in level.components}


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: f"{recipe.kind}-{recipe.aggregation}-{recipe.of}")
def test_every_parameter_explains_itself(recipe):
    assert recipe.title
    assert all(param.help for param in recipe.params)


def test_recipes_are_named_once():
    names = [(recipe.kind, recipe.aggregation, recipe.of) for recipe in RECIPES]

    assert len(set(names)) == len(names)


def test_recipes_of_a_feed():
    assert {recipe.kind for recipe in recipes_for(COUNTS)} == {COUNTS}
    assert [recipe.of for recipe in recipes_for(FeedKind.CASES, Aggregation.COUNT)] == ["cases", "backlog"]
    assert find_recipe(FeedKind.CASES, Aggregation.COUNT, "backlog").of == "backlog"


@pytest.mark.parametrize(
    ("kind", "aggregation", "params", "sentence"),
    [
        (COUNTS, Aggregation.PERCENTILE, {}, "A feed of kind 'counts' has no measure of kind 'percentile'"),
        (COUNTS, Aggregation.INDEX, {"of": "dso"}, "has no index of 'dso'; it has net_promoter, other"),
        (COUNTS, Aggregation.RATIO, {"scala": 1}, "has no parameter 'scala'. It takes scale, opportunities, comple"),
        (COUNTS, Aggregation.INDEX, {"scale": 1}, "has no parameter 'scale'. It takes none"),
        (COUNTS, Aggregation.RATIO, {"scale": "much"}, "'scale' must be a number, got 'much'"),
        (COUNTS, Aggregation.RATIO, {"scale": True}, "'scale' must be a number, got 'True'"),
        (COUNTS, Aggregation.RATIO, {"scale": "NaN"}, "'scale' must be a number, got 'NaN'"),
        (COUNTS, Aggregation.RATIO, {"scale": -1}, "'scale' must be at least 0, got -1"),
        (COUNTS, Aggregation.RATIO, {"scale": 0}, "Neither 'scale' nor 'opportunities' can be zero"),
        (COUNTS, Aggregation.RATIO, {"complement": "perhaps"}, "'complement' must be true or false, got 'perhaps'"),
        (COUNTS, Aggregation.RATIO, {"complement": True, "opportunities": 2}, "contradict each other"),
        (FeedKind.CONTACTS, Aggregation.SHARE_WITHIN, {}, "'threshold_seconds' must be given: the promised seconds"),
        (FeedKind.CONTACTS, Aggregation.PERCENTILE, {"percentile": 101}, "'percentile' must be at most 100, got 101"),
        (FeedKind.CONTACTS, Aggregation.PERCENTILE, {"percentile": 9, "method": "p"}, "one of nearest_rank, linear"),
        (FeedKind.CONTACTS, Aggregation.RATIO, {"of": "not_repeated", "window_days": "1.5"}, "must be a whole number"),
        (SAMPLES, Aggregation.COUNT, {"operator": "at_most"}, "The operator 'at_most' needs the parameter 'bound'"),
        (SAMPLES, Aggregation.COUNT, {"bound": 3}, "A 'bound' needs an 'operator'"),
    ],
)
def test_senseless_parameters_are_refused_with_a_sentence(kind, aggregation, params, sentence):
    with pytest.raises(ValueError, match=sentence):
        measure(kind, aggregation, params)


def test_an_empty_parameter_is_one_not_given():
    assert measure(COUNTS, Aggregation.RATIO, {"scale": ""}).scale == 100


def test_parameters_may_come_as_text():
    level = measure(COUNTS, Aggregation.RATIO, {"scale": "1000", "complement": "true"})

    assert (level.scale, level.unit) == (1000, "per thousand")
    assert level.settings.yes("complement")


def test_a_parameter_that_is_no_number_is_not_read_as_one():
    with pytest.raises(TypeError, match="'unit' is not a number"):
        Settings({"unit": "h"}).number("unit")


def test_ratios_of_totals_are_added_up_before_they_are_divided():
    assert totals(Aggregation.RATIO, [(10, 10), (742, 990)]) == Fraction("75.2")


@pytest.mark.parametrize(
    ("params", "value", "unit"),
    [
        ({}, 20, "%"),
        ({"complement": True}, 80, "%"),
        ({"scale": 1}, Fraction(1, 5), ""),
        ({"scale": 1000}, 200, "per thousand"),
        ({"scale": 1_000_000, "opportunities": 4}, 50_000, "per million"),
        ({"scale": Decimal("0.5")}, Fraction(1, 10), ""),
        ({"unit": "DPMO"}, 20, "DPMO"),
    ],
)
def test_a_ratio_has_a_scale_and_a_unit(params, value, unit):
    assert totals(Aggregation.RATIO, [(2, 10)], **params) == value
    assert measure(COUNTS, Aggregation.RATIO, params).unit == unit


@pytest.mark.parametrize(
    ("aggregation", "params", "value"),
    [
        (Aggregation.SHARE_WITHIN, {}, 75),
        (Aggregation.MEAN, {"unit": "s"}, Fraction(3, 4)),
        (Aggregation.SUM, {}, 9),
        (Aggregation.COUNT, {}, 9),
        (Aggregation.INDEX, {}, 75),
        (Aggregation.INDEX, {"of": "other", "scale": 10}, Fraction("7.5")),
        (Aggregation.AVAILABILITY, {}, 75),
        (Aggregation.AVAILABILITY, {"complement": True}, 25),
    ],
)
def test_totals_are_aggregated(aggregation, params, value):
    assert totals(aggregation, [(4, 4), (5, 8)], **params) == value


def test_a_missing_denominator_adds_nothing():
    assert totals(Aggregation.SUM, [(4, None), (5, None)]) == 9
    assert totals(Aggregation.RATIO, [(4, None)]) is None


def test_nothing_counted_is_no_value_and_zero_events_are_zero():
    assert totals(Aggregation.RATIO, [(0, 0)]) is None
    assert totals(Aggregation.COUNT, []) == 0


VALUES = [(Decimal(value), Decimal(weight)) for value, weight in ((2, 1), (4, 3), (9, 2))]


@pytest.mark.parametrize(
    ("aggregation", "params", "value"),
    [
        (Aggregation.MEAN, {}, 5),
        (Aggregation.MEAN, {"weighted": True}, Fraction(32, 6)),
        (Aggregation.PERCENTILE, {"percentile": 50}, 4),
        (Aggregation.SHARE_WITHIN, {"bound": 4}, Fraction(200, 3)),
        (Aggregation.SHARE_WITHIN, {"bound": 4, "operator": "less_than"}, Fraction(100, 3)),
        (Aggregation.SHARE_WITHIN, {"bound": 4, "operator": "at_least"}, Fraction(200, 3)),
        (Aggregation.SHARE_WITHIN, {"bound": 4, "operator": "more_than"}, Fraction(100, 3)),
        (Aggregation.SHARE_WITHIN, {"bound": 4, "weighted": True}, Fraction(400, 6)),
        (Aggregation.SUM, {}, 15),
        (Aggregation.COUNT, {}, 3),
        (Aggregation.COUNT, {"operator": "more_than", "bound": 3}, 2),
        (Aggregation.RATIO, {"from_score": 4}, Fraction(200, 3)),
        (Aggregation.INDEX, {}, Fraction(-100, 3)),
    ],
)
def test_sampled_values_are_aggregated(aggregation, params, value):
    assert sampled(aggregation, VALUES, **params) == value


def test_a_value_without_a_weight_is_left_out_of_a_weighted_mean():
    assert sampled(Aggregation.MEAN, [*VALUES, (Decimal(99), None)], weighted=True) == Fraction(32, 6)


def test_weighted_values_are_as_many_cases_as_there_are_rows():
    level = measure(SAMPLES, Aggregation.MEAN, {"weighted": True})
    rows = [{"value": Decimal(2), "weight": Decimal("0.25")}, {"value": Decimal(2), "weight": Decimal("0.25")}]

    assert level.from_rows(rows, WINDOW).cases == 2


@pytest.mark.parametrize(
    ("level", "tally", "text"),
    [
        (measure(COUNTS, Aggregation.RATIO), Tally.of(2796, 3000), "2,796 ÷ 3,000 × 100"),
        (measure(COUNTS, Aggregation.MEAN), Tally.of(45000, 1500), "45,000 ÷ 1,500"),
        (measure(COUNTS, Aggregation.COUNT), Tally.of(1234, 0), "1,234"),
        (measure(FeedKind.CASES, Aggregation.MEAN), Tally.of(7200, 2), "7,200 ÷ 2 ÷ 3,600"),
        (
            measure(SAMPLES, Aggregation.PERCENTILE, {"percentile": 90}),
            Tally.of(55, 10, values=range(1, 11)),
            "P90 of 10 (rank 9)",
        ),
        (
            measure(SAMPLES, Aggregation.PERCENTILE, {"percentile": "99.9", "method": "linear"}),
            Tally.of(1, 1, values=[1]),
            "P99.9 of 1 (linear)",
        ),
        (measure(SAMPLES, Aggregation.PERCENTILE, {"percentile": 90}), Tally.empty(), "P90 of 0"),
        (
            measure(FeedKind.CASES, Aggregation.PERCENTILE, {"percentile": 50, "unit": "hours"}),
            Tally.of(1, 1, values=[1]),
            "P50 of 1 (rank 1) ÷ 3,600",
        ),
    ],
)
def test_a_formula_can_be_recomputed_by_hand(level, tally, text):
    assert level.formula_text(tally) == text


def test_scales_continue_a_formula():
    assert [scale_text(Fraction(scale)) for scale in ("1", "100", "1/60", "5/2")] == ["", " × 100", " ÷ 60", " × 2.5"]


def test_sums_that_a_store_leaves_out_are_zero():
    level = measure(COUNTS, Aggregation.RATIO)

    assert level.tally({"denominator": Decimal(4)}) == Tally.of(0, 4)


def test_single_cases_can_be_counted_in_shares_only():
    shares = [
        measure(COUNTS, kind).is_share for kind in (Aggregation.RATIO, Aggregation.AVAILABILITY, Aggregation.MEAN)
    ]

    assert shares == [True, True, False]


def test_only_counts_grow_whatever_comes():
    assert not measure(COUNTS, Aggregation.RATIO).grows
    assert measure(COUNTS, Aggregation.COUNT).grows
    assert not measure(FeedKind.CASES, Aggregation.COUNT, {"of": "backlog"}).grows
