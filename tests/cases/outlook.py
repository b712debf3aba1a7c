"""Cases about early warning."""

from sla import probabilities
from sla.budgets import burn_alert, error_budget
from sla.control_charts import process_limits, share_chart
from sla.money import Number
from sla.outlook import Prospect, required_mean
from sla.outlook import run_rate as required_run_rate
from sla.tallies import exact
from tests.cases.comparison import AnyOf, printed
from tests.cases.kinds import Outputs, Side, kind

CHANCE_DECIMALS = 6
PROSPECT_WORDS = {
    Prospect.OPEN: AnyOf("open"),
    Prospect.SECURED: AnyOf("secured"),
    Prospect.LOST: AnyOf("lost", "impossible", "unreachable", "cannot_be_met", "missed"),
}


@kind
def run_rate(forecast_total: int, mtd_n: int, mtd_good: int, target: Number) -> Outputs:
    rate = required_run_rate(forecast_total, mtd_good, mtd_n, target)
    return {
        "need_good": rate.need_good,
        "remaining": rate.remaining,
        "required_rate": printed(rate.required_rate),
        "state": PROSPECT_WORDS[rate.prospect],
    }


@kind
def betabin(
    forecast_total: int, mtd_n: int, mtd_good: int, target: Number, prior_a: Number, prior_b: Number
) -> Outputs:
    rate = required_run_rate(forecast_total, mtd_good, mtd_n, target)
    chance = probabilities.chance_of_meeting(
        rate.need_good,
        rate.remaining,
        mtd_good,
        mtd_n - mtd_good,
        prior=(float(prior_a), float(prior_b)),
    )
    return {"need_good": rate.need_good, "p_meet": printed(chance), "p_miss": printed(1 - chance)}


@kind
def normal_mean(mtd_n: int, remaining_n: int, mtd_mean: Number, sd: Number, target: Number, direction: Side) -> Outputs:
    required = required_mean(mtd_n + remaining_n, mtd_n, mtd_mean, target)
    if required is None:
        raise ValueError("nothing remains to be averaged")
    result = probabilities.chance_of_mean(
        required=float(required),
        mean=float(mtd_mean),
        deviation=float(sd),
        counted=mtd_n,
        remaining=remaining_n,
        lower_is_better=direction == "lower",
    )
    return {
        "required_mean": printed(required),
        "z": printed(result.z),
        "p_meet": printed(result.chance, CHANCE_DECIMALS),
    }


def places(signals: list[int], later: int = 0) -> AnyOf:
    """Return places of a series, counted from 0 or from 1; a moving range stands at either of its two values."""
    return AnyOf(*([place + shift for place in signals] for shift in range(2 + later)))


@kind
def xmr(values: list[Number], new: list[Number] | None = None) -> Outputs:
    limits = process_limits(values)
    return {
        "mean": printed(limits.mean),
        "mr_bar": printed(limits.mean_range),
        "unpl": printed(limits.upper),
        "lnpl": printed(limits.lower),
        "url": printed(limits.range_limit),
        "signals_x": places(limits.signals(values)),
        "signals_mr": places(limits.range_signals(values), later=1),
        "new_is_signal": [bool(limits.signals([value])) for value in new or ()],
    }


@kind
def laney(defects: list[int], n: list[int]) -> Outputs:
    chart = share_chart(defects, n)
    return {
        "p_bar": printed(chart.mean * 100),
        "sigma_z": printed(chart.sigma_z),
        "p_limits_first": [printed(limit * 100) for limit in chart.limits(n[0], adjusted=False)],
        "laney_limits_first": [printed(limit * 100) for limit in chart.limits(n[0])],
    }


@kind
def burn(target: Number, period_volume: int, mtd_volume: int, misses: int, days_elapsed: int) -> Outputs:
    budget = error_budget(target, period_volume, misses=misses, counted=mtd_volume, days=days_elapsed)
    return {
        "budget": printed(budget.misses),
        "consumed_pct": printed(budget.consumed_percent),
        "burn_rate": printed(budget.burn_rate),
        "days_to_exhaustion": printed(budget.days_left),
    }


@kind
def burn_threshold(budget_pct: Number, window_hours: Number, period_hours: Number) -> Outputs:
    alert = burn_alert(budget_pct, window_hours, period_hours)
    return {"threshold": printed(alert.threshold), "exhaust_days": printed(alert.exhausted_after_days)}


@kind
def wilson(n: int, good: int, z: Number) -> Outputs:
    low, high = probabilities.wilson(good, n, float(z))
    return {"p": printed(exact(good) / n * 100), "low": printed(low * 100), "high": printed(high * 100)}
