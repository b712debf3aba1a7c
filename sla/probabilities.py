"""How likely an open period is to end well: floats, for warnings only, that decide no status."""

from dataclasses import dataclass
from math import ceil, erfc, exp, lgamma, sqrt

JEFFREYS = (0.5, 0.5)


def log_beta(a: float, b: float) -> float:
    """The logarithm of the Beta function."""
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def chance_of_at_least(need: int, trials: int, good: float, bad: float) -> float:
    """P(X ≥ need) for X ~ BetaBinomial(trials, good, bad)."""
    if need <= 0:
        return 1.0
    if need > trials:
        return 0.0
    scale = log_beta(good, bad)
    total = 0.0
    for hits in range(need, trials + 1):
        ways = lgamma(trials + 1) - lgamma(hits + 1) - lgamma(trials - hits + 1)
        total += exp(ways + log_beta(good + hits, bad + trials - hits) - scale)
    return min(1.0, total)


def chance_of_meeting(
    need: int,
    remaining: int,
    good: int,
    bad: int,
    *,
    prior: tuple[float, float] = JEFFREYS,
    dispersion: float = 1.0,
) -> float:
    """The chance that `need` of the remaining cases turn out well, given those so far.

    `prior` is a Beta prior: pseudo-events that turned out well and badly; Jeffreys' unless history says more.
    `dispersion` (at least 1, such as Laney's sigma z squared) widens it where days differ more than chance does: so
    many cases carry the evidence of one.
    """
    if dispersion < 1:
        raise ValueError(f"A dispersion is at least 1, got {dispersion}.")
    prior_good, prior_bad = prior
    if min(prior) <= 0:
        raise ValueError(f"A prior needs positive weights, got {prior_good} and {prior_bad}.")
    return chance_of_at_least(need, remaining, prior_good + good / dispersion, prior_bad + bad / dispersion)


@dataclass(frozen=True, slots=True)
class MeanChance:
    """What the rest must average, how many standard errors that is from the mean so far, and the chance of it."""

    z: float
    chance: float


def chance_of_mean(
    *, required: float, mean: float, deviation: float, counted: int, remaining: int, lower_is_better: bool
) -> MeanChance:
    """The chance that the mean of the remaining values hits what is required, if they are like those so far.

    The predictive standard error is s·√(1/n + 1/r).
    """
    if deviation <= 0 or counted < 1 or remaining < 1:
        raise ValueError("A chance needs a positive deviation, values so far, and values to come.")
    z = (required - mean) / (deviation * sqrt(1 / counted + 1 / remaining))
    # The standard normal distribution function.
    return MeanChance(z, erfc((-z if lower_is_better else z) / sqrt(2)) / 2)


def wilson(good: int, cases: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval for a share, from 0 to 1: what a sample says about the whole."""
    if not 0 <= good <= cases or cases < 1:
        raise ValueError(f"A share needs good cases out of at least one, got {good} of {cases}.")
    share, square = good / cases, z * z
    centre = share + square / (2 * cases)
    spread = z * sqrt(share * (1 - share) / cases + square / (4 * cases * cases))
    whole = 1 + square / cases
    return max(0.0, (centre - spread) / whole), min(1.0, (centre + spread) / whole)


def sample_size(margin: float, share: float = 0.5, z: float = 1.96) -> int:
    """How many cases a sample needs for a margin of error, both from 0 to 1."""
    if not 0 < margin < 1:
        raise ValueError(f"A margin lies between 0 and 1, got {margin}.")
    return ceil(z * z * share * (1 - share) / (margin * margin))
