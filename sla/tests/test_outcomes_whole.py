"""An outcome tells all that its numbers tell, whatever its status; what is refused is refused in a sentence."""

from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from sla.bands import Band, Direction
from sla.budgets import burn_alert, error_budget
from sla.calendars import BusinessCalendar
from sla.control_charts import process_limits, share_chart
from sla.excuses import ExcuseTreatment, after_excuses, taken_out
from sla.limits import Limits, MissingRule, Range
from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.registry import find_recipe
from sla.metrics.workforce import mean_percentage_error
from sla.outlook import Course, Prospect, prospect
from sla.periods import PeriodKind, PeriodRule, fiscal_year, plain_label
from sla.probabilities import chance_of_mean, wilson
from sla.rounding import Rounding, RoundingMode
from sla.tallies import Tally
from sla.verdicts import Reason, Status, judge, short_by_cases
from sla.volume import LowVolume, LowVolumeRule

HUNDRED = Fraction(100)
FEW = Tally.of(7, 10)
BANDS = (Band("low", None, 95), Band("high", 95))


def judged(*, rule=LowVolumeRule.NONE, missing=MissingRule.NEUTRAL, **facts):
    limits = Limits(
        expected=95,
        minimum=60,
        bands=BANDS,
        missing=missing,
        low_volume=LowVolume(rule, min_cases=100, allowed_misses=2),
    )
    return judge(limits, Fraction(70), FEW, **{"reported": True, "ended": True, "scale": HUNDRED, **facts})


@pytest.mark.parametrize(
    ("facts", "status", "reason"),
    [
        ({}, Status.BELOW_EXPECTED, Reason.VALUE),
        ({"in_force": False}, Status.NOT_IN_FORCE, Reason.RAMP_UP),
        ({"in_force": False, "is_part": True}, Status.NOT_IN_FORCE, Reason.PART_PERIOD),
        ({"voided": True}, Status.EXCUSED, Reason.VOIDED),
        ({"reported": False}, Status.NOT_REPORTED, Reason.REPORT_MISSING),
        ({"reported": False, "missing": MissingRule.WARN}, Status.NOT_REPORTED, Reason.REPORT_MISSING_WARNED),
        (
            {"reported": False, "deemed": True, "missing": MissingRule.DEEMED},
            Status.BREACH,
            Reason.REPORT_DEEMED,
        ),
        ({"rule": LowVolumeRule.TOO_FEW}, Status.TOO_FEW, Reason.TOO_FEW_CASES),
        ({"rule": LowVolumeRule.CARRY_OVER}, Status.TOO_FEW, Reason.CARRIED_OVER),
        ({"rule": LowVolumeRule.ALLOW_MISSES}, Status.BELOW_EXPECTED, Reason.VALUE),
        ({"rule": LowVolumeRule.COUNT}, Status.BREACH, Reason.MISSES_COUNTED),
        ({"ended": False}, Status.AT_RISK, Reason.WORSE_THAN_EXPECTED),
        ({"ended": False, "course": Course(12)}, Status.AT_RISK, Reason.WORSE_THAN_EXPECTED),
    ],
)
def test_whatever_its_status_an_outcome_tells_what_the_numbers_tell(facts, status, reason):
    found = judged(**facts)

    assert (found.status, found.reason) == (status, reason)
    assert (found.value, found.compared, found.shortfall, found.band) == (70, 70, 25, "low")
    assert found.short_by_cases == 3


@pytest.mark.parametrize(
    ("expected", "minimum", "status"), [(65, None, Status.ON_TRACK), (90, 85, Status.ALREADY_LOST)]
)
def test_an_open_period_tells_its_numbers_too(expected, minimum, status):
    limits = Limits(expected=expected, minimum=minimum)
    facts = {"reported": True, "ended": False, "scale": HUNDRED, "course": Course(15)}

    found = judge(limits, Fraction(70), FEW, **facts)
    assert (found.status, found.value, found.compared) == (status, 70, 70)
    assert found.short_by_cases == (0 if expected == 65 else 2)


