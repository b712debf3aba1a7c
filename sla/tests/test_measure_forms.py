"""What every measure says about itself: unit, scale, the date that places a row, and how many cases stand behind it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.registry import RECIPES, measure
from sla.metrics.window import Window

START = datetime(2025, 6, 1, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=1), START + timedelta(days=2))
USUAL = {
    "threshold_seconds": 20,
    "variant": "strict",
    "percentile": 90,
    "from_score": 4,
    "to_score": 2,
    "bound": 5,
    "within_hours": 24,
    "within_days": 7,
}
CONTACTS, CASES, SAMPLES, DOWN = FeedKind.CONTACTS, FeedKind.CASES, FeedKind.OBSERVATIONS, FeedKind.DOWNTIME
A = Aggregation


def name_of(recipe):
    return f"{recipe.kind}-{recipe.aggregation}-{recipe.of}"


def built(recipe, **more):
    wanted = {param.name for param in recipe.params if not param.optional}
    params = {name: value for name, value in USUAL.items() if name in wanted}
    return measure(recipe.kind, recipe.aggregation, {"of": recipe.of, **params, **more})


@pytest.mark.parametrize("recipe", RECIPES, ids=name_of)
def test_a_measure_keeps_the_parameters_that_made_it(recipe):
    assert set(built(recipe).settings.values) == {param.name for param in recipe.params}


UNITS = {
    (CONTACTS, A.MEAN, "wait"): "s",
    (CONTACTS, A.MEAN, "handle"): "s",
    (CONTACTS, A.PERCENTILE, "wait"): "s",
    (CONTACTS, A.PERCENTILE, "handle"): "s",
    (CONTACTS, A.SUM, "handle"): "s",
    (CONTACTS, A.COUNT, "outcome"): "contacts",
    (CONTACTS, A.MEAN, "score"): "points",
    (CASES, A.COUNT, "cases"): "cases",
    (CASES, A.COUNT, "backlog"): "cases",
    (SAMPLES, A.COUNT, "value"): "values",
    (DOWN, A.SUM, "minutes"): "min",
    (DOWN, A.COUNT, "outages"): "outages",
    (DOWN, A.MEAN, "outages"): "min",
}


@pytest.mark.parametrize("recipe", [r for r in RECIPES if (r.kind, r.aggregation, r.of) in UNITS], ids=name_of)
def test_what_is_no_share_is_printed_in_its_own_unit(recipe):
    level = built(recipe)

    assert (level.unit, level.scale) == (UNITS[recipe.kind, recipe.aggregation, recipe.of], 1)


def test_every_named_unit_belongs_to_a_measure():
    assert set(UNITS) <= {(recipe.kind, recipe.aggregation, recipe.of) for recipe in RECIPES}


@pytest.mark.parametrize("recipe", [r for r in RECIPES if r.of == "net_promoter"], ids=name_of)
def test_net_promoter_scores_are_points_from_minus_100_to_100(recipe):
    assert (built(recipe).unit, built(recipe).scale) == ("points", 100)


@pytest.mark.parametrize("aggregation", [A.MEAN, A.PERCENTILE, A.SUM])
@pytest.mark.parametrize("weighted", [False, True])
def test_sampled_values_are_printed_in_the_unit_of_the_terms(aggregation, weighted):
    more = {"weighted": True} if weighted and aggregation is A.MEAN else {}
    more |= {"percentile": 90} if aggregation is A.PERCENTILE else {}

    level = measure(SAMPLES, aggregation, {"unit": "kg", **more})
    assert (level.unit, level.scale) == ("kg", 1)


@pytest.mark.parametrize("recipe", RECIPES, ids=name_of)
def test_only_what_lasts_is_read_beyond_the_rows_that_begin_in_the_window(recipe):
    lasting = {(DOWN, "service"), (DOWN, "minutes"), (CASES, "backlog")}

    assert built(recipe).overlaps is ((recipe.kind, recipe.of) in lasting)
    assert built(recipe).snapshot is ((recipe.kind, recipe.of) == (CASES, "backlog"))


DATED = [recipe for recipe in RECIPES if "attribution" in {param.name for param in recipe.params}]
COLUMNS = {"received": "opened_at", "due": "due_at", "resolved": "resolved_at", "closed": "closed_at"}


@pytest.mark.parametrize("attribution", COLUMNS)
@pytest.mark.parametrize("recipe", DATED, ids=name_of)
def test_the_terms_name_the_date_by_which_a_case_belongs_to_a_period(recipe, attribution):
    assert built(recipe, attribution=attribution).day_of == COLUMNS[attribution]


@pytest.mark.parametrize("more", [{"clock": "business"}, {"unfinished": "leave_out"}, {"pause_reasons": "*"}])
@pytest.mark.parametrize("attribution", COLUMNS)
def test_that_date_is_the_same_by_every_clock(attribution, more):
    level = measure(
        CASES, A.SHARE_WITHIN, {"of": "resolved_within", "threshold_seconds": 5, "attribution": attribution, **more}
    )

    assert level.day_of == COLUMNS[attribution]


CALLS = [
    {"occurred_at": START, "outcome": "answered", "wait_seconds": 10, "handle_seconds": 60},
    {"occurred_at": START, "outcome": "answered", "wait_seconds": 30, "handle_seconds": 1},
    {"occurred_at": START, "outcome": "answered", "wait_seconds": 50, "handle_seconds": None},
    {"occurred_at": START, "outcome": "abandoned", "wait_seconds": 90, "handle_seconds": 7},
]


def tally_of(kind, aggregation, rows, **params):
    return measure(kind, aggregation, params).from_rows(rows, WINDOW)


@pytest.mark.parametrize(
    ("of", "over", "values"),
    [("wait", {}, (10, 30, 50)), ("wait", {"over": "queued"}, (10, 30, 50, 90)), ("handle", {}, (1, 60))],
)
def test_a_percentile_s_tally_is_the_sum_and_number_of_its_values(of, over, values):
    tally = tally_of(CONTACTS, A.PERCENTILE, CALLS, of=of, percentile=50, **over)

    assert tally.values == values
    assert (tally.numerator, tally.denominator, tally.cases) == (sum(values), len(values), len(values))


def test_total_handle_time_is_that_of_answered_contacts_and_knows_their_number():
    tally = tally_of(CONTACTS, A.SUM, CALLS, of="handle")

    assert (tally.numerator, tally.denominator, tally.cases) == (61, 2, 2)


def test_a_handle_time_of_one_second_is_not_none():
    tally = tally_of(CONTACTS, A.MEAN, CALLS, of="handle", exclude_zero=True)

    assert (tally.numerator, tally.denominator) == (61, 2)


@pytest.mark.parametrize(("outcome", "count"), [("all", 4), ("abandoned", 1)])
def test_counted_contacts_are_as_many_cases(outcome, count):
    tally = tally_of(CONTACTS, A.COUNT, CALLS, outcome=outcome)

    assert (tally.numerator, tally.denominator, tally.cases) == (count, 0, count)


TICKETS = [
    {"opened_at": START, "resolved_at": START + timedelta(hours=30), "closed_at": None, "due_at": None},
    {"opened_at": START, "resolved_at": START + timedelta(days=1), "closed_at": None, "due_at": None},
    {"opened_at": START, "resolved_at": None, "closed_at": None, "due_at": None},
]


@pytest.mark.parametrize(("of", "count"), [("cases", 3), ("backlog", 3)])
def test_counted_tickets_are_as_many_cases(of, count):
    tally = tally_of(CASES, A.COUNT, TICKETS, of=of)

    assert (tally.numerator, tally.denominator, tally.cases) == (count, 0, count)


def test_only_percentiles_keep_single_values():
    assert tally_of(CASES, A.MEAN, TICKETS, of="time_to_resolve").values == ()
    assert tally_of(CASES, A.PERCENTILE, TICKETS, of="time_to_resolve", percentile=50).values == (86_400, 108_000)


SAMPLED = [
    {"occurred_at": START, "value": Decimal(4), "weight": 3},
    {"occurred_at": START, "value": Decimal(6), "weight": 1},
    {"occurred_at": START, "value": Decimal(8), "weight": None},
]


def test_a_weighted_share_goes_by_weights_and_counts_rows_as_cases():
    tally = tally_of(SAMPLES, A.SHARE_WITHIN, SAMPLED, bound=5, weighted=True)

    assert (tally.numerator, tally.denominator, tally.cases) == (3, 4, 3)
    plain = tally_of(SAMPLES, A.SHARE_WITHIN, SAMPLED, bound=5)
    assert (plain.numerator, plain.denominator, plain.cases) == (1, 3, 3)


def test_a_weighted_mean_leaves_values_without_a_weight_out_of_everything():
    tally = tally_of(SAMPLES, A.MEAN, SAMPLED, weighted=True)

    assert (tally.numerator, tally.denominator, tally.cases) == (18, 4, 2)


def test_sums_and_counts_of_samples_know_how_many_stand_behind_them():
    total, count = tally_of(SAMPLES, A.SUM, SAMPLED), tally_of(SAMPLES, A.COUNT, SAMPLED)

    assert (total.numerator, total.denominator, total.cases) == (18, 3, 3)
    assert (count.numerator, count.denominator, count.cases) == (3, 0, 3)


def test_surveys_are_scored_out_of_the_contacts_that_were_answered():
    rows = [{**CALLS[0], "score": 5}, {**CALLS[1], "score": None}, {**CALLS[3], "score": 1}]

    scored, mean = tally_of(CONTACTS, A.RATIO, rows, of="scored"), tally_of(CONTACTS, A.MEAN, rows, of="score")
    assert (scored.numerator, scored.denominator) == (1, 2)
    assert (mean.numerator, mean.denominator) == (6, 2)


def test_minutes_down_are_minutes_and_outages_have_a_mean():
    rows = [
        {"started_at": START, "ended_at": START + timedelta(minutes=length), "planned": False} for length in (10, 30)
    ]

    assert measure(DOWN, A.SUM).value(tally_of(DOWN, A.SUM, rows)) == 30
    assert measure(DOWN, A.COUNT).value(tally_of(DOWN, A.COUNT, rows)) == 2
    assert measure(DOWN, A.MEAN).value(tally_of(DOWN, A.MEAN, rows)) == 20
