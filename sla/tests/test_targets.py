"""Targets that differ by priority or group: on which clock they run, and which cases have none."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.calendars import BusinessCalendar
from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.registry import measure
from sla.metrics.targets import Target, Targets
from sla.metrics.window import Window
from sla.tallies import Tally

OFFICE = BusinessCalendar(ZoneInfo("UTC"), dict.fromkeys(range(5), (("09:00", "17:00"),)))
TABLE = {"priority": {"P1": {"hours": 4}, "P2": {"business_hours": 8}, "P3": {"business_days": 3}}}


def at(day, hour=9, minute=0):
    """An instant of June 2025, whose second day is a Monday."""
    return datetime(2025, 6, day, hour, minute, tzinfo=UTC)


JUNE = Window(at(1, 0), datetime(2025, 7, 1, tzinfo=UTC), datetime(2025, 7, 10, tzinfo=UTC), OFFICE)


def within(**params):
    settings = {"of": "resolved_within", "targets": TABLE, **params}
    return measure(FeedKind.CASES, Aggregation.SHARE_WITHIN, {k: v for k, v in settings.items() if v is not None})


def case(priority, opened, resolved=None, **more):
    return {"priority": priority, "opened_at": opened, "resolved_at": resolved, **more}


def is_in_time(row, **params):
    tally = within(**params).from_rows([row], JUNE)
    assert tally.denominator == 1
    return tally.numerator == 1


@pytest.mark.parametrize(
    ("priority", "opened", "in_time", "late"),
    [
        ("P1", at(7, 22), at(8, 2), at(8, 2, 1)),
        ("P2", at(6, 15), at(9, 15), at(9, 15, 1)),
        ("P3", at(6, 15), at(11, 17), at(11, 17, 1)),
        ("P3", at(7, 15), at(11, 17), at(12, 9)),
    ],
)
def test_a_case_is_held_to_the_target_of_its_priority(priority, opened, in_time, late):
    assert is_in_time(case(priority, opened, in_time))
    assert not is_in_time(case(priority, opened, late))


@pytest.mark.parametrize(("priority", "limit"), [("P1", at(8, 2)), ("P3", at(11, 17))])
def test_a_case_at_exactly_its_limit_is_late_where_the_terms_say_so(priority, limit):
    opened = at(7, 22) if priority == "P1" else at(6, 15)

    assert not is_in_time(case(priority, opened, limit), inclusive=False)


@pytest.mark.parametrize(("priority", "resolved"), [("P1", at(6, 17)), ("P2", at(10, 11)), ("P3", at(12, 11))])
def test_a_pause_for_a_named_reason_stops_every_clock(priority, resolved):
    opened = at(6, 9)
    pauses = [[at(6, 10).isoformat(), at(6, 15).isoformat(), "customer"]]
    if priority != "P1":
        pauses = [[at(6, 15).isoformat(), at(9, 15).isoformat(), "customer"]]
    row = case(priority, opened, resolved, pauses=pauses)

    assert not is_in_time(row)
    assert is_in_time(row, pause_reasons="customer") is (priority != "P2")


def test_a_share_is_the_cases_that_kept_their_own_target():
    rows = [case("P1", at(2), at(2, 12)), case("P1", at(2), at(2, 14)), case("P2", at(2), at(2, 17))]

    assert within().from_rows(rows, JUNE) == Tally.of(2, 3)


def test_a_case_without_a_target_does_not_count():
    level, row = within(), case("P9", at(2), at(2, 10))

    assert level.from_rows([row], JUNE) == Tally.empty()
    assert not level.reads(row)
    assert level.targets.groups([row]) == {}


def test_the_default_target_is_that_of_other_cases():
    level = within(without_target="default", threshold_seconds=3600)
    rows = [case("P9", at(2), at(2, 10)), case("", at(2), at(2, 11)), case("P1", at(2), at(2, 11))]

    assert level.from_rows(rows, JUNE) == Tally.of(2, 3)
    assert {value: len(those) for value, those in level.targets.groups(rows).items()} == {"P1": 1, "others": 2}


def test_cases_without_a_priority_can_have_a_target_of_their_own():
    level = within(targets={"priority": {"": {"minutes": 30}}})

    assert level.from_rows([case(None, at(2), at(2, 9, 30)), case("", at(2), at(2, 10))], JUNE) == Tally.of(1, 2)


def test_open_cases_are_late_once_the_clock_of_their_own_target_has_run_out():
    now = Window(JUNE.start, JUNE.end, at(3, 9), OFFICE)
    rows = [case("P1", at(2, 9)), case("P3", at(2, 9))]

    assert within().from_rows(rows, now) == Tally.of(0, 1)
    assert within(unfinished="miss_when_open").from_rows(rows, now) == Tally.of(0, 2)
    assert within(unfinished="leave_out").from_rows(rows, now) == Tally.empty()


@given(hours=st.integers(1, 400), minutes=st.integers(0, 60 * 24 * 20), business=st.booleans())
def test_one_target_for_all_is_the_plain_promise(hours, minutes, business):
    row = case("P1", at(2), datetime.fromtimestamp(at(2).timestamp() + minutes * 60, UTC))
    table = {"priority": {"P1": {"business_hours" if business else "hours": hours}}}
    plain = within(targets=None, threshold_seconds=hours * 3600, clock="business" if business else "elapsed")

    assert within(targets=table).from_rows([row], JUNE) == plain.from_rows([row], JUNE)


def test_targets_read_as_they_are_written():
    table = {"group": {"A": {"business_days": 3}, "": {"hours": "1.5"}}}

    assert str(Targets.parse(table)) == "none 1.5 hours, A 3 business days"
    assert Target.parse({"days": 2}, "A").seconds == Decimal(172800)


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"targets": {"queue": {"A": {"hours": 1}}}}, "a table under one of priority, group"),
        ({"targets": {"priority": {}}}, "a table under one of"),
        ({"targets": "P1 4 h"}, "a table under one of"),
        ({"targets": {"priority": {"P1": {"weeks": 1}}}}, "The target of 'P1' is one length in seconds, minutes"),
        ({"targets": {"priority": {"P1": 4}}}, "The target of 'P1' is one length"),
        ({"targets": {"priority": {"P1": {"hours": 0}}}}, "'P1' needs a number above zero"),
        ({"targets": {"priority": {"P1": {"hours": "x"}}}}, "needs a number above zero"),
        ({"targets": {"priority": {"P1": {"hours": True}}}}, "needs a number above zero"),
        ({"targets": {"priority": {"P1": {"business_days": "1.5"}}}}, "a whole number of business days above zero"),
        ({"without_target": "default"}, "'without_target' as default needs 'threshold_seconds'"),
        ({"threshold_seconds": 60}, "'without_target' as not_counted takes no 'threshold_seconds'"),
        ({"clock": "business"}, "^The units of the targets say which clock runs"),
        ({"targets": None, "threshold_seconds": 60, "without_target": "refused"}, "^'without_target' is for a measure"),
        ({"targets": None}, "'threshold_seconds' must be given"),
        ({"stop": {"a": 1}}, "'stop' is a single value"),
    ],
)
def test_senseless_targets_are_refused_with_a_sentence(params, sentence):
    with pytest.raises(ValueError, match=sentence):
        within(**params)


QUEUES = {"queue": {"Sales": {"seconds": 20}, "Support": {"minutes": 1}}}


def call(queue, wait, outcome="answered"):
    return {"queue": queue, "wait_seconds": Decimal(wait), "outcome": outcome}


def answered(**params):
    settings = {"of": "answered_in_time", "variant": "strict", "targets": QUEUES, **params}
    return measure(FeedKind.CONTACTS, Aggregation.SHARE_WITHIN, settings)


def test_contacts_are_held_to_the_target_of_their_queue():
    calls = [call("Sales", 21), call("Support", 21), call("Support", 99, "abandoned"), call("Other", 1)]

    assert answered().from_rows(calls, JUNE) == Tally.of(1, 3)
    assert answered(without_target="default", threshold_seconds=5).from_rows(calls, JUNE) == Tally.of(2, 4)


@pytest.mark.parametrize(
    ("targets", "sentence"),
    [
        ({"priority": {"P1": {"hours": 1}}}, "a table under one of queue, got 'priority'"),
        ({"queue": {"Sales": {"business_hours": 1}}}, "in seconds, minutes or hours"),
    ],
)
def test_senseless_targets_of_contacts_are_refused(targets, sentence):
    with pytest.raises(ValueError, match=sentence):
        answered(targets=targets)


@pytest.mark.parametrize(
    "given", ["x", 5, {"priority": 5}, {"priority": {}}, {"site": {"A": {"hours": 1}}}, {**TABLE, "group": {}}]
)
def test_targets_are_one_table_under_one_known_column(given):
    with pytest.raises(ValueError, match="under one of priority, group, queue, got"):
        Targets.parse(given)