@pytest.mark.parametrize(
    ("limits", "good", "total", "short"),
    [
        (Limits(expected=80), 8, 10, 0),
        (Limits(expected=80), 7, 10, 1),
        (Limits(expected=80, equality_meets=False), 8, 10, 1),
        (Limits(expected=80, equality_meets=False), 7, 10, 2),
        (Limits(expected=85, equality_meets=False), 7, 10, 2),
        (Limits(expected=85), 7, 10, 2),
        (Limits(expected=100), 9, 10, 1),
        (Limits(expected=100, equality_meets=False), 10, 10, None),
        (Limits(expected=20, direction=Direction.LOWER), 3, 10, 1),
        (Limits(expected=20, direction=Direction.LOWER), 5, 10, 3),
        (Limits(expected=0, direction=Direction.LOWER), 2, 10, 2),
        (Limits(expected=80, rounding=Rounding(0)), 159, 200, 0),
        (Limits(expected=80, rounding=Rounding(0)), 158, 200, 1),
        (Limits(expected=80, rounding=Rounding(0)), 100, 200, 59),
    ],
)
def test_the_fewest_cases_that_were_missing(limits, good, total, short):
    assert short_by_cases(limits, Tally.of(good, total), HUNDRED) == short


@pytest.mark.parametrize(
    ("direction", "numerator", "found"),
    [(Direction.LOWER, 0, Prospect.OPEN), (Direction.LOWER, 1, Prospect.LOST), (Direction.HIGHER, 10, Prospect.OPEN)],
)
def test_without_a_forecast_a_level_that_bears_no_miss_is_lost_by_the_first(direction, numerator, found):
    limits = Limits(expected=0 if direction is Direction.LOWER else 100, direction=direction)

    assert prospect(limits, Fraction(numerator * 10), Tally.of(numerator, 10), HUNDRED, Course()) is found


def test_nothing_is_certain_of_a_share_above_one():
    assert prospect(Limits(expected=100), Fraction(110), Tally.of(11, 10), HUNDRED, Course()) is Prospect.OPEN
    assert prospect(Limits(expected=100), Fraction(0), Tally.empty(), HUNDRED, Course()) is Prospect.OPEN


def test_a_band_keeps_one_of_its_edges_and_leaves_the_other():
    band = Band("middle", 10, 20)

    assert [band.holds(Fraction(value), Direction.HIGHER) for value in (10, 15, 20)] == [True, True, False]
    assert [band.holds(Fraction(value), Direction.LOWER) for value in (10, 15, 20)] == [False, True, True]


@pytest.mark.parametrize(("value", "rounded"), [("0.5", 0), ("1.5", 2), ("2.5", 2), ("3.5", 4), ("4.5", 4), ("7.5", 8)])
def test_half_even_goes_to_the_even_neighbour(value, rounded):
    assert Rounding(0, RoundingMode.HALF_EVEN).apply(Fraction(value)) == rounded


def test_everything_counted_may_be_excused_and_values_stay_where_cases_count_as_met():
    whole = Tally.of(1, 2, values=(3, 4))

    assert taken_out(whole, whole) == Tally.empty()
    assert after_excuses(whole, Tally.of(0, 1), ExcuseTreatment.COUNT_AS_MET) == Tally.of(2, 2, values=(3, 4))


def test_a_level_may_be_reduced_by_nothing():
    assert Limits(expected=95).reduced(0) == Limits(expected=Fraction(95))


def test_values_on_the_natural_limits_are_no_signals():
    limits = process_limits([Fraction(19, 2), Fraction(21, 2)])

    assert limits.signals([limits.lower, limits.upper]) == []
    assert limits.range_signals([0, limits.range_limit]) == []


def test_a_shift_begins_with_the_first_value_on_a_side_and_ends_on_the_mean():
    limits = process_limits([Fraction(-1, 2), Fraction(1, 2)])

    assert limits.shifts([1] * 7) == []
    assert limits.shifts([1] * 8) == [7]
    assert limits.shifts([-1] * 8) == [7]
    assert limits.shifts([1] * 7 + [0] + [1] * 7) == []
    assert limits.shifts([0] * 9) == []


def test_a_chart_of_shares_takes_periods_of_one_case():
    assert share_chart([1, 0], [1, 1]).mean == Fraction(1, 2)


def test_budgets_may_allow_everything_and_hold_nothing():
    assert error_budget(0, 0).misses == 0
    assert error_budget(Fraction(1, 2), 1).misses == Fraction(199, 200)
    assert error_budget(90, 100, misses=5, days=1).days_left == 1


def test_a_chance_needs_no_more_than_one_value_on_either_side_and_a_small_spread():
    small = {"required": 1.0, "mean": 1.0, "deviation": 0.5, "counted": 1, "remaining": 1}

    assert chance_of_mean(**small, lower_is_better=True).chance == 0.5


def test_wilson_s_interval_stays_within_0_and_1_and_is_the_one_of_95_percent():
    assert wilson(10, 10)[1] == 1
    assert wilson(0, 10)[0] == 0
    assert wilson(96, 100) == wilson(96, 100, 1.96)


