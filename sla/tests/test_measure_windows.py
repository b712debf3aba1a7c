"""What measures of outages and cases know at the edges of a window."""

from datetime import timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from sla.calendars import BusinessCalendar
from sla.metrics.feeds import FeedKind
from sla.metrics.registry import measure
from sla.metrics.window import Window
from sla.tests.test_measure_forms import CASES, CONTACTS, DOWN, SAMPLES, START, TICKETS, WINDOW, A, tally_of


@pytest.mark.parametrize(
    ("kind", "aggregation", "params", "rows", "sentence"),
    [
        (SAMPLES, A.COUNT, {"bound": 5}, [], "A 'bound' needs an 'operator' that compares with it."),
        (
            CONTACTS,
            A.INDEX,
            {"promoter_from": 5, "detractor_to": 5},
            [],
            "Detractors must end below the score at which promoters begin.",
        ),
        (
            CASES,
            A.MEAN,
            {"of": "time_to_resolve", "clock": "business"},
            TICKETS,
            "Business time needs the calendar of the terms.",
        ),
        (
            CASES,
            A.MEAN,
            {"of": "time_to_resolve"},
            [{**TICKETS[0], "opened_at": None}],
            "a case must hold the instant at which it was opened",
        ),
        (
            DOWN,
            A.AVAILABILITY,
            {"service_hours": "calendar"},
            [],
            "Availability in service hours needs the calendar of the terms.",
        ),
    ],
)
def test_what_cannot_be_measured_is_said_in_a_sentence(kind, aggregation, params, rows, sentence):
    with pytest.raises((ValueError, TypeError)) as said:
        tally_of(kind, aggregation, rows, **params)
    assert str(said.value) == sentence


def test_availability_by_a_calendar_counts_open_minutes_only():
    zone_calendar = BusinessCalendar(ZoneInfo("UTC"), {6: [("08:00", "10:00")]})
    window = Window(START, START + timedelta(days=1), START + timedelta(days=2), zone_calendar)
    rows = [{"started_at": START, "ended_at": START + timedelta(hours=9), "planned": False}]

    tally = measure(DOWN, A.AVAILABILITY, {"service_hours": "calendar"}).from_rows(rows, window)
    assert (tally.numerator, tally.denominator) == (Fraction(60), 120)


RUNNING = {"started_at": START + timedelta(hours=23), "ended_at": None}


@pytest.mark.parametrize(("aggregation", "minutes"), [(A.SUM, 60), (A.MEAN, 60), (A.COUNT, 1)])
def test_an_outage_that_runs_on_is_known_up_to_the_end_of_the_window(aggregation, minutes):
    rows = [{**RUNNING, "planned": False}]

    assert measure(DOWN, aggregation).value(tally_of(DOWN, aggregation, rows)) == minutes


def test_planned_downtime_that_runs_on_leaves_both_sides_up_to_the_end_of_the_window():
    tally = tally_of(DOWN, A.AVAILABILITY, [{**RUNNING, "planned": True}])

    assert (tally.numerator, tally.denominator) == (23 * 60, 23 * 60)


def test_an_outage_must_hold_its_start():
    with pytest.raises(TypeError) as said:
        tally_of(DOWN, A.SUM, [{"started_at": None, "ended_at": None, "planned": False}])
    assert str(said.value) == "an outage must hold the instant at which it started"


@pytest.mark.parametrize("aggregation", [A.RATIO, A.MEAN, A.SUM, A.COUNT, A.INDEX])
def test_totals_are_printed_in_the_unit_of_the_terms(aggregation):
    of = {"of": "other"} if aggregation is A.INDEX else {}

    assert measure(FeedKind.COUNTS, aggregation, {"unit": "files", **of}).unit == "files"


@pytest.mark.parametrize("hours", [0, 1])
def test_a_case_that_was_stopped_at_the_end_of_the_window_is_no_backlog_only_if_before_it(hours):
    row = {**TICKETS[0], "resolved_at": WINDOW.end - timedelta(hours=hours)}

    assert tally_of(CASES, A.COUNT, [row], of="backlog").numerator == (1 if hours == 0 else 0)
