"""Cases about the credits of one period.

Amounts are given with two decimals, percentages, rates and indices with four unless a file shows more.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sla.credits import steps
from sla.credits.at_risk import allocation_faults, amount_at_risk, rolling_cap
from sla.credits.credit import Credit
from sla.credits.events import failure_blocks, late_credit, persistent_credit, product_of
from sla.credits.points import Band, SeverityTable, StepTable, points_credit, service_points
from sla.credits.scorecards import Entry, ScoreBand, Scorecard
from sla.credits.statement import Claim, statement
from sla.credits.steps import LinearCredit, StepCredit, TierCredit
from sla.credits.terms import CreditTerms, FreeMisses, SameIncident
from sla.credits.weights import Weight, weighted_credit
from sla.money import Number, exact, total
from tests.cases.comparison import AnyOf, money, printed
from tests.cases.kinds import Outputs, Side, kind

NO_CREDIT = AnyOf(None, 0)


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed service level: its share of a pool, and the pool's share of the amount at risk."""

    pool_pct: Number
    alloc_pct: Number


@kind
def dir_credit(invoice: Number, at_risk_pct: Number, failures: list[Failure]) -> Outputs:
    at_risk = amount_at_risk(invoice, at_risk_pct)
    weights = [Weight("", failure.alloc_pct, pool=failure.pool_pct) for failure in failures]
    credit = weighted_credit(weights, at_risk.amount)
    return {
        "at_risk_amount": money(at_risk.amount),
        "credits_uncapped": credit.uncapped,
        "credits_payable": credit.payable,
    }


@kind
def pool_credit(
    invoice: Number,
    at_risk_pct: Number,
    failed_weights: list[Number],
    pool_pct: Number | None = None,
    all_weights: list[Number] | None = None,
) -> Outputs:
    """Weights above the pool, or a failed one that was never allocated, give no credit."""
    if faults := allocation_faults(failed_weights if all_weights is None else all_weights, pool_percent=pool_pct):
        raise ValueError(" ".join(faults))
    if all_weights is not None and (extra := Counter(failed_weights) - Counter(all_weights)):
        raise ValueError(f"the failed weight {min(extra)} is not among all weights")
    at_risk = amount_at_risk(invoice, at_risk_pct)
    credit = weighted_credit([Weight("", weight) for weight in failed_weights], at_risk.amount)
    return {"at_risk": money(at_risk.amount), "uncapped": credit.uncapped, "payable": credit.payable}


@kind
def vita_at_risk(
    fees: Number, excluded: list[Number], at_risk_pct: Number, max_alloc_pct: Number, allocs: list[Number]
) -> Outputs:
    """An allocation that the contract does not allow gives no credit."""
    at_risk = amount_at_risk(fees, at_risk_pct, excluded)
    faults = allocation_faults(allocs, largest_percent=max_alloc_pct)
    weights = [] if faults else [Weight("", allocation) for allocation in allocs]
    return {
        "base": money(at_risk.base),
        "at_risk": money(at_risk.amount),
        "alloc_valid": not faults,
        "alloc_faults": list(faults),
        "credits": NO_CREDIT if faults else weighted_credit(weights, at_risk.amount).payable,
    }


@kind
def msc_points(series: list[Number | None], bands: list[tuple[Number | None, Number, str]]) -> Outputs:
    severities = service_points(series, SeverityTable(tuple(Band(*band) for band in bands)))
    return {
        "points": [printed(severity.points) for severity in severities],
        "bands": [severity.band.name if severity.band else None for severity in severities],
    }


@kind
def msc_credit(
    tsp: Number,
    x_pct: Number,
    ac: Number,
    cap_pct: Number,
    charges_trailing_12m: Number,
    credits_prior_in_window: Number,
) -> Outputs:
    cap = rolling_cap(charges_trailing_12m, cap_pct, credits_prior_in_window)
    credit = points_credit(tsp, x_pct, ac, cap=cap)
    return {
        "credit_uncapped": credit.uncapped,
        "cap": money(cap.amount),
        "credit_payable": credit.payable,
        "cap_met_or_exceeded": credit.cap_reached,
    }


@kind
def points_table(points: list[Number], table: list[tuple[Number, Number]]) -> Outputs:
    scheme = StepTable(tuple(table))
    return {"credit_pct": [printed(scheme.percent(reached)) for reached in points]}


