"""What excused cases do to a tally, and to the status of its period."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis.strategies import dates

from sla.bands import Direction
from sla.excuses import ExcuseTreatment, after_excuses, covers_day, difference, instant_of, restored, taken_out
from sla.periods import day_span
from sla.tallies import Tally
from sla.tests.test_verdicts import COUNTS, LIMITS, WORSE_FIRST, status


@pytest.mark.parametrize(
    ("treatment", "after"),
    [
        ("both_sides", Tally.of(930, 960)),
        ("count_as_met", Tally.of(970, 1000)),
        ("void_period", Tally.of(930, 1000)),
        ("reduce_level", Tally.of(930, 1000)),
    ],
)
def test_excused_cases_leave_both_sides_or_count_as_met(treatment, after):
    assert after_excuses(Tally.of(930, 1000), Tally.of(0, 40), ExcuseTreatment(treatment)) == after


def test_where_lower_is_better_an_excused_case_stays_and_is_no_longer_bad():
    after = after_excuses(Tally.of(60, 1000), Tally.of(10, 40), ExcuseTreatment.COUNT_AS_MET, Direction.LOWER)

    assert after == Tally.of(50, 1000)


def test_excused_values_leave_a_percentile():
    assert taken_out(Tally.of(9, 3, values=[2, 3, 4]), Tally.of(3, 1, values=[3])) == Tally.of(6, 2, values=[2, 4])


@pytest.mark.parametrize("part", [Tally.of(1, 9), Tally.of(1, 1, cases=9)])
def test_no_more_can_be_excused_than_was_counted(part):
    with pytest.raises(ValueError, match="More is excused"):
        taken_out(Tally.of(1, 2), part)


@given(COUNTS, COUNTS, COUNTS)
def test_excusing_misses_never_makes_a_period_worse(good, bad, excused):
    assume(good + bad and excused <= bad)
    tally, misses = Tally.of(good, good + bad), Tally.of(0, excused)
    before = WORSE_FIRST.index(status(LIMITS, good, good + bad))

    for treatment in (ExcuseTreatment.BOTH_SIDES, ExcuseTreatment.COUNT_AS_MET):
        after = after_excuses(tally, misses, treatment)
        if after.denominator:
            assert WORSE_FIRST.index(status(LIMITS, after.numerator, after.denominator)) >= before


BERLIN = ZoneInfo("Europe/Berlin")


def test_a_part_of_a_span_is_the_whole_less_what_is_left():
    assert difference(Tally.of(900, 1440), Tally.of(840, 1140)) == Tally.of(60, 300)


def test_an_interval_that_is_cut_in_two_takes_no_case_back():
    assert difference(Tally.of(120, 1), Tally.of(60, 2)) == Tally.of(60, 0)


@pytest.mark.parametrize(
    ("first", "last", "covers"),
    [
        ("03-30 00:00", "03-31 00:00", True),
        ("03-30 00:00", "03-30 23:59", False),
        ("03-30 00:01", "03-31 00:00", False),
    ],
)
def test_hours_cover_a_day_that_they_leave_nothing_of(first, last, covers):
    hours = tuple(instant_of(datetime.fromisoformat(f"2025-{text}"), BERLIN) for text in (first, last))

    assert covers_day(hours, date(2025, 3, 30), BERLIN) is covers


def test_no_hours_are_all_hours():
    assert covers_day(None, date(2025, 3, 30), BERLIN)


@given(dates(date(2000, 1, 1), date(2040, 1, 1)))
def test_every_day_is_covered_by_its_own_span(day):
    assert covers_day(day_span(day, BERLIN), day, BERLIN)
    assert not covers_day(day_span(day, BERLIN), day + timedelta(days=1), BERLIN)


def test_a_time_that_comes_twice_is_the_first_and_as_an_end_the_last():
    local = datetime.fromisoformat("2025-10-26 02:30")

    assert instant_of(local, BERLIN) == datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    assert instant_of(local, BERLIN, is_end=True) == datetime(2025, 10, 26, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("is_end", [False, True])
def test_a_time_that_the_clocks_skip_is_no_instant(is_end):
    with pytest.raises(ValueError, match="clocks in Europe/Berlin skip 2025-03-30 02:30"):
        instant_of(datetime.fromisoformat("2025-03-30 02:30"), BERLIN, is_end=is_end)


def test_a_time_with_an_offset_is_refused():
    with pytest.raises(ValueError, match="has no offset"):
        instant_of(datetime(2025, 3, 30, 2, 30, tzinfo=UTC), BERLIN)


def test_minutes_that_come_up_again_stood_in_the_denominator_alone():
    assert restored(Tally.of(900, 1440), Tally.of(1140, 1440)) == Tally.of(0, 240)


def test_downtime_that_is_not_counted_leaves_with_its_outages():
    assert restored(Tally.of(420, 2), Tally.of(240, 1)) == Tally.of(180, 1)


def test_outages_that_took_nothing_down_leave_nothing():
    assert restored(Tally.of(900, 1440), Tally.of(900, 1440)) == Tally.of(0, 0)


@pytest.mark.parametrize(
    ("after", "lost"), [(Tally.of(1140, 1440, 2), Tally.of(0, 240, 2)), (Tally.of(901, 1440, 2), Tally.of(0, 1, 1))]
)
def test_minutes_that_come_up_again_are_no_more_cases_than_there_were_before(after, lost):
    assert restored(Tally.of(900, 1440, 2), after) == lost


def test_service_time_that_leaves_without_downtime_leaves_as_cases_do():
    assert restored(Tally.of(900, 1440), Tally.of(900, 1200)) == Tally.of(0, 240)
