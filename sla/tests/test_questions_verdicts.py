"""The questions that a clause leaves open, and how the answer to each changes the verdict: sums done by hand."""

from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from sla.bands import Band
from sla.calendars import BusinessCalendar, JoinedCalendar
from sla.credits.repeats import Default, Miss, defaults
from sla.excuses import ExcuseTreatment, after_excuses
from sla.limits import Limits, MissingRule, NoVolumeRule
from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.registry import measure
from sla.periods import PeriodKind, PeriodRule, local_day
from sla.rounding import Rounding, RoundingMode
from sla.tallies import Tally
from sla.verdicts import Status, deemed_on, effective_value, judge
from sla.volume import LowVolume, LowVolumeRule

# 2,400 answered, 2,016 of them in time; 160 abandoned, 70 of them in time, 30 of them short.
CALLS = {"answered": 2400, "answered_in": 2016, "abandoned": 160, "abandoned_in": 70, "abandoned_short": 30}
WEEK = {day: [("09:00", "17:00")] for day in range(5)}
LONDON, MANILA = ZoneInfo("Europe/London"), ZoneInfo("Asia/Manila")


def judged(limits, good, total, **facts):
    tally = Tally.of(good, total)
    value = Fraction(good, total) * 100 if total else None
    return judge(limits, value, tally, **{"reported": True, "ended": True, "scale": Fraction(100), **facts}).status


@pytest.mark.parametrize(
    ("variant", "good", "of"),
    [
        ("strict", 2016, 2560),
        ("no_short", 2016, 2530),
        ("after", 2016, 2490),
        ("credit", 2086, 2560),
        ("answered", 2016, 2400),
        ("credit_short", 2046, 2560),
    ],
)
def test_1_which_variant_the_same_calls_are_counted_by(variant, good, of):
    more = {"short_seconds": 5} if "short" in variant else {}
    level = measure(FeedKind.CONTACTS, Aggregation.SHARE_WITHIN, {"variant": variant, "threshold_seconds": 20, **more})

    assert level.value(level.tally(CALLS)) == Fraction(100 * good, of)


@pytest.mark.parametrize(("equality_meets", "status"), [(True, Status.MET), (False, Status.BREACH)])
def test_2_whether_a_value_equal_to_the_target_meets_it(equality_meets, status):
    assert judged(Limits(expected=95, equality_meets=equality_meets), 190, 200) is status


@pytest.mark.parametrize(
    ("rounding", "status"),
    [
        (None, Status.BREACH),
        (Rounding(1), Status.MET),
        (Rounding(2), Status.BREACH),
        (Rounding(1, RoundingMode.HALF_EVEN), Status.MET),
        (Rounding(1, RoundingMode.DOWN), Status.BREACH),
    ],
)
def test_3_whether_the_value_is_rounded_before_it_is_compared(rounding, status):
    # 1,899 of 2,000 are 94.95 %: 95.0 by halves up and to the even digit, 94.9 cut off.
    assert judged(Limits(expected=95, rounding=rounding), 1899, 2000) is status


@pytest.mark.parametrize(("before_bands", "band"), [(True, "target"), (False, "minor")])
def test_3_whether_it_is_rounded_before_its_band_is_looked_up(before_bands, band):
    bands = (Band("minor", 90, 95), Band("target", 95))
    limits = Limits(expected=95, rounding=Rounding(1, before_bands=before_bands), bands=bands)

    assert limits.band(Fraction("94.95")) == band


@pytest.mark.parametrize(("value", "band"), [("97.99", "serious"), ("98", "minor"), ("98.95", "minor"), ("99", "met")])
def test_4_bands_hold_their_lower_edge_and_leave_nothing_between_them(value, band):
    bands = (Band("serious", None, 98), Band("minor", 98, 99), Band("met", 99))

    assert Limits(expected=99, bands=bands).band(Fraction(value)) == band


@pytest.mark.parametrize(
    ("bands", "sentence"),
    [
        ((Band("minor", 98, Fraction("98.9")), Band("met", 99)), "gap from 98.9 to 99"),
        ((Band("minor", 98, Fraction("99.1")), Band("met", 99)), "overlap from 99 to 99.1"),
    ],
)
def test_4_a_printed_table_with_a_gap_or_an_overlap_is_refused(bands, sentence):
    with pytest.raises(ValueError, match=sentence):
        Limits(expected=99, bands=bands)


@pytest.mark.parametrize(("zone", "month"), [(LONDON, "2025-06"), (MANILA, "2025-07")])
def test_5_in_whose_month_the_last_evening_falls(zone, month):
    moment = datetime(2025, 6, 30, 19, 30, tzinfo=UTC)

    assert PeriodRule(PeriodKind.MONTH).containing(local_day(moment, zone)).label == month


def test_6_whose_holidays_stop_the_clock():
    client = BusinessCalendar(LONDON, WEEK, holidays=frozenset({date(2025, 5, 5)}))
    vendor = BusinessCalendar(LONDON, WEEK, holidays=frozenset({date(2025, 5, 1)}))
    start, end = datetime(2025, 4, 30, tzinfo=UTC), datetime(2025, 5, 7, tzinfo=UTC)
    joined = [JoinedCalendar(client, vendor, both=both) for both in (True, False)]
    hours = [calendar.elapsed_seconds(start, end) / 3600 for calendar in (client, vendor, *joined)]

    # Wednesday to Tuesday are five working days: each calendar closes one, both together two, either of them none.
    assert hours == [32, 32, 24, 40]