@kind
def pp_credit(
    target: Number,
    actual: Number,
    pct_per_pp: Number,
    charges: Number,
    cap_pct: Number = 100,
    whole_pp: bool = False,
    direction: Side = "higher",
) -> Outputs:
    scheme = LinearCredit(
        target=target,
        percent_per_point=pct_per_pp,
        cap_percent=cap_pct,
        whole_points=whole_pp,
        higher_is_better=direction == "higher",
    )
    return {"credit_pct": printed(scheme.percent(actual)), "credit": scheme.credit(actual, charges).payable}


@kind
def citizens(actual: Number, threshold: Number, reference: Number, pct_per_step: Number, fees: Number) -> Outputs:
    scheme = StepCredit(threshold, reference, pct_per_step)
    return {
        "steps": scheme.steps(actual),
        "credit_pct": printed(scheme.percent(actual)),
        "credit": scheme.credit(actual, fees).payable,
    }


@kind
def tier_credit(
    tiers: list[tuple[Number, Number]],
    minutes: Number | None = None,
    downtime: Number | None = None,
    maintenance: Number | None = None,
    uptime: Number | None = None,
    bill: Number | None = None,
    min_credit_exclusive: Number = 0,
) -> Outputs:
    """The uptime is given, or follows from minutes of the period, of downtime, and of maintenance beside it."""
    if uptime is not None and minutes is downtime is maintenance is None:
        value = exact(uptime)
    elif uptime is None and minutes is not None and downtime is not None:
        value = steps.uptime(minutes, downtime, maintenance or 0)
    else:
        raise ValueError("give either 'uptime', or 'minutes' and 'downtime' with or without 'maintenance'")
    scheme = TierCredit(tuple(tiers), issued_above=min_credit_exclusive)
    outputs: Outputs = {"uptime": printed(value), "credit_pct": printed(scheme.percent(value))}
    return outputs if bill is None else outputs | {"credit": scheme.credit(value, bill).payable}


@kind
def tier_credit_many(
    tiers: list[tuple[Number, Number]], uptimes: list[Number], min_credit_exclusive: Number = 0
) -> Outputs:
    scheme = TierCredit(tuple(tiers), issued_above=min_credit_exclusive)
    return {"credit_pct": [printed(scheme.percent(value)) for value in uptimes]}


@kind
def product(factors: list[Number]) -> Outputs:
    return {"value": printed(product_of(factors))}


@kind
def late_deliverable(days_late: int, per_day: Number, cap: Number | None = None) -> Outputs:
    return {"credit": late_credit(days_late, per_day, cap=cap).payable}


@kind
def persistent(failures: int, per: int, pct: Number, annual_fees: Number) -> Outputs:
    credit = persistent_credit(failures, per=per, percent=pct, annual_charges=annual_fees)
    return {"blocks": failure_blocks(failures, per), "credit": credit.payable}


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of a scorecard."""

    weight: Number
    actual: Number
    target: Number
    direction: Side = "higher"


@kind
def scorecard(
    metrics: list[Metric], bands: list[tuple[Number | None, Number]], fees: Number, attainment_cap: Number | None = None
) -> Outputs:
    card = Scorecard(tuple(ScoreBand(*band) for band in bands), attainment_cap)
    entries = [
        Entry("", metric.weight, metric.actual, metric.target, metric.direction == "higher") for metric in metrics
    ]
    score = card.score(entries)
    return {
        "score": printed(score),
        "adjust_pct": None if score is None else printed(card.percent(score)),
        "adjustment": -card.credit(entries, fees).payable,
    }


def sum_of(amounts: Iterable[Number], incident: str | None = None, **rules: Any) -> Credit:
    """Return one period's statement over these amounts, with nothing capped."""
    claims = [Claim(str(place), amount, incident=incident) for place, amount in enumerate(amounts)]
    return statement(claims, CreditTerms(at_risk_percent=100, **rules), at_risk=total(claim.amount for claim in claims))


@kind
def pick_one(credits: list[Number]) -> Outputs:
    return {
        "highest": sum_of(credits, "one", same_incident=SameIncident.HIGHEST).payable,
        "sum": sum_of(credits, "one", same_incident=SameIncident.SUM).payable,
    }


@kind
def free_misses(credits: list[Number], free: int) -> Outputs:
    lowest = sum_of(credits, free_misses=free, free_misses_forgive=FreeMisses.LOWEST)
    highest = sum_of(credits, free_misses=free, free_misses_forgive=FreeMisses.HIGHEST)
    return {"payable_if_lowest_excused": lowest.payable, "payable_if_highest_excused": highest.payable}
