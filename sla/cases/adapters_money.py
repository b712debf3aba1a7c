"""Cases about credits, translated into calls of the engine and back.

Amounts are given with two decimals, percentages, rates and indices with four unless a file shows more.
"""

from collections.abc import Iterable
from typing import Any

from sla.cases.adapters_fees import Outputs
from sla.cases.printing import money, printed
from sla.cases.reading import says_whole
from sla.cases.registry import Inputs, adapter
from sla.credits.at_risk import AtRisk, RollingCap, allocation_faults
from sla.credits.credit import Credit
from sla.credits.earnback import Average, CleanRun, YearAverage
from sla.credits.events import failure_blocks, late_credit, persistent_credit, product_of
from sla.credits.improvement import baseline, capped_increase, halfway, improvement_ceiling
from sla.credits.points import Band, SeverityTable, StepTable, points_credit, service_points
from sla.credits.repeats import Miss, Multiplier, StandingDiscount, defaults
from sla.credits.scorecards import Entry, ScoreBand, Scorecard
from sla.credits.statement import Claim, statement
from sla.credits.steps import LinearCredit, StepCredit, TierCredit, uptime
from sla.credits.terms import CreditTerms, FreeMisses, SameIncident
from sla.credits.triggers import FailureCount, PointsInWindow
from sla.credits.weights import Weight, weighted_credit
from sla.money import Number, total


def failed(marks: Iterable[int | None]) -> list[bool | None]:
    """A series of 1 (failed), 0 (met) and null (silent)."""
    return [None if mark is None else bool(mark) for mark in marks]


def higher_is_better(inputs: Inputs) -> bool:
    """The direction of a case; higher where it names none."""
    return bool(inputs.get("direction", "higher") == "higher")


@adapter("dir_credit")
def dir_credit(inputs: Inputs) -> Outputs:
    at_risk = AtRisk(inputs["invoice"], inputs["at_risk_pct"])
    weights = [Weight("", failure["alloc_pct"], pool=failure["pool_pct"]) for failure in inputs["failures"]]
    credit = weighted_credit(weights, at_risk.amount)
    return {
        "at_risk_amount": money(at_risk.amount),
        "credits_uncapped": credit.uncapped,
        "credits_payable": credit.payable,
    }


@adapter("pool_credit")
def pool_credit(inputs: Inputs) -> Outputs:
    at_risk = AtRisk(inputs["invoice"], inputs["at_risk_pct"])
    credit = weighted_credit([Weight("", weight) for weight in inputs["failed_weights"]], at_risk.amount)
    return {"at_risk": money(at_risk.amount), "uncapped": credit.uncapped, "payable": credit.payable}


@adapter("vita_at_risk")
def vita_at_risk(inputs: Inputs) -> Outputs:
    at_risk = AtRisk(inputs["fees"], inputs["at_risk_pct"], inputs["excluded"])
    faults = allocation_faults(inputs["allocs"], largest_percent=inputs["max_alloc_pct"])
    credit = weighted_credit([Weight("", allocation) for allocation in inputs["allocs"]], at_risk.amount)
    return {
        "base": money(at_risk.base),
        "at_risk": money(at_risk.amount),
        "alloc_valid": not faults,
        "credits": credit.payable,
    }


@adapter("msc_points")
def msc_points(inputs: Inputs) -> Outputs:
    table = SeverityTable(tuple(Band(*band) for band in inputs["bands"]))
    severities = service_points(inputs["series"], table)
    return {
        "points": [printed(severity.points) for severity in severities],
        "bands": [severity.band.name if severity.band else None for severity in severities],
    }


@adapter("msc_credit")
def msc_credit(inputs: Inputs) -> Outputs:
    cap = RollingCap(inputs["charges_trailing_12m"], inputs["cap_pct"], inputs["credits_prior_in_window"])
    credit = points_credit(inputs["tsp"], inputs["x_pct"], inputs["ac"], cap=cap)
    return {
        "credit_uncapped": credit.uncapped,
        "cap": money(cap.amount),
        "credit_payable": credit.payable,
        "cap_met_or_exceeded": credit.cap_reached,
    }


