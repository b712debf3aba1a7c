"""How parameters of a measure are described, and the small sums that every measure shares."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from sla.metrics.components import Component
from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.measure import weighed
from sla.metrics.params import Param, ParamType, choice, number, text, yes_no
from sla.metrics.registry import RECIPES, measure
from sla.metrics.window import Window
from sla.tallies import Tally


@pytest.mark.parametrize(
    ("make", "described"),
    [
        (
            lambda: number("bound", Decimal(3), "up to"),
            Param("bound", ParamType.NUMBER, Decimal(3), "up to", least=Decimal(0)),
        ),
        (
            lambda: number("bound", None, "up to", least=None, optional=True),
            Param("bound", ParamType.NUMBER, None, "up to", least=None, optional=True),
        ),
        (
            lambda: number("bound", None, "up to", least=2),
            Param("bound", ParamType.NUMBER, None, "up to", least=Decimal(2), optional=False),
        ),
        (lambda: yes_no("all", True, "whether"), Param("all", ParamType.YES_NO, True, "whether")),
        (lambda: choice("stop", ("a", "b"), "which"), Param("stop", ParamType.CHOICE, "a", "which", ("a", "b"))),
        (lambda: text("unit", "behind it"), Param("unit", ParamType.TEXT, "", "behind it")),
    ],
)
def test_each_kind_of_parameter_is_described_by_its_own_word(make, described):
    assert make() == described


def test_sums_are_weighed_with_their_factors_and_signs():
    assert weighed((("good", 2), ("bad", -1)), {"good": Fraction(3), "bad": 4, "other": 9}) == 2


@pytest.mark.parametrize("aggregation", [Aggregation.SUM, Aggregation.COUNT])
def test_a_sum_is_multiplied_by_its_scale(aggregation):
    level = replace(measure(FeedKind.COUNTS, aggregation), scale=Fraction(1, 60))

    assert level.value(Tally.of(120, 3)) == 2


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"scale": 0}, "Neither 'scale' nor 'opportunities' can be zero."),
        ({"opportunities": 0}, "Neither 'scale' nor 'opportunities' can be zero."),
        (
            {"complement": True, "opportunities": 2},
            "The parameters 'complement' and 'opportunities' contradict each other.",
        ),
    ],
)
def test_a_ratio_that_makes_no_sense_is_refused_in_a_sentence(params, sentence):
    with pytest.raises(ValueError) as said:  # noqa: PT011 - the whole sentence is compared
        measure(FeedKind.COUNTS, Aggregation.RATIO, params)
    assert str(said.value) == sentence


@pytest.mark.parametrize(
    ("scale", "unit"), [(1, ""), (100, "%"), (1000, "per thousand"), (10, ""), (Decimal("0.01"), ""), ("0.5", "")]
)
def test_a_ratio_s_scale_names_its_unit(scale, unit):
    assert measure(FeedKind.COUNTS, Aggregation.RATIO, {"scale": scale}).unit == unit


@pytest.mark.parametrize(
    ("aggregation", "cases"), [(Aggregation.COUNT, 7), (Aggregation.SUM, 3), (Aggregation.MEAN, 3)]
)
def test_totals_say_how_many_cases_stand_behind_them(aggregation, cases):
    level = measure(FeedKind.COUNTS, aggregation)

    tally = level.tally({"numerator": 7, "denominator": 3})
    assert (tally.numerator, tally.denominator, tally.cases) == (7, 3, cases)


def test_a_percentile_of_samples_keeps_its_sum_its_number_and_its_method():
    level = measure(FeedKind.OBSERVATIONS, Aggregation.PERCENTILE, {"percentile": 50, "method": "linear"})
    rows = [{"value": 1, "weight": None}, {"value": 4, "weight": None}]
    start = datetime(2025, 6, 1, tzinfo=UTC)

    tally = level.from_rows(rows, Window(start, start + timedelta(days=1), start))
    assert (tally.numerator, tally.denominator, tally.cases) == (5, 2, 2)
    assert level.value(tally) == Fraction(5, 2)
    assert level.values_of == Component("value", "value")


def test_an_average_has_no_percentile():
    assert measure(FeedKind.CASES, Aggregation.MEAN, {"of": "time_to_resolve"}).percent == 0


def test_a_contact_at_the_end_of_the_window_belongs_to_the_next_one():
    start = datetime(2025, 6, 1, tzinfo=UTC)
    window = Window(start, start + timedelta(days=1), start + timedelta(days=30))
    rows = [
        {"occurred_at": at, "customer": name, "outcome": "answered", "queue": "a"}
        for at, name in ((window.start, "x"), (window.end, "y"))
    ]

    level = next(recipe for recipe in RECIPES if recipe.of == "not_repeated")
    tally = measure(level.kind, level.aggregation, {"of": level.of}).from_rows(rows, window)
    assert (tally.numerator, tally.denominator) == (1, 1)


@pytest.mark.parametrize(
    ("kind", "aggregation", "params"),
    [
        (FeedKind.CASES, Aggregation.SHARE_WITHIN, {"of": "resolved_within", "threshold_seconds": 60}),
        (
            FeedKind.CASES,
            Aggregation.SHARE_WITHIN,
            {"of": "resolved_within", "threshold_seconds": 60, "clock": "business"},
        ),
        (
            FeedKind.CASES,
            Aggregation.SHARE_WITHIN,
            {"of": "resolved_within", "threshold_seconds": 60, "unfinished": "leave_out"},
        ),
        (FeedKind.OBSERVATIONS, Aggregation.MEAN, {"weighted": False}),
        (FeedKind.OBSERVATIONS, Aggregation.MEAN, {"weighted": True}),
    ],
)
def test_a_measure_keeps_the_parameters_that_made_it(kind, aggregation, params):
    kept = measure(kind, aggregation, params).settings.values

    assert {name: kept[name] for name in params if name != "of"} == {
        name: value for name, value in params.items() if name != "of"
    }


@pytest.mark.parametrize("of", ["wait", "handle"])
def test_the_single_values_of_a_percentile_have_one_name_for_every_store(of):
    level = measure(FeedKind.CONTACTS, Aggregation.PERCENTILE, {"of": of, "percentile": 90})

    assert level.values_of.name == "value"
