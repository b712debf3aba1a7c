"""Statuses of ended and of open periods, and why they are what they are."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sla.bands import Band, Direction
from sla.limits import Limits, MissingRule, NoVolumeRule, Range
from sla.outlook import Course
from sla.rounding import Rounding, RoundingMode
from sla.tallies import Tally
from sla.verdicts import (
    Reason,
    Status,
    deemed_on,
    effective_value,
    in_ramp_up,
    judge,
    restatement_deadline,
    short_by_cases,
)

HUNDRED = Fraction(100)
LIMITS = Limits(expected=95, minimum=90)
LOWER = Limits(expected=5, minimum=8, direction=Direction.LOWER)
WORSE_FIRST = [Status.BREACH, Status.BELOW_EXPECTED, Status.MET]
COUNTS = st.integers(0, 400)


def outcome(limits, good, total, **more):
    tally = Tally.of(good, total)
    value = tally.numerator / tally.denominator * 100 if tally.denominator else None
    facts = {"reported": True, "ended": True, "scale": HUNDRED, **more}
    facts["course"] = Course(facts.pop("forecast", None))
    return judge(limits, value, tally, **facts)


def status(limits, good, total, **more):
    return outcome(limits, good, total, **more).status


@pytest.mark.parametrize(("good", "expected"), [(960, "met"), (950, "met"), (930, "below_expected"), (890, "breach")])
def test_an_ended_period_is_judged_by_its_value(good, expected):
    found = outcome(LIMITS, good, 1000)

    assert (found.status, found.reason, found.value) == (expected, Reason.VALUE, Fraction(good, 10))


def test_an_outcome_tells_what_was_missing():
    found = outcome(Limits(expected=95, minimum=90, bands=(Band("low", None, 95), Band("high", 95))), 930, 1000)

    assert (found.compared, found.shortfall, found.short_by_cases, found.band) == (93, 2, 20, "low")


def test_the_compared_value_is_the_rounded_one():
    found = outcome(Limits(expected=95, rounding=Rounding(0)), 9451, 10_000)

    assert (found.value, found.compared, found.status) == (Fraction("94.51"), 95, Status.MET)


def test_a_missing_report_is_never_met():
    assert outcome(LIMITS, 1000, 1000, reported=False).reason is Reason.REPORT_MISSING
    assert status(LIMITS, 0, 0, reported=False) is Status.NOT_REPORTED
    warned = outcome(Limits(expected=95, missing=MissingRule.WARN), 1000, 1000, reported=False)
    assert (warned.status, warned.reason) == (Status.NOT_REPORTED, Reason.REPORT_MISSING_WARNED)


def test_a_missing_report_is_a_breach_where_the_clause_deems_it_one():
    deeming = Limits(expected=95, missing=MissingRule.DEEMED)

    assert outcome(deeming, 0, 0, reported=False, deemed=True).reason is Reason.REPORT_DEEMED
    assert status(deeming, 1000, 1000, reported=False, deemed=True) is Status.BREACH
    assert status(deeming, 1000, 1000, reported=False) is Status.NOT_REPORTED
    assert status(LIMITS, 1000, 1000, reported=False, deemed=True) is Status.NOT_REPORTED


def test_a_report_that_is_not_yet_due_is_not_missing():
    assert status(LIMITS, 99, 100, reported=False, ended=False) is Status.ON_TRACK


@pytest.mark.parametrize(("rule", "expected"), [("neutral", "no_volume"), ("met", "met"), ("missed", "breach")])
def test_a_period_without_cases(rule, expected):
    found = outcome(Limits(expected=95, no_volume=NoVolumeRule(rule)), 0, 0)

    assert (found.status, found.reason, found.value) == (expected, Reason.NOTHING_TO_COUNT, None)


def test_an_open_period_without_cases_is_not_judged():
    assert status(Limits(expected=95, no_volume=NoVolumeRule.MET), 0, 0, ended=False) is Status.NO_VOLUME


def test_where_all_is_excused_the_period_is_excused():
    found = outcome(LIMITS, 0, 0, all_excused=True)

    assert (found.status, found.reason) == (Status.EXCUSED, Reason.ALL_EXCUSED)


def test_a_voided_period_is_excused_and_still_shows_its_value():
    found = outcome(LIMITS, 50, 100, voided=True)

    assert (found.status, found.reason, found.value) == (Status.EXCUSED, Reason.VOIDED, 50)


def test_a_ramp_up_has_no_consequences():
    found = outcome(LIMITS, 50, 100, in_force=False, reported=False)

    assert (found.status, found.reason) == (Status.NOT_IN_FORCE, Reason.RAMP_UP)
    assert in_ramp_up(date(2025, 1, 31), date(2025, 2, 1))
    assert not in_ramp_up(date(2025, 2, 1), date(2025, 2, 1))
    assert not in_ramp_up(date(2025, 2, 1), None)


@given(COUNTS, COUNTS, COUNTS)
def test_a_better_period_never_gets_a_worse_status(total, one, other):
    assume(total and one <= total and other <= total)
    worse, better = sorted([one, other])
    in_order = [WORSE_FIRST.index(status(LIMITS, good, total)) for good in (worse, better)]

    assert in_order == sorted(in_order)


@given(COUNTS, COUNTS, st.sampled_from(MissingRule), st.booleans())
def test_deleting_a_report_never_improves_a_status(good, total, missing, deemed):
    assume(good <= total)
    limits = Limits(expected=95, minimum=90, missing=missing)
    lost = outcome(limits, 0, 0, reported=False, deemed=deemed).status

    assert lost in (Status.NOT_REPORTED, Status.BREACH)
    assert status(limits, good, total, reported=False, deemed=deemed) is lost


@given(COUNTS, COUNTS, st.sampled_from([None, Rounding(1), Rounding(0, RoundingMode.DOWN)]), st.booleans())
def test_so_many_more_good_cases_would_have_met_and_fewer_would_not(good, total, rounding, equality):
    assume(good <= total and total)
    limits = Limits(expected=95, rounding=rounding, equality_meets=equality)
    short = short_by_cases(limits, Tally.of(good, total), HUNDRED)

    assert short is not None
    assert status(limits, good + short, total) is Status.MET
    assert short == 0 or status(limits, good + short - 1, total) is Status.BREACH


@given(COUNTS, COUNTS)
def test_so_many_fewer_bad_cases_would_have_met_where_lower_is_better(bad, total):
    assume(bad <= total and total)
    short = short_by_cases(LOWER, Tally.of(bad, total), HUNDRED)

    assert short is not None
    assert status(LOWER, bad - short, total) is Status.MET
    assert short == 0 or status(LOWER, bad - short + 1, total) is not Status.MET


def test_where_even_perfection_would_not_do_no_number_of_cases_is_short():
    assert short_by_cases(Limits(expected=100, equality_meets=False), Tally.of(1, 2), HUNDRED) is None
    assert short_by_cases(LIMITS, Tally.empty(), HUNDRED) is None
    ranged = Limits(direction=Direction.RANGE, expected_range=Range(1, 2))
    assert short_by_cases(ranged, Tally.of(1, 2), HUNDRED) is None
    assert outcome(LIMITS, 1, 2, scale=None).short_by_cases is None


@pytest.mark.parametrize(
    ("good", "total", "forecast", "expected", "reason"),
    [
        (96, 100, None, "on_track", "value"),
        (93, 100, None, "at_risk", "worse_than_expected"),
        (80, 100, None, "at_risk", "worse_than_minimum"),
        (80, 100, 1000, "at_risk", "worse_than_minimum"),
        (80, 100, 200, "at_risk", "worse_than_minimum"),
        (80, 100, 199, "already_lost", "out_of_reach"),
        (80, 100, 90, "at_risk", "worse_than_minimum"),
    ],
)
def test_an_open_period_is_on_track_at_risk_or_already_lost(good, total, forecast, expected, reason):
    found = outcome(LIMITS, good, total, ended=False, forecast=forecast)

    assert (found.status, found.reason) == (expected, reason)


@given(COUNTS, COUNTS, st.integers(0, 400), st.integers(0, 400), st.sampled_from([LIMITS, Limits(expected=95), LOWER]))
def test_what_is_already_lost_ends_in_a_breach_whatever_comes(good, total, more_good, more_bad, limits):
    assume(good <= total and total)
    forecast = total + more_good + more_bad
    so_far = status(limits, good, total, ended=False, forecast=forecast)
    at_the_end = status(limits, good + more_good, forecast)

    assert so_far is not Status.ALREADY_LOST or at_the_end is Status.BREACH


def test_without_a_forecast_only_perfection_can_be_lost():
    perfect = Limits(expected=100)

    assert status(perfect, 9, 10, ended=False) is Status.ALREADY_LOST
    assert status(perfect, 10, 10, ended=False) is Status.ON_TRACK
    assert status(Limits(expected=0, direction=Direction.LOWER), 1, 10, ended=False) is Status.ALREADY_LOST
    assert status(Limits(expected=Decimal("99.9")), 1, 10, ended=False) is Status.AT_RISK
    assert status(Limits(expected=100, rounding=Rounding(0)), 1, 10, ended=False) is Status.AT_RISK


def test_a_ratio_that_is_no_share_of_cases_is_never_lost():
    per_hour = Limits(expected=9000)

    assert status(per_hour, 80, 100, ended=False, forecast=200) is Status.AT_RISK
    assert status(Limits(expected=95), 180, 100, ended=False, forecast=200) is Status.ON_TRACK
    ranged = Limits(direction=Direction.RANGE, expected_range=Range(80, 90))
    assert status(ranged, 10, 100, ended=False, forecast=101) is Status.AT_RISK
    assert status(LIMITS, 10, 100, ended=False, scale=None, forecast=101) is Status.AT_RISK


def counted(limits, count, **more):
    course = Course(grows=True, **more)
    return judge(limits, Fraction(count), Tally.of(count, 0), reported=True, ended=False, course=course).status


def test_a_count_is_judged_by_its_pace():
    sales, outages = Limits(expected=1000), Limits(expected=4, direction=Direction.LOWER)
    quarter = Fraction(1, 4)

    assert counted(sales, 250, elapsed=quarter) is Status.ON_TRACK
    assert counted(sales, 249, elapsed=quarter) is Status.AT_RISK
    assert counted(sales, 249) is Status.AT_RISK
    assert counted(outages, 1, elapsed=quarter) is Status.ON_TRACK
    assert counted(outages, 2, elapsed=quarter) is Status.AT_RISK
    assert counted(outages, 2) is Status.ON_TRACK
    assert counted(outages, 5, elapsed=quarter) is Status.ALREADY_LOST


@pytest.mark.parametrize("elapsed", [0, Fraction(5, 4)])
def test_a_share_of_a_period_lies_above_0_and_up_to_1(elapsed):
    with pytest.raises(ValueError, match="above 0 and up to 1"):
        counted(LIMITS, 1, elapsed=Fraction(elapsed))


def test_a_forecast_cannot_be_negative():
    with pytest.raises(ValueError, match="cannot be negative"):
        Course(forecast=-1)


def test_a_missing_report_is_deemed_a_miss_after_its_days():
    limits = Limits(expected=95, missing=MissingRule.DEEMED, deemed_after_days=5)

    assert deemed_on(limits, date(2025, 2, 10)) == date(2025, 2, 16)
    assert deemed_on(Limits(expected=95), date(2025, 2, 10)) is None


def test_a_correction_counts_until_its_deadline():
    limits = Limits(expected=95, restatement_days=60)
    end, last_day = date(2025, 3, 31), date(2025, 5, 30)
    values = Fraction(95), Fraction(94)

    assert restatement_deadline(limits, end) == last_day
    assert effective_value(limits, *values, period_end=end, restated_on=last_day) == 94
    assert effective_value(limits, *values, period_end=end, restated_on=date(2025, 5, 31)) == 95


@pytest.mark.parametrize("ended", [True, False])
def test_a_value_without_a_target_is_neither_met_nor_missed(ended):
    found = outcome(Limits(is_reported_only=True), 12, 100, ended=ended)

    assert (found.status, found.value, found.shortfall, found.band) == (Status.NO_TARGET, Fraction(12), None, None)


def test_a_missing_report_is_missing_without_a_target_too():
    assert status(Limits(is_reported_only=True), 12, 100, reported=False) is Status.NOT_REPORTED
