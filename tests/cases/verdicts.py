"""Cases about verdicts."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from sla.bands import Direction, closed_matches
from sla.credits.repeats import averages_in_window
from sla.excuses import ExcuseTreatment, after_excuses
from sla.limits import Limits, MissingRule
from sla.money import Number
from sla.rounding import Rounding, RoundingMode
from sla.tallies import Tally, exact
from sla.verdicts import Outcome, Reason, Status, effective_value, judge, restatement_deadline
from sla.volume import LowVolume, LowVolumeRule, least_volume
from tests.cases.comparison import printed
from tests.cases.kinds import Outputs, kind
from tests.cases.measures import PERCENT, percent_of

OUTCOME_WORDS = {
    Status.MET: "met",
    Status.BELOW_EXPECTED: "missed_expected",
    Status.BREACH: "missed_minimum",
    Status.NOT_REPORTED: "not_reported",
    Status.NO_VOLUME: "no_volume",
}


def judged(limits: Limits, tally: Tally, *, reported: bool = True) -> Outcome:
    """Return the outcome of an ended period, measured in percent; a report that is missing is long overdue."""
    value = PERCENT.value(tally)
    return judge(limits, value, tally, reported=reported, ended=True, deemed=not reported, scale=PERCENT.scale)


@kind
def low_volume(n: int, failures: int, target: Number) -> Outputs:
    tally = Tally.of(n - failures, n)
    lenient = Limits(expected=target, low_volume=LowVolume(LowVolumeRule.ALLOW_MISSES))
    return {
        "actual": percent_of(tally),
        "n_min": least_volume(target),
        "met_without_rule": judged(Limits(expected=target), tally).status is Status.MET,
        "met_with_one_failure_rule": judged(lenient, tally).status is Status.MET,
    }


@kind
def exclusions(n: int, in_time: int, excused_misses: int, target: Number) -> Outputs:
    tally, excused = Tally.of(in_time, n), Tally.of(0, excused_misses)
    both = after_excuses(tally, excused, ExcuseTreatment.BOTH_SIDES)
    as_met = after_excuses(tally, excused, ExcuseTreatment.COUNT_AS_MET)
    limits = Limits(expected=target)
    return {
        "raw": percent_of(tally),
        "remove_from_both": percent_of(both),
        "count_as_met": percent_of(as_met),
        "met": [judged(limits, part).status is Status.MET for part in (tally, both, as_met)],
    }


@kind
def tier_edges(ranges: list[tuple[Number, Number, Number]], values: list[Number]) -> Outputs:
    edges = [(low, high) for low, high, _ in ranges]
    return {"matches": [[ranges[place][2] for place in closed_matches(edges, value)] for value in values]}


@kind
def rolling_avg_trigger(values: list[Number], window: int, below: Number) -> Outputs:
    averages = [average for average in averages_in_window(values, window=window) if average is not None]
    return {"averages": [printed(average) for average in averages], "event": [average < below for average in averages]}


@kind
def restatement(
    period_end: date,
    window_days: int,
    restated_on: date,
    reported: Number,
    restated: Number,
    target: Number,
    direction: Direction = Direction.HIGHER,
) -> Outputs:
    limits = Limits(expected=target, restatement_days=window_days, direction=direction)
    effective = effective_value(
        limits, exact(reported), exact(restated), period_end=period_end, restated_on=restated_on
    )
    return {
        "deadline": restatement_deadline(limits, period_end).isoformat(),
        "effective": printed(effective),
        "met": limits.meets(effective, limits.goal),
    }


@dataclass(frozen=True, slots=True)
class Report:
    """What was reported for a period; one without a denominator was not reported."""

    den: int | None
    num: int = 0


@kind
def outcome(
    expected: Number,
    periods: list[Report],
    minimum: Number | None = None,
    direction: Direction = Direction.HIGHER,
    missing: Literal["fail_minimum", "neutral"] = "fail_minimum",
) -> Outputs:
    rule = MissingRule.DEEMED if missing == "fail_minimum" else MissingRule.NEUTRAL
    limits = Limits(expected=expected, minimum=minimum, direction=direction, missing=rule)
    return {"status": [outcome_word(limits, period) for period in periods]}


def outcome_word(limits: Limits, period: Report) -> str:
    """Return the status of a period in the words of the cases."""
    if period.den is None:
        found = judged(limits, Tally.empty(), reported=False)
    else:
        found = judged(limits, Tally.of(period.num, period.den))
    return "default_minimum" if found.reason is Reason.REPORT_DEEMED else OUTCOME_WORDS[found.status]


@kind
def rounding(value: Number, target: Number, decimals: int, direction: Direction = Direction.HIGHER) -> Outputs:
    exactly, half_up, down = (
        Limits(expected=target, direction=direction, rounding=rule)
        for rule in (None, Rounding(decimals, RoundingMode.HALF_UP), Rounding(decimals, RoundingMode.DOWN))
    )
    measured = exact(value)
    return {
        "unrounded_met": exactly.meets(measured, exact(target)),
        "half_up": printed(half_up.compared(measured)),
        "half_up_met": half_up.meets(measured, exact(target)),
        "truncated": printed(down.compared(measured)),
        "truncated_met": down.meets(measured, exact(target)),
    }
