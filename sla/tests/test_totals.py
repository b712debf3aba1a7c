"""Measures from totals: people's time, fieldwork and defects."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.fieldwork import outcome_rates
from sla.metrics.measure import taken_per
from sla.metrics.quality import defects_per_million, keying_tallies
from sla.metrics.registry import measure
from sla.metrics.workforce import (
    adherence,
    attrition,
    conformance,
    mean_percentage_error,
    occupancy,
    total_error,
    utilisation,
    weighted_percentage_error,
)
from sla.tallies import Tally

START = datetime(2025, 6, 2, tzinfo=UTC)


def shift(start, end):
    return START + timedelta(hours=start), START + timedelta(hours=end)


def test_occupancy_and_utilisation():
    assert occupancy(200, 10, 90, 100) == Tally.of(300, 400)
    assert utilisation(200, 10, 90, 100, 480) == Tally.of(400, 480)


def test_the_same_minutes_at_the_wrong_time_are_conformance_and_no_adherence():
    assert adherence([shift(8, 16)], [shift(8.5, 16.5)]) == Tally.of(450, 480)
    assert conformance([shift(8, 16)], [shift(8.5, 16.5)]) == Tally.of(480, 480)


def test_a_break_is_neither_scheduled_nor_worked():
    assert adherence([shift(8, 12), shift(13, 17)], [shift(8, 12.5), shift(13.5, 17)]) == Tally.of(450, 480)


def test_attrition_is_made_a_years():
    assert attrition(18, 300) == 72
    assert attrition(18, 300, months=3) == 24
    assert attrition(18, 0) is None


def test_forecast_errors():
    assert mean_percentage_error([100, 200, 7], [80, 160, 0]) == 25
    assert mean_percentage_error([7], [0]) is None
    assert weighted_percentage_error([100, 200], [80, 220]) == Tally.of(40, 300)
    assert total_error([100, 210], [80, 220]) == Tally.of(10, 300)


def test_forecasts_are_as_many_as_actuals():
    with pytest.raises(ValueError, match="shorter"):
        weighted_percentage_error([1, 2], [1])


def test_outcome_rates_of_fieldwork():
    rates = outcome_rates(interviews=650, partial=50, refusals=150, non_contacts=100, other=30, unknown=20)

    assert rates.response == 65
    assert rates.cooperation == Fraction(65_000, 850)
    assert rates.refusal == 15
    assert rates.contact == 88


def test_nothing_dialled_has_no_rates():
    rates = outcome_rates(interviews=0, partial=0, refusals=0, non_contacts=0, other=0, unknown=0)

    assert rates.response is None
    assert rates.cooperation is None


def test_defects_per_million_opportunities():
    assert defects_per_million(3, 1000, 6) == 500
    assert defects_per_million(Decimal("0.5"), 1, 1) == 500_000
    assert defects_per_million(3, 0, 6) is None


def test_three_accuracies_of_one_batch():
    accuracies = keying_tallies(
        records=1000, fields_per_record=20, chars_per_field=8, bad_records=36, bad_fields=40, bad_chars=52
    )

    assert accuracies.records == Tally.of(964, 1000)
    assert accuracies.fields == Tally.of(19_960, 20_000)
    assert accuracies.keystrokes == Tally.of(159_948, 160_000)


def test_a_sum_is_taken_per_so_many_of_another_feeds():
    rate = taken_per(measure(FeedKind.COUNTS, Aggregation.SUM), Fraction(1000))

    assert (rate.unit, rate.is_share) == ("per thousand", True)
    assert rate.value(Tally.of(3, 2000)) == Fraction(3, 2)
    assert taken_per(measure(FeedKind.COUNTS, Aggregation.SUM), Fraction(1, 3)).unit == ""


@pytest.mark.parametrize(
    ("kind", "aggregation", "params", "sentence"),
    [
        (FeedKind.COUNTS, Aggregation.RATIO, {}, "Only sums and counts can be taken per another feed's, not a ratio"),
        (FeedKind.CASES, Aggregation.COUNT, {"of": "backlog"}, "“backlog” cannot be taken per another feed's"),
        (FeedKind.DOWNTIME, Aggregation.COUNT, {"of": "outages"}, "“outages” .* does not add up over days"),
        (FeedKind.DOWNTIME, Aggregation.SUM, {"of": "minutes"}, "“minutes” .* Take a sum or a count of single rows"),
    ],
)
def test_what_does_not_add_up_is_not_taken_per_another_feeds(kind, aggregation, params, sentence):
    with pytest.raises(ValueError, match=sentence):
        taken_per(measure(kind, aggregation, params), Fraction(1000))
