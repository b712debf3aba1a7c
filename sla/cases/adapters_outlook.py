"""Cases about early warning, translated into calls of the engine and back."""

from typing import Any

from sla.budgets import BurnAlert, ErrorBudget
from sla.cases.printing import AnyOf, printed
from sla.cases.registry import Inputs, adapter
from sla.control_charts import process_limits, share_chart
from sla.outlook import Prospect, required_mean, run_rate
from sla.probabilities import Prior, chance_of_mean, chance_of_meeting, wilson
from sla.tallies import exact

Outputs = dict[str, Any]
CHANCE_DECIMALS = 6
PROSPECT_WORDS = {
    Prospect.OPEN: AnyOf("open"),
    Prospect.SECURED: AnyOf("secured"),
    Prospect.LOST: AnyOf("lost", "impossible", "unreachable", "cannot_be_met", "missed"),
}


@adapter("run_rate")
def run_rate_case(inputs: Inputs) -> Outputs:
    rate = run_rate(inputs["forecast_total"], inputs["mtd_good"], inputs["mtd_n"], inputs["target"])
    return {
        "need_good": rate.need_good,
        "remaining": rate.remaining,
        "required_rate": printed(rate.required_rate),
        "state": PROSPECT_WORDS[rate.prospect],
    }


@adapter("betabin")
def betabin(inputs: Inputs) -> Outputs:
    good, counted = inputs["mtd_good"], inputs["mtd_n"]
    rate = run_rate(inputs["forecast_total"], good, counted, inputs["target"])
    prior = Prior(float(inputs["prior_a"]), float(inputs["prior_b"]))
    chance = chance_of_meeting(rate.need_good, rate.remaining, good, counted - good, prior)
    return {"need_good": rate.need_good, "p_meet": printed(chance), "p_miss": printed(1 - chance)}


@adapter("normal_mean")
def normal_mean(inputs: Inputs) -> Outputs:
    counted, remaining = inputs["mtd_n"], inputs["remaining_n"]
    required = required_mean(counted + remaining, counted, inputs["mtd_mean"], inputs["target"])
    if required is None:
        raise ValueError("nothing remains to be averaged")
    found = chance_of_mean(
        required=float(required),
        mean=float(inputs["mtd_mean"]),
        deviation=float(inputs["sd"]),
        counted=counted,
        remaining=remaining,
        lower_is_better=inputs["direction"] == "lower",
    )
    return {
        "required_mean": printed(required),
        "z": printed(found.z),
        "p_meet": printed(found.chance, CHANCE_DECIMALS),
    }


def places(found: list[int], later: int = 0) -> AnyOf:
    """Places of a series, counted from 0 or from 1; a moving range stands at either of its two values."""
    return AnyOf(*([place + shift for place in found] for shift in range(2 + later)))


@adapter("xmr")
def xmr(inputs: Inputs) -> Outputs:
    values = inputs["values"]
    limits = process_limits(values)
    return {
        "mean": printed(limits.mean),
        "mr_bar": printed(limits.mean_range),
        "unpl": printed(limits.upper),
        "lnpl": printed(limits.lower),
        "url": printed(limits.range_limit),
        "signals_x": places(limits.signals(values)),
        "signals_mr": places(limits.range_signals(values), later=1),
        "new_is_signal": [limits.is_signal(value) for value in inputs.get("new", ())],
    }


@adapter("laney")
def laney(inputs: Inputs) -> Outputs:
    chart = share_chart(inputs["defects"], inputs["n"])
    first = inputs["n"][0]
    return {
        "p_bar": printed(chart.mean * 100),
        "sigma_z": printed(chart.sigma_z),
        "p_limits_first": [printed(limit * 100) for limit in chart.limits(first, adjusted=False)],
        "laney_limits_first": [printed(limit * 100) for limit in chart.limits(first)],
    }


@adapter("burn")
def burn(inputs: Inputs) -> Outputs:
    budget = ErrorBudget(inputs["target"], inputs["period_volume"])
    misses = inputs["misses"]
    return {
        "budget": printed(budget.misses),
        "consumed_pct": printed(budget.consumed_percent(misses)),
        "burn_rate": printed(budget.burn_rate(misses, inputs["mtd_volume"])),
        "days_to_exhaustion": printed(budget.days_left(misses, inputs["days_elapsed"])),
    }


@adapter("burn_threshold")
def burn_threshold(inputs: Inputs) -> Outputs:
    alert = BurnAlert(inputs["budget_pct"], inputs["window_hours"], inputs["period_hours"])
    return {"threshold": printed(alert.threshold), "exhaust_days": printed(alert.exhausted_after_days)}


@adapter("wilson")
def wilson_case(inputs: Inputs) -> Outputs:
    good, cases = inputs["good"], inputs["n"]
    low, high = wilson(good, cases, float(inputs["z"]))
    return {"p": printed(exact(good) / cases * 100), "low": printed(low * 100), "high": printed(high * 100)}