def test_quarters_are_named_after_their_months():
    names = [plain_label(PeriodKind.QUARTER, date(2025, month, 1))[-2:] for month in (1, 3, 4, 6, 7, 9, 10, 12)]

    assert names == ["Q1", "Q1", "Q2", "Q2", "Q3", "Q3", "Q4", "Q4"]


def test_a_fiscal_year_s_periods_are_of_its_kind_and_the_first_can_be_named():
    assert {period.kind for period in fiscal_year(PeriodKind.P454, date(2025, 1, 6), 53, 2025)} == {PeriodKind.P454}
    july = PeriodRule(PeriodKind.P445, date(2024, 7, 1))
    assert july.parse("F2025-P01").start == date(2024, 7, 1)
    assert july.containing(date(2024, 7, 1)).label == "F2025-P01"


@pytest.mark.parametrize("label", ["２０２５-01", "2025-1", " 2025-01"])
def test_labels_are_written_in_plain_digits(label):
    with pytest.raises(ValueError, match="does not name a period"):
        PeriodRule(PeriodKind.MONTH).parse(label)


def test_days_of_receipt_are_those_of_the_calendar_s_zone():
    tokyo = BusinessCalendar(ZoneInfo("Asia/Tokyo"), {day: [("00:00", "24:00")] for day in (0, 1)})

    assert tokyo.receipt_day(datetime(2025, 6, 1, 16, tzinfo=UTC)) == date(2025, 6, 2)
    assert tokyo.close_of(date(2025, 6, 2)) == datetime(2025, 6, 2, 15, tzinfo=UTC)
    assert tokyo.close_of(date(2025, 6, 4)) == datetime(2025, 6, 4, 15, tzinfo=UTC)
    assert tokyo.receipt_day(datetime(2025, 6, 4, 3, tzinfo=UTC)) == date(2025, 6, 9)


def test_forecasts_and_actuals_come_in_pairs():
    with pytest.raises(ValueError, match="zip"):
        mean_percentage_error([1, 2], [1])


SENTENCES = [
    (
        lambda: find_recipe(FeedKind.DOWNTIME, Aggregation.INDEX),
        "A feed of kind 'downtime' has no measure of kind 'index'.",
    ),
    (lambda: error_budget(101, 1), "A budget needs an expected percentage from 0 to 100, and no negative volume."),
    (lambda: burn_alert(0, 1, 1), "A burn alert needs a positive share, window and period."),
    (lambda: process_limits([1]), "Process limits need at least two values."),
    (lambda: share_chart([1], [2]), "A chart of shares needs at least two periods with cases."),
    (lambda: share_chart([0, 0], [2, 2]), "A chart of shares needs cases of both kinds."),
    (lambda: Course(-1), "A forecast volume cannot be negative."),
    (lambda: Limits(expected=9).reduced(-1), "A level can be reduced, never raised, by an excuse."),
    (
        lambda: Limits(direction=Direction.RANGE, expected_range=Range(1, 2)).reduced(1),
        "A range cannot be reduced; excuse its cases instead.",
    ),
    (
        lambda: chance_of_mean(required=1, mean=1, deviation=0, counted=1, remaining=1, lower_is_better=True),
        "A chance needs a positive deviation, values so far, and values to come.",
    ),
    (
        lambda: plain_label(PeriodKind.P445, date(2025, 1, 1)),
        "a fiscal period is named by its rule, because its start alone does not say its number",
    ),
]


@pytest.mark.parametrize(("attempt", "sentence"), SENTENCES)
def test_nonsense_is_refused_in_this_sentence(attempt, sentence):
    with pytest.raises(ValueError) as said:  # noqa: PT011 - the whole sentence is compared
        attempt()
    assert str(said.value) == sentence


@pytest.mark.parametrize(("late", "short"), [(5, 0), (8, 3), (9, 4), (60, 55)])
def test_where_lower_is_better_the_fewest_cases_are_found_among_rounded_values(late, short):
    limits = Limits(expected=5, direction=Direction.LOWER, rounding=Rounding(1))

    assert short_by_cases(limits, Tally.of(late, 100), HUNDRED) == short


def test_no_number_of_cases_gets_below_nothing():
    limits = Limits(expected=0, direction=Direction.LOWER, equality_meets=False)

    assert short_by_cases(limits, Tally.of(3, 100), HUNDRED) is None


def test_a_forecast_makes_nothing_certain_of_a_share_above_one():
    limits = Limits(expected=50, direction=Direction.LOWER)

    assert prospect(limits, Fraction(110), Tally.of(11, 10), HUNDRED, Course(20)) is Prospect.OPEN