@pytest.mark.parametrize(
    ("treatment", "status"),
    [
        (ExcuseTreatment.BOTH_SIDES, Status.BREACH),
        (ExcuseTreatment.COUNT_AS_MET, Status.MET),
        (ExcuseTreatment.REDUCE_LEVEL, Status.BREACH),
    ],
)
def test_7_where_excused_cases_go(treatment, status):
    # 752 of 800, 30 misses excused: 752 of 770 are 97.66 %, 782 of 800 are 97.75 %.
    counted = after_excuses(Tally.of(752, 800), Tally.of(0, 30), treatment)

    assert judged(Limits(expected=Fraction("97.7")), counted.numerator, counted.denominator) is status


def test_7_an_excuse_may_void_the_period():
    assert judged(Limits(expected=95), 1, 100, voided=True) is Status.EXCUSED


@pytest.mark.parametrize(("by", "status"), [(0, Status.BELOW_EXPECTED), (2, Status.BELOW_EXPECTED), (3, Status.MET)])
def test_7_an_excuse_may_lower_the_level(by, status):
    assert judged(Limits(expected=95, minimum=90).reduced(by), 920, 1000) is status


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        (NoVolumeRule.NEUTRAL, Status.NO_VOLUME),
        (NoVolumeRule.MET, Status.MET),
        (NoVolumeRule.MISSED, Status.BREACH),
    ],
)
def test_8_what_a_month_without_a_case_means(rule, status):
    assert judged(Limits(expected=95, no_volume=rule), 0, 0) is status


@pytest.mark.parametrize(
    ("rule", "day", "status"),
    [
        (MissingRule.NEUTRAL, None, Status.NOT_REPORTED),
        (MissingRule.WARN, None, Status.NOT_REPORTED),
        (MissingRule.DEEMED, date(2025, 4, 21), Status.BREACH),
    ],
)
def test_9_what_a_report_that_did_not_come_means(rule, day, status):
    limits = Limits(expected=95, minimum=90, missing=rule, deemed_after_days=10)

    assert deemed_on(limits, date(2025, 4, 10)) == day
    assert judged(limits, 99, 100, reported=False, deemed=day is not None) is status


def test_9_a_report_that_is_only_late_is_judged_when_it_has_come():
    assert judged(Limits(expected=95, missing=MissingRule.DEEMED), 96, 100, deemed=True) is Status.MET


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        (LowVolume(), Status.BREACH),
        (LowVolume(LowVolumeRule.TOO_FEW), Status.TOO_FEW),
        (LowVolume(LowVolumeRule.ALLOW_MISSES), Status.MET),
        (LowVolume(LowVolumeRule.CARRY_OVER), Status.TOO_FEW),
        (LowVolume(LowVolumeRule.COUNT, allowed_misses=0), Status.BREACH),
        (LowVolume(LowVolumeRule.TOO_FEW, min_cases=39), Status.BREACH),
    ],
)
def test_10_what_helps_where_one_miss_alone_fails_the_month(rule, status):
    # 38 of 39 are 97.4 %; at 98 % one miss can only be met among 50 or more.
    assert judged(Limits(expected=98, low_volume=rule), 38, 39) is status


@pytest.mark.parametrize(
    ("rule", "good", "of"),
    [(LowVolumeRule.ROLLING, 116, 120), (LowVolumeRule.CARRY_OVER, 76, 79), (LowVolumeRule.TOO_FEW, 38, 39)],
)
def test_10_which_months_are_judged_together(rule, good, of):
    # 50 are enough at 98 %: 20 and 41 reach them together; the 40 after them wait for the 39 that came last.
    months = [Tally.of(20, 20), Tally.of(40, 41), Tally.of(38, 40), Tally.of(38, 39)]

    assert LowVolume(rule).judged(months, 50) == Tally.of(good, of)


@pytest.mark.parametrize(
    ("restarts", "found"),
    [
        (False, [Default.NONE, Default.NONE, Default.EXPECTED, Default.EXPECTED, Default.MINIMUM]),
        (True, [Default.NONE, Default.NONE, Default.EXPECTED, Default.NONE, Default.MINIMUM]),
    ],
)
def test_11_whether_the_count_of_missed_expectations_starts_anew_after_a_default(restarts, found):
    series = [Miss.BELOW_EXPECTED] * 4 + [Miss.BELOW_MINIMUM]

    assert list(defaults(series, window=12, count=3, restarts=restarts)) == found


@pytest.mark.parametrize(("restated_on", "value"), [(date(2025, 5, 30), 94), (date(2025, 5, 31), 96)])
def test_20_until_when_a_correction_is_taken(restated_on, value):
    limits = Limits(expected=95, restatement_days=60)
    found = effective_value(limits, Fraction(96), Fraction(94), period_end=date(2025, 3, 31), restated_on=restated_on)

    assert found == value