@adapter("points_table")
def points_table(inputs: Inputs) -> Outputs:
    table = StepTable(tuple((floor, percent) for floor, percent in inputs["table"]))
    return {"credit_pct": [printed(table.percent(points)) for points in inputs["points"]]}


LINEAR_INPUTS = frozenset({"target", "actual", "pct_per_pp", "charges", "cap_pct", "direction"})


@adapter("pp_credit")
def pp_credit(inputs: Inputs) -> Outputs:
    scheme = LinearCredit(
        target=inputs["target"],
        percent_per_point=inputs["pct_per_pp"],
        cap_percent=inputs.get("cap_pct", 100),
        whole_points=says_whole(inputs, LINEAR_INPUTS),
        higher_is_better=higher_is_better(inputs),
    )
    credit = scheme.credit(inputs["actual"], inputs["charges"])
    return {"credit_pct": printed(scheme.percent(inputs["actual"])), "credit": credit.payable}


@adapter("citizens")
def full_steps(inputs: Inputs) -> Outputs:
    scheme = StepCredit(inputs["threshold"], inputs["reference"], inputs["pct_per_step"])
    actual = inputs["actual"]
    return {
        "steps": scheme.steps(actual),
        "credit_pct": printed(scheme.percent(actual)),
        "credit": scheme.credit(actual, inputs["fees"]).payable,
    }


def tiers(inputs: Inputs) -> TierCredit:
    """The tiers of a case, with the smallest credit that is issued."""
    edges = tuple((edge, percent) for edge, percent in inputs["tiers"])
    return TierCredit(edges, issued_above=inputs.get("min_credit_exclusive", 0))


@adapter("tier_credit")
def tier_credit(inputs: Inputs) -> Outputs:
    scheme = tiers(inputs)
    value = inputs["uptime"] if "uptime" in inputs else uptime(inputs["minutes"], inputs["downtime"])
    outputs: Outputs = {"uptime": printed(value), "credit_pct": printed(scheme.percent(value))}
    if "bill" in inputs:
        outputs["credit"] = scheme.credit(value, inputs["bill"]).payable
    return outputs


@adapter("tier_credit_many")
def tier_credit_many(inputs: Inputs) -> Outputs:
    scheme = tiers(inputs)
    return {"credit_pct": [printed(scheme.percent(value)) for value in inputs["uptimes"]]}


@adapter("product")
def product(inputs: Inputs) -> Outputs:
    return {"value": printed(product_of(inputs["factors"]))}


@adapter("late_deliverable")
def late_deliverable(inputs: Inputs) -> Outputs:
    return {"credit": late_credit(inputs["days_late"], inputs["per_day"], cap=inputs.get("cap")).payable}


@adapter("persistent")
def persistent(inputs: Inputs) -> Outputs:
    failures, per = inputs["failures"], inputs["per"]
    credit = persistent_credit(failures, per=per, percent=inputs["pct"], annual_charges=inputs["annual_fees"])
    return {"blocks": failure_blocks(failures, per), "credit": credit.payable}


@adapter("discount_until_met")
def discount_until_met(inputs: Inputs) -> Outputs:
    rule = StandingDiscount(inputs["after"], inputs["discount_pct"])
    return {"discount_pct": [printed(percent) for percent in rule.percents(failed(inputs["fail"]))]}


@adapter("scorecard")
def scorecard(inputs: Inputs) -> Outputs:
    card = Scorecard(tuple(ScoreBand(*band) for band in inputs["bands"]), inputs.get("attainment_cap"))
    entries = [
        Entry("", metric["weight"], metric["actual"], metric["target"], higher_is_better(metric))
        for metric in inputs["metrics"]
    ]
    score = card.score(entries)
    return {
        "score": printed(score),
        "adjust_pct": None if score is None else printed(card.percent(score)),
        "adjustment": -card.credit(entries, inputs["fees"]).payable,
    }


@adapter("multiplier")
def multiplier(inputs: Inputs) -> Outputs:
    ladder = Multiplier(tuple(inputs["multipliers"]), bool(inputs.get("compounding", False)))
    return {"credits": list(ladder.credits(inputs["base"], failed(inputs["fail"])))}


