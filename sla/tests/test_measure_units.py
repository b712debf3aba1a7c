"""The unit behind a measure's value, and which measure is meant where its terms leave something out."""

from datetime import UTC, datetime, timedelta

import pytest

from sla.metrics.feeds import Aggregation as A
from sla.metrics.feeds import FeedKind
from sla.metrics.registry import find_recipe, measure, recipes_for
from sla.metrics.window import Window

START = datetime(2025, 6, 1, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=1), START + timedelta(days=2))
CONTACTS, CASES, SAMPLES, DOWN = FeedKind.CONTACTS, FeedKind.CASES, FeedKind.OBSERVATIONS, FeedKind.DOWNTIME


@pytest.mark.parametrize(("unit", "printed"), [("hours", "h"), ("minutes", "min"), ("seconds", "s"), ("days", "d")])
@pytest.mark.parametrize("aggregation", [A.MEAN, A.PERCENTILE])
def test_a_time_to_resolve_is_printed_in_the_unit_of_the_terms(aggregation, unit, printed):
    params = {"of": "time_to_resolve", "unit": unit} | ({"percentile": 90} if aggregation is A.PERCENTILE else {})

    assert measure(CASES, aggregation, params).unit == printed


SHARES = [(CONTACTS, A.RATIO, "abandoned"), (CASES, A.RATIO, "met"), (DOWN, A.AVAILABILITY, "service")]


@pytest.mark.parametrize(("kind", "aggregation", "of"), SHARES)
def test_a_share_is_printed_in_percent(kind, aggregation, of):
    assert measure(kind, aggregation, {"of": of}).unit == "%"


def test_the_first_measure_of_its_kind_is_meant_where_none_is_named():
    assert find_recipe(CONTACTS, A.RATIO) is find_recipe(CONTACTS, A.RATIO, recipes_for(CONTACTS, A.RATIO)[0].of)


def test_a_percentile_of_samples_is_the_nearest_rank_unless_the_terms_say_otherwise():
    level = measure(SAMPLES, A.PERCENTILE, {"percentile": 50})

    assert level.value(level.from_rows([{"value": 1}, {"value": 4}], WINDOW)) == 1
