"""Statuses of ended and of open periods, and why they are what they are."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sla.bands import Band, Direction
from sla.excuses import ExcuseTreatment, after_excuses, taken_out
from sla.limits import Limits, MissingRule, NoVolumeRule, Range
from sla.outlook import Forecast
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
from sla.volume import LowVolume, LowVolumeRule, carried_over, least_volume, misses_allowed

HUNDRED = Fraction(100)
LIMITS = Limits(expected=95, minimum=90)
LOWER = Limits(expected=5, minimum=8, direction=Direction.LOWER)
WORSE_FIRST = [Status.BREACH, Status.BELOW_EXPECTED, Status.MET]
COUNTS = st.integers(0, 400)


def outcome(limits, good, total, **more):
    tally = Tally.of(good, total)
    value = tally.numerator / tally.denominator * 100 if tally.denominator else None
    facts = {"reported": True, "ended": True, "scale": HUNDRED, **more}
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


def relief(rule, **more):
    return Limits(expected=95, minimum=80, low_volume=LowVolume(rule, **more))


@pytest.mark.parametrize(
    ("limits", "good", "total", "expected", "reason"),
    [
        (relief(LowVolumeRule.NONE), 11, 12, "below_expected", "value"),
        (relief(LowVolumeRule.TOO_FEW), 11, 12, "too_few", "too_few_cases"),
        (relief(LowVolumeRule.TOO_FEW), 18, 20, "below_expected", "value"),
        (relief(LowVolumeRule.TOO_FEW, min_cases=10), 11, 12, "below_expected", "value"),
        (relief(LowVolumeRule.ALLOW_MISSES), 11, 12, "met", "misses_allowed"),
        (relief(LowVolumeRule.ALLOW_MISSES), 10, 12, "below_expected", "value"),
        (relief(LowVolumeRule.ALLOW_MISSES, allowed_misses=2), 10, 12, "met", "misses_allowed"),
        (relief(LowVolumeRule.COUNT), 11, 12, "met", "misses_counted"),
        (relief(LowVolumeRule.COUNT), 10, 12, "breach", "misses_counted"),
        (relief(LowVolumeRule.CARRY_OVER), 11, 12, "too_few", "carried_over"),
        (relief(LowVolumeRule.ROLLING), 11, 12, "below_expected", "value"),
    ],
)
def test_cures_for_low_volume(limits, good, total, expected, reason):
    found = outcome(limits, good, total)

    assert (found.status, found.reason) == (expected, reason)


def test_misses_cannot_be_counted_where_the_value_is_no_share():
    assert status(relief(LowVolumeRule.COUNT), 11, 12, scale=None) is Status.BELOW_EXPECTED


def test_the_fewest_misses_are_those_of_the_numerator_where_lower_is_better():
    limits = Limits(expected=5, direction=Direction.LOWER, low_volume=LowVolume(LowVolumeRule.ALLOW_MISSES))

    assert status(limits, 1, 12) is Status.MET
    assert status(limits, 2, 12) is Status.BREACH


def test_periods_that_look_back_are_judged_together():
    tallies = [Tally.of(9, 10), Tally.of(8, 8), Tally.of(11, 12), Tally.of(5, 6)]
    carry, roll = LowVolume(LowVolumeRule.CARRY_OVER), LowVolume(LowVolumeRule.ROLLING, periods=3)

    assert [rule.looks_back() for rule in (carry, roll, LowVolume())] == [True, True, False]
    assert roll.judged(tallies, 20) == Tally.of(24, 26)
    assert roll.judged(tallies, 6) == tallies[-1]
    assert carry.judged(tallies[:3], 20) == Tally.of(28, 30)
    assert carry.judged(tallies, 20) == Tally.of(5, 6)
    assert LowVolume().judged(tallies, 20) == tallies[-1]


def test_what_was_carried_over_is_carried_until_there_are_enough_cases():
    tallies = [Tally.of(1, 2), Tally.of(2, 2), Tally.of(3, 3)]

    assert [carried_over(tallies[:number], 4).cases for number in (1, 2, 3)] == [2, 4, 3]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"min_cases": 0}, "at least 1, got 0"),
        ({"allowed_misses": -1}, "cannot be fewer than none, got -1"),
        ({"periods": 1}, "joins at least 2 periods, got 1"),
    ],
)
def test_senseless_rules_for_low_volume_are_refused(fields, sentence):
    with pytest.raises(ValueError, match=sentence):
        LowVolume(LowVolumeRule.TOO_FEW, **fields)


@pytest.mark.parametrize(
    ("expected", "direction", "least"),
    [("95", "higher", 20), ("98.5", "higher", 67), ("99.9", "higher", 1000), ("100", "higher", 1), ("5", "lower", 20)],
)
def test_the_least_volume_at_which_one_miss_can_be_met(expected, direction, least):
    assert least_volume(Decimal(expected), Direction(direction)) == least


@given(st.integers(1, 3000), st.decimals(50, 99, places=2))
def test_the_misses_allowed_are_the_most_that_still_meet(cases, expected):
    allowed = misses_allowed(cases, expected)
    limits = Limits(expected=expected)

    assert status(limits, cases - allowed, cases) is Status.MET
    assert status(limits, cases - allowed - 1, cases) is Status.BREACH


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
    found = outcome(LIMITS, good, total, ended=False, forecast=None if forecast is None else Forecast(forecast))

    assert (found.status, found.reason) == (expected, reason)


@given(COUNTS, COUNTS, st.integers(0, 400), st.integers(0, 400), st.sampled_from([LIMITS, Limits(expected=95), LOWER]))
def test_what_is_already_lost_ends_in_a_breach_whatever_comes(good, total, more_good, more_bad, limits):
    assume(good <= total and total)
    forecast = total + more_good + more_bad
    so_far = status(limits, good, total, ended=False, forecast=Forecast(forecast))
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

    assert status(per_hour, 80, 100, ended=False, forecast=Forecast(200)) is Status.AT_RISK
    assert status(Limits(expected=95), 180, 100, ended=False, forecast=Forecast(200)) is Status.ON_TRACK
    ranged = Limits(direction=Direction.RANGE, expected_range=Range(80, 90))
    assert status(ranged, 10, 100, ended=False, forecast=Forecast(101)) is Status.AT_RISK
    assert status(LIMITS, 10, 100, ended=False, scale=None, forecast=Forecast(101)) is Status.AT_RISK


def counted(limits, count, **more):
    return judge(limits, Fraction(count), Tally.of(count, 0), reported=True, ended=False, grows=True, **more).status


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
        Forecast(-1)


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


def test_the_least_sensible_rules_for_low_volume_are_taken():
    strict = LowVolume(LowVolumeRule.ALLOW_MISSES, min_cases=1, allowed_misses=0, periods=2)

    assert status(Limits(expected=95, low_volume=strict), 11, 12) is Status.BREACH
    assert LowVolume().periods == 3


def test_no_number_of_cases_bears_a_miss_where_none_is_allowed():
    assert least_volume(100) == least_volume(0, Direction.LOWER) == 1
    assert least_volume(0) == 1


def test_a_rolling_measure_joins_no_more_periods_than_it_says():
    tallies = [Tally.of(1, 2), Tally.of(2, 3), Tally.of(3, 4)]

    assert LowVolume(LowVolumeRule.ROLLING, periods=2).judged(tallies, 20) == Tally.of(5, 7)
    assert LowVolume(LowVolumeRule.ROLLING, periods=2).judged([*tallies, Tally.of(30, 30)], 20) == Tally.of(30, 30)
    assert LowVolume(LowVolumeRule.ROLLING, periods=2).judged([Tally.of(90, 99), *tallies], 20) == Tally.of(5, 7)