def sum_of(amounts: Iterable[Number], incident: str | None = None, **rules: Any) -> Credit:
    """One period's statement over these amounts, with nothing capped."""
    claims = [Claim(str(place), amount, incident=incident) for place, amount in enumerate(amounts)]
    return statement(claims, CreditTerms(at_risk_percent=100, **rules), at_risk=total(claim.amount for claim in claims))


@adapter("pick_one")
def pick_one(inputs: Inputs) -> Outputs:
    credits = inputs["credits"]
    return {
        "highest": sum_of(credits, "one", same_incident=SameIncident.HIGHEST).payable,
        "sum": sum_of(credits, "one", same_incident=SameIncident.SUM).payable,
    }


@adapter("free_misses")
def free_misses(inputs: Inputs) -> Outputs:
    credits, free = inputs["credits"], inputs["free"]
    lowest = sum_of(credits, free_misses=free, free_misses_forgive=FreeMisses.LOWEST)
    highest = sum_of(credits, free_misses=free, free_misses_forgive=FreeMisses.HIGHEST)
    return {"payable_if_lowest_excused": lowest.payable, "payable_if_highest_excused": highest.payable}


MISSES = {"M": Miss.MET, "E": Miss.BELOW_EXPECTED, "X": Miss.BELOW_MINIMUM, "N": Miss.SILENT, None: Miss.SILENT}
DEFAULT_WORDS = {"none": "", "expected": "expected", "minimum": "minimum"}


@adapter("esl_default")
def esl_default(inputs: Inputs) -> Outputs:
    series = [MISSES[mark] for mark in inputs["series"]]
    restarts = bool(inputs.get("restarts", False))
    found = defaults(series, window=inputs["window"], count=inputs["n"], restarts=restarts)
    return {"defaults": [DEFAULT_WORDS[default] for default in found]}


@adapter("window_trigger")
def window_trigger(inputs: Inputs) -> Outputs:
    trigger = FailureCount(inputs["window"], inputs["n"])
    return {"trigger_months": list(trigger.periods(failed(inputs["fail"])))}


@adapter("rolling_sum_trigger")
def rolling_sum_trigger(inputs: Inputs) -> Outputs:
    trigger = PointsInWindow(inputs["window"], inputs["threshold"])
    return {"trigger_months": list(trigger.periods(inputs["series"]))}


@adapter("earnback_consecutive")
def earnback_consecutive(inputs: Inputs) -> Outputs:
    met = failed(inputs["met_after_failure"])
    earnback = CleanRun(inputs["months"], inputs["share_pct"]).earned(inputs["credit"], met)
    return {"earned": earnback.earned, "month": earnback.period, "amount": earnback.amount}


@adapter("earnback_annual")
def earnback_annual(inputs: Inputs) -> Outputs:
    tallies = list(zip(inputs["num"], inputs["den"], strict=True))
    simple, weighted = YearAverage(Average.SIMPLE), YearAverage(Average.WEIGHTED)
    plain_mean, by_volume = simple.of(inputs["values"], tallies), weighted.of(inputs["values"], tallies)
    return {
        "simple_mean": printed(plain_mean),
        "earned_simple": simple.earned(0, plain_mean, inputs["expected"]).earned,
        "weighted": printed(by_volume),
        "earned_weighted": weighted.earned(0, by_volume, inputs["expected"]).earned,
    }


@adapter("ci_halfway")
def ci_halfway(inputs: Inputs) -> Outputs:
    proposal = halfway(inputs["current"], inputs["values"], higher_is_better=higher_is_better(inputs))
    return {"applies": proposal.applies, "new": printed(proposal.proposed)}


@adapter("ci_capped")
def ci_capped(inputs: Inputs) -> Outputs:
    proposal = capped_increase(inputs["current"], inputs["candidate"], inputs["cap_pct_of_gap"])
    return {
        "max": printed(improvement_ceiling(inputs["current"], inputs["cap_pct_of_gap"])),
        "new": printed(proposal.proposed),
    }


@adapter("baseline")
def baselining(inputs: Inputs) -> Outputs:
    levels = baseline(inputs["values"], higher_is_better=higher_is_better(inputs))
    return {"expected": printed(levels.expected), "minimum": printed(levels.minimum)}
