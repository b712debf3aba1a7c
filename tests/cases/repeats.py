"""Cases about periods that follow one another: repeated failures, triggers, earnback and improvement."""

from typing import Literal

from sla.credits import improvement
from sla.credits.earnback import Average, CleanRun, YearAverage
from sla.credits.repeats import Miss, Multiplier, StandingDiscount, defaults, runs
from sla.credits.statement import Claim, statement
from sla.credits.terms import CreditTerms
from sla.credits.triggers import failures_in_window, points_in_window
from sla.money import Number
from tests.cases.comparison import printed
from tests.cases.kinds import Outputs, Side, kind

# 1 (failed), 0 (met) or null (silent) for each period.
Marks = list[bool | None]
MISSES = {"M": Miss.MET, "E": Miss.BELOW_EXPECTED, "X": Miss.BELOW_MINIMUM, "N": Miss.SILENT, None: Miss.SILENT}
DEFAULT_WORDS = {"none": "", "expected": "expected", "minimum": "minimum"}


@kind
def discount_until_met(fail: Marks, after: int, discount_pct: Number) -> Outputs:
    rule = StandingDiscount(after, discount_pct)
    return {"discount_pct": [printed(percent) for percent in rule.percents(fail)]}


@kind
def multiplier(
    base: Number, fail: Marks, multipliers: list[Number], compounding: bool = False, at_risk: Number | None = None
) -> Outputs:
    """The credit of each period, within the amount at risk where the case gives one."""
    ladder = Multiplier(tuple(multipliers), compounding)
    if at_risk is None:
        return {"credits": list(ladder.credits(base, fail))}
    terms = CreditTerms(at_risk_percent=100, multiplier=ladder)
    claims = [[Claim("", base, run=run)] if failed else [] for failed, run in zip(fail, runs(fail), strict=True)]
    return {"credits": [statement(claim, terms, at_risk=at_risk).payable for claim in claims]}


@kind
def esl_default(
    series: list[Literal["M", "E", "X", "N"] | None], window: int, n: int, restarts: bool = False
) -> Outputs:
    found = defaults([MISSES[mark] for mark in series], window=window, count=n, restarts=restarts)
    return {"defaults": [DEFAULT_WORDS[default] for default in found]}


@kind
def window_trigger(fail: Marks, window: int, n: int) -> Outputs:
    return {"trigger_months": list(failures_in_window(fail, window=window, count=n))}


@kind
def rolling_sum_trigger(series: list[Number | None], window: int, threshold: Number) -> Outputs:
    return {"trigger_months": list(points_in_window(series, window=window, threshold=threshold))}


@kind
def earnback_consecutive(credit: Number, share_pct: Number, months: int, met_after_failure: Marks) -> Outputs:
    earnback = CleanRun(months, share_pct).earned(credit, met_after_failure)
    return {"earned": earnback.earned, "month": earnback.period, "amount": earnback.amount}


@kind
def earnback_annual(values: list[Number], expected: Number, num: list[Number], den: list[Number]) -> Outputs:
    tallies = list(zip(num, den, strict=True))
    simple, weighted = YearAverage(Average.SIMPLE), YearAverage(Average.WEIGHTED)
    plain_mean, by_volume = simple.of(values, tallies), weighted.of(values, tallies)
    return {
        "simple_mean": printed(plain_mean),
        "earned_simple": simple.earned(0, plain_mean, expected).earned,
        "weighted": printed(by_volume),
        "earned_weighted": weighted.earned(0, by_volume, expected).earned,
    }


@kind
def ci_halfway(current: Number, values: list[Number], direction: Side = "higher") -> Outputs:
    proposal = improvement.halfway(current, values, higher_is_better=direction == "higher")
    return {"applies": proposal.applies, "new": printed(proposal.proposed)}


@kind
def ci_capped(current: Number, candidate: Number, cap_pct_of_gap: Number) -> Outputs:
    proposal = improvement.capped_increase(current, candidate, cap_pct_of_gap)
    return {"max": printed(proposal.ceiling), "new": printed(proposal.proposed)}


@kind
def baseline(values: list[Number], direction: Side = "higher") -> Outputs:
    levels = improvement.baseline(values, higher_is_better=direction == "higher")
    return {"expected": printed(levels.expected), "minimum": printed(levels.minimum)}
