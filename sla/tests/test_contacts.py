"""Measures of calls, chats and e-mails."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.metrics.feeds import Aggregation, ContactOutcome, FeedKind
from sla.metrics.registry import measure
from sla.metrics.window import Window
from sla.tallies import Tally

START = datetime(2025, 6, 1, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=30), START + timedelta(days=31))
SHARE, RATIO, MEAN = Aggregation.SHARE_WITHIN, Aggregation.RATIO, Aggregation.MEAN


def contact(outcome, wait=None, **more):
    wait_seconds = None if wait is None else Decimal(wait)
    return {"occurred_at": START, "outcome": outcome, "wait_seconds": wait_seconds, **more}


def value_of(aggregation, rows, **params):
    level = measure(FeedKind.CONTACTS, aggregation, params)
    return level.value(level.from_rows(rows, WINDOW))


# 10 answered of which 8 in time, 5 abandoned of which 3 in time and 2 of these short, 1 flowed out.
CALLS = (
    [contact("answered", 20)] * 8
    + [contact("answered", "20.000001")] * 2
    + [contact("abandoned", 5)] * 2
    + [contact("abandoned", 20), contact("abandoned", 21), contact("abandoned", 90)]
    + [contact("flowed_out", 10), contact("blocked"), contact("abandoned_before", 3), contact("ignored", 1)]
)


@pytest.mark.parametrize(
    ("variant", "short", "share"),
    [
        ("strict", None, "8/15"),
        ("no_short", 5, "8/13"),
        ("after", None, "8/12"),
        ("credit", None, "11/15"),
        ("answered", None, "8/10"),
        ("credit_short", 5, "10/15"),
    ],
)
def test_the_same_calls_have_six_service_levels(variant, short, share):
    params = {"variant": variant, "threshold_seconds": 20}
    if short is not None:
        params["short_seconds"] = short

    assert value_of(SHARE, CALLS, **params) == Fraction(share) * 100


HANDLED = [contact("answered", 0, handle_seconds=Decimal(seconds)) for seconds in (0, 5, 15)]


@pytest.mark.parametrize(("left_out", "share"), [(False, Fraction(200, 3)), (True, 50)])
def test_contacts_without_handle_time_can_leave_the_share_handled_in_time(left_out, share):
    params = {"of": "handled_in_time", "threshold_seconds": 10, "exclude_zero": left_out}

    assert value_of(SHARE, HANDLED, **params) == share


@pytest.mark.parametrize(("left_out", "seconds"), [(False, 0), (True, 5)])
def test_contacts_without_handle_time_can_leave_its_percentiles(left_out, seconds):
    params = {"of": "handle", "percentile": 30, "exclude_zero": left_out}

    assert value_of(Aggregation.PERCENTILE, HANDLED, **params) == seconds


def test_the_wait_of_those_who_gave_up_has_a_mean_of_its_own():
    assert value_of(MEAN, CALLS, of="wait", over="abandoned") == Fraction(141, 5)


def test_the_boundary_can_be_left_out():
    assert value_of(SHARE, CALLS, variant="after", threshold_seconds=20, inclusive=False) == Fraction(0, 1)
    assert value_of(SHARE, CALLS, variant="credit", threshold_seconds=20, inclusive=False) == Fraction(2, 15) * 100


def test_contacts_that_flowed_out_can_count_against():
    assert value_of(SHARE, CALLS, variant="strict", threshold_seconds=20, count_flowed_out=True) == 50


def test_short_abandons_are_no_short_abandons_without_their_seconds():
    with pytest.raises(ValueError, match="The variant 'no_short' needs parameter 'short_seconds'"):
        measure(FeedKind.CONTACTS, SHARE, {"threshold_seconds": 20})


def test_a_variant_that_knows_no_short_abandons_takes_no_seconds_for_them():
    with pytest.raises(ValueError, match="The variant 'strict' takes no parameter 'short_seconds'"):
        measure(FeedKind.CONTACTS, SHARE, {"variant": "strict", "threshold_seconds": 20, "short_seconds": 5})


@pytest.mark.parametrize(
    ("params", "share"),
    [
        ({}, "5/15"),
        ({"short_seconds": 5}, "3/13"),
        ({"short_seconds": 0}, "5/15"),
        ({"short_seconds": 5, "short_out_of": "numerator"}, "3/15"),
        ({"count_abandoned_before": True}, "6/16"),
        ({"count_blocked": True}, "6/16"),
        ({"count_flowed_out": True}, "5/16"),
        ({"short_seconds": 5, "count_blocked": True, "count_abandoned_before": True}, "5/15"),
    ],
)
def test_abandonment(params, share):
    assert value_of(RATIO, CALLS, of="abandoned", **params) == Fraction(share) * 100


@pytest.mark.parametrize(
    ("of", "params", "share"),
    [
        ("answered", {}, "10/15"),
        ("answered", {"count_blocked": True, "count_flowed_out": True, "count_abandoned_before": True}, "10/18"),
        ("blocked", {}, "1/16"),
        ("blocked", {"count_blocked": True}, "1/16"),
        ("flowed_out", {"count_abandoned_before": True}, "1/17"),
    ],
)
def test_shares_of_outcomes(of, params, share):
    assert value_of(RATIO, CALLS, of=of, **params) == Fraction(share) * 100


def test_speed_of_answer_is_the_mean_wait_of_answered_contacts():
    rows = [contact("answered", 0), contact("answered", 10), contact("answered", 50), contact("abandoned", 999)]

    assert value_of(MEAN, rows, of="wait") == 20
    assert value_of(MEAN, rows, of="wait", waited_only=True) == 30
    assert value_of(MEAN, [], of="wait") is None


def test_handle_time_can_leave_out_contacts_without_any():
    rows = [contact("answered", handle_seconds=Decimal(seconds)) for seconds in (0, 100, 200)]
    rows.append(contact("answered", handle_seconds=None))

    assert value_of(MEAN, rows, of="handle") == 100
    assert value_of(MEAN, rows, of="handle", exclude_zero=True) == 150
    assert value_of(Aggregation.SUM, rows, of="handle") == 300
    assert value_of(SHARE, rows, of="handled_in_time", threshold_seconds=100) == Fraction(200, 3)
    assert value_of(SHARE, rows, of="handled_in_time", threshold_seconds=100, inclusive=False) == Fraction(100, 3)


def test_percentiles_of_the_wait():
    rows = [contact("answered", wait) for wait in (2, 3, 3, 4, 5, 6, 8, 9, 12, 30)] + [contact("abandoned", 99)]

    assert value_of(Aggregation.PERCENTILE, rows, percentile=90) == 12
    assert value_of(Aggregation.PERCENTILE, rows, percentile=90, method="linear") == Fraction("13.8")
    assert value_of(Aggregation.PERCENTILE, rows, percentile=100, over="queued") == 99


def test_percentiles_of_the_handle_time():
    rows = [contact("answered", handle_seconds=Decimal(seconds)) for seconds in (100, 300, 200)]

    assert value_of(Aggregation.PERCENTILE, rows, of="handle", percentile=50) == 200


def test_first_contact_resolution_by_flag():
    rows = [contact("answered", resolved=flag) for flag in (True, True, False, None)]
    rows.append(contact("abandoned", resolved=True))

    assert value_of(RATIO, rows, of="resolved_first") == Fraction(200, 3)
    assert value_of(RATIO, rows, of="resolved_first", unknown="miss") == 50


def called(customer, day, queue="help", outcome="answered"):
    return {"occurred_at": START + timedelta(days=day), "outcome": outcome, "customer": customer, "queue": queue}


def test_first_contact_resolution_by_repeat_window():
    rows = [called("a", 0), called("a", 7), called("b", 1), called("b", 9), called("", 2), called("c", 2)]

    assert value_of(RATIO, rows, of="not_repeated") == 80
    assert value_of(RATIO, rows, of="not_repeated", window_days=6) == 100
    assert value_of(RATIO, rows, of="not_repeated", window_days=8) == 60


def test_the_share_of_repeated_contacts_is_the_rest():
    rows = [called("a", 0), called("a", 7), called("b", 1), called("b", 9), called("", 2), called("c", 2)]

    assert value_of(RATIO, rows, of="repeated") == 20
    assert value_of(RATIO, rows, of="repeated", window_days=6) == 0
    assert value_of(RATIO, rows, of="repeated", window_days=8) == 40


def test_a_repeat_after_the_window_spoils_the_contact_inside_it():
    rows = [called("a", 29), called("a", 33), called("b", 29, outcome="abandoned")]
    level = measure(FeedKind.CONTACTS, RATIO, {"of": "not_repeated"})

    assert level.look_ahead == timedelta(days=7)
    assert level.value(level.from_rows(rows, WINDOW)) == 0


def test_a_repeat_in_another_queue_can_be_no_repeat():
    rows = [called("a", 1), called("a", 2, queue="sales")]

    assert value_of(RATIO, rows, of="not_repeated") == 50
    assert value_of(RATIO, rows, of="not_repeated", same_queue=True) == 100


def test_a_repeat_window_needs_to_know_the_customer_and_the_instant():
    with pytest.raises(ValueError, match=r"^A repeat window needs the customer of each contact\.$"):
        value_of(RATIO, [contact("answered")], of="not_repeated")
    with pytest.raises(TypeError, match=r"^a contact must hold the instant at which it occurred$"):
        value_of(RATIO, [{"outcome": "answered", "customer": "a"}], of="not_repeated")


def test_satisfaction():
    rows = [contact("answered", score=score and Decimal(score)) for score in (10, 9, 8, 6, 1, None)]

    assert value_of(RATIO, rows, of="top_box", from_score=9) == 40
    assert value_of(RATIO, rows, of="bottom_box", to_score=6) == 40
    assert value_of(RATIO, rows, of="scored") == Fraction(500, 6)
    assert value_of(MEAN, rows, of="score") == Fraction("6.8")
    assert value_of(Aggregation.INDEX, rows) == 0
    assert value_of(Aggregation.INDEX, rows, promoter_from=8, detractor_to=5) == 40


def test_promoters_and_detractors_do_not_overlap():
    with pytest.raises(ValueError, match="Detractors must end below"):
        measure(FeedKind.CONTACTS, Aggregation.INDEX, {"promoter_from": 6})


@pytest.mark.parametrize(
    ("outcome", "count"),
    [("offered", 15), ("all", 19), ("answered", 10), ("abandoned", 5), ("blocked", 1), ("ignored", 1)],
)
def test_contacts_are_counted_by_outcome(outcome, count):
    assert value_of(Aggregation.COUNT, CALLS, outcome=outcome) == count


ROWS = st.builds(
    contact,
    st.sampled_from([outcome.value for outcome in ContactOutcome]),
    st.none() | st.decimals(0, 120, places=2),
    handle_seconds=st.none() | st.decimals(0, 900, places=2),
    resolved=st.none() | st.booleans(),
    score=st.none() | st.decimals(0, 10, places=0),
)
MEASURES = st.sampled_from(
    [
        (SHARE, {"variant": "no_short", "threshold_seconds": 20, "short_seconds": 5}),
        (SHARE, {"variant": "credit", "threshold_seconds": 20}),
        (RATIO, {"of": "abandoned", "short_seconds": 5}),
        (RATIO, {"of": "resolved_first"}),
        (RATIO, {"of": "top_box", "from_score": 8}),
        (MEAN, {"of": "wait"}),
        (Aggregation.PERCENTILE, {"percentile": 90}),
        (Aggregation.INDEX, {}),
        (Aggregation.COUNT, {}),
    ]
)


@given(MEASURES, st.lists(ROWS, max_size=12), st.lists(ROWS, max_size=12))
def test_days_added_up_are_the_same_as_their_rows_together(chosen, one_day, next_day):
    level = measure(FeedKind.CONTACTS, *chosen)
    apart = Tally.total([level.from_rows(one_day, WINDOW), level.from_rows(next_day, WINDOW)])

    assert apart == level.from_rows([*next_day, *one_day], WINDOW)


@given(
    st.lists(ROWS, min_size=1, max_size=30), st.decimals(0, 100, places=1), st.sampled_from(["nearest_rank", "linear"])
)
def test_a_percentile_lies_between_the_least_and_the_greatest_value(rows, percent, method):
    level = measure(FeedKind.CONTACTS, Aggregation.PERCENTILE, {"percentile": percent, "method": method})
    tally = level.from_rows(rows, WINDOW)
    value = level.value(tally)

    assert (value is None) is (not tally.values)
    assert value is None or tally.values[0] <= value <= tally.values[-1]


@given(st.lists(ROWS, max_size=20), st.decimals(0, 60, places=0))
def test_variants_are_ordered_by_how_they_treat_abandons(rows, short):
    shares = {}
    for variant in ("strict", "after", "credit", "no_short", "credit_short"):
        params = {"variant": variant, "threshold_seconds": 60}
        if "short" in variant:
            params["short_seconds"] = short
        shares[variant] = value_of(SHARE, rows, **params)

    if shares["no_short"] is not None and shares["after"] is not None:
        assert shares["strict"] <= shares["no_short"] <= shares["after"] <= 100
        assert shares["strict"] <= shares["credit_short"] <= shares["credit"] <= 100


@pytest.mark.parametrize("wait", [0, 1, "1.5"])
def test_without_a_short_threshold_no_abandon_is_short_however_quick(wait):
    rows = [contact("answered", 5), contact("abandoned", wait)]

    assert value_of(RATIO, rows, of="abandoned") == 50
    assert value_of(SHARE, rows, variant="strict", threshold_seconds=20) == 50
