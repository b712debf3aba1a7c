"""Cases about verdicts, translated into calls of the engine and back."""

from datetime import date
from typing import Any

from sla.bands import Direction, closed_matches
from sla.cases.adapters_core import PERCENT, percent_of
from sla.cases.printing import printed
from sla.cases.registry import Inputs, adapter
from sla.credits.repeats import averages_in_window
from sla.excuses import ExcuseTreatment, after_excuses
from sla.limits import Limits, MissingRule
from sla.rounding import Rounding, RoundingMode
from sla.tallies import Tally, exact
from sla.verdicts import Outcome, Reason, Status, effective_value, judge, restatement_deadline
from sla.volume import LowVolume, LowVolumeRule, least_volume

Outputs = dict[str, Any]


def direction_of(inputs: Inputs) -> Direction:
    """The direction of a case; higher where it names none."""
    return Direction(inputs.get("direction", "higher"))


@adapter("low_volume")
def low_volume(inputs: Inputs) -> Outputs:
    target, cases = inputs["target"], inputs["n"]
    tally = Tally.of(cases - inputs["failures"], cases)
    strict = Limits(expected=target)
    lenient = Limits(expected=target, low_volume=LowVolume(LowVolumeRule.ALLOW_MISSES))
    return {
        "actual": percent_of(tally),
        "n_min": least_volume(target),
        "met_without_rule": judged(strict, tally).status is Status.MET,
        "met_with_one_failure_rule": judged(lenient, tally).status is Status.MET,
    }


def judged(limits: Limits, tally: Tally, *, reported: bool = True) -> Outcome:
    """The outcome of an ended period, measured in percent; a report that is missing is long overdue."""
    value = PERCENT.value(tally)
    return judge(limits, value, tally, reported=reported, ended=True, deemed=not reported, scale=PERCENT.scale)


@adapter("exclusions")
def exclusions(inputs: Inputs) -> Outputs:
    tally = Tally.of(inputs["in_time"], inputs["n"])
    excused = Tally.of(0, inputs["excused_misses"])
    both = after_excuses(tally, excused, ExcuseTreatment.BOTH_SIDES)
    as_met = after_excuses(tally, excused, ExcuseTreatment.COUNT_AS_MET)
    limits = Limits(expected=inputs["target"])
    return {
        "raw": percent_of(tally),
        "remove_from_both": percent_of(both),
        "count_as_met": percent_of(as_met),
        "met": [judged(limits, part).status is Status.MET for part in (tally, both, as_met)],
    }


@adapter("tier_edges")
def tier_edges(inputs: Inputs) -> Outputs:
    edges = [(low, high) for low, high, _ in inputs["ranges"]]
    credits = [credit for _, _, credit in inputs["ranges"]]
    matches = (closed_matches(edges, value) for value in inputs["values"])
    return {"matches": [[credits[place] for place in places] for places in matches]}


@adapter("rolling_avg_trigger")
def rolling_avg_trigger(inputs: Inputs) -> Outputs:
    window, limit = inputs["window"], exact(inputs["below"])
    averages = averages_in_window(inputs["values"], window=window)
    full = [average for average in averages if average is not None]
    return {"averages": [printed(average) for average in full], "event": [average < limit for average in full]}


@adapter("restatement")
def restatement(inputs: Inputs) -> Outputs:
    limits = Limits(expected=inputs["target"], restatement_days=inputs["window_days"], direction=direction_of(inputs))
    period_end = date.fromisoformat(inputs["period_end"])
    effective = effective_value(
        limits,
        exact(inputs["reported"]),
        exact(inputs["restated"]),
        period_end=period_end,
        restated_on=date.fromisoformat(inputs["restated_on"]),
    )
    return {
        "deadline": restatement_deadline(limits, period_end).isoformat(),
        "effective": printed(effective),
        "met": limits.meets(effective, limits.goal),
    }


@adapter("outcome")
def outcome(inputs: Inputs) -> Outputs:
    missing = MissingRule.DEEMED if inputs.get("missing", "fail_minimum") == "fail_minimum" else MissingRule.NEUTRAL
    limits = Limits(
        expected=inputs["expected"], minimum=inputs.get("minimum"), direction=direction_of(inputs), missing=missing
    )
    return {"status": [outcome_word(limits, period) for period in inputs["periods"]]}


def outcome_word(limits: Limits, period: Inputs) -> str:
    """The status of a period, in the words of the cases; one without a denominator was not reported."""
    reported = period.get("den") is not None
    tally = Tally.of(period["num"], period["den"]) if reported else Tally.empty()
    found = judged(limits, tally, reported=reported)
    return "default_minimum" if found.reason is Reason.REPORT_DEEMED else OUTCOME_WORDS[found.status]


OUTCOME_WORDS = {
    Status.MET: "met",
    Status.BELOW_EXPECTED: "missed_expected",
    Status.BREACH: "missed_minimum",
    Status.NOT_REPORTED: "not_reported",
    Status.NO_VOLUME: "no_volume",
}


@adapter("rounding")
def rounding(inputs: Inputs) -> Outputs:
    value, target = exact(inputs["value"]), exact(inputs["target"])
    plain = Limits(expected=target, direction=direction_of(inputs))
    rounded = {
        mode: Limits(expected=target, direction=plain.direction, rounding=Rounding(inputs["decimals"], mode))
        for mode in (RoundingMode.HALF_UP, RoundingMode.DOWN)
    }
    half_up, down = rounded[RoundingMode.HALF_UP], rounded[RoundingMode.DOWN]
    return {
        "unrounded_met": plain.meets(value, target),
        "half_up": printed(half_up.compared(value)),
        "half_up_met": half_up.meets(value, target),
        "truncated": printed(down.compared(value)),
        "truncated_met": down.meets(value, target),
    }
