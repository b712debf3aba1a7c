"""What follows from failing again: runs, multipliers, standing discounts, and counts in a moving window.

A series holds one entry a period, oldest first. True is a failure, False a met period, and None a period that is
silent: no volume, or excused where the terms treat it so. Silence is transparent to a run: it neither lengthens
nor breaks it. In a window it takes its place in the calendar and counts for nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from sla.credits.credit import Credit, single
from sla.money import (
    Number,
    amount_text,
    exact,
    mean,
    not_negative,
    percentage,
    plain,
    positive,
    rounded,
    share_of,
)

Failed = bool | None


def runs(failed: Sequence[Failed]) -> tuple[int, ...]:
    """For each period, how many failures in a row end there; a silent period keeps the run that it found."""
    lengths: list[int] = []
    run = 0
    for outcome in failed:
        if outcome is not None:
            run = run + 1 if outcome else 0
        lengths.append(run)
    return tuple(lengths)


@dataclass(frozen=True, slots=True)
class Multiplier:
    """How a credit grows when the same service level fails period after period; a met period starts it anew.

    `ladder` gives the factor of the first, second … failure in a row (1 or more each, never falling); its last factor
    holds from there on, or, where `compounding`, goes on growing at the ladder's last step. Market ladders are
    1, 1.5, 2 and 1, 2, 3; the UK model contract has 1, 2 without compounding.
    """

    ladder: tuple[Number, ...] = (1, 2)
    compounding: bool = False

    def __post_init__(self) -> None:
        factors = [exact(factor) for factor in self.ladder]
        if not factors or factors[0] < 1 or factors != sorted(factors):
            raise ValueError("a ladder of multipliers starts at 1 or more and never falls")
        if self.compounding and len(factors) < 2:
            raise ValueError("a compounding ladder needs two factors to show its step")

    def factor(self, run: int) -> Fraction:
        """The factor of the failure that is the run-th in a row; zero where there is no failure (run 0)."""
        if run < 1:
            return Fraction(0)
        factors = [exact(factor) for factor in self.ladder]
        if run <= len(factors):
            return factors[run - 1]
        if not self.compounding:
            return factors[-1]
        return factors[-1] * (factors[-1] / factors[-2]) ** (run - len(factors))

    def credits(self, base: Number, failed: Sequence[Failed], *, places: int = 2) -> tuple[Decimal, ...]:
        """The credit of each period: the base amount times its factor, nothing where the period did not fail."""
        amount = not_negative(base, "the base credit")
        pairs = zip(failed, runs(failed), strict=True)
        return tuple(rounded(amount * self.factor(run) if outcome else Fraction(0), places) for outcome, run in pairs)


NO_MULTIPLIER = Multiplier((1,))


@dataclass(frozen=True, slots=True)
class StandingDiscount:
    """A discount that stands from the n-th failure in a row until one whole period is met (F10).

    `after` is n (1 or more), `percent` what comes off the charges (0 to 100). Source: CSCS/DineEquity, where two
    failing periods start a discount of 10 % (required level) or 15 % (minimum level); one rule for each level.
    """

    after: int
    percent: Number

    def __post_init__(self) -> None:
        positive(self.after, "the number of failures")
        percentage(self.percent, "the discount")

    def percents(self, failed: Sequence[Failed]) -> tuple[Fraction, ...]:
        """The discount of each period in percent; a silent period leaves a standing discount standing."""
        percent = exact(self.percent)
        return tuple(percent if run >= self.after else Fraction(0) for run in runs(failed))

    def credit(self, failed: Sequence[Failed], charges: Number, *, places: int = 2) -> Credit:
        """What comes off the charges of the last period of the series."""
        percent = self.percents(failed)[-1] if failed else Fraction(0)
        amount = not_negative(charges, "charges")
        working = f"{plain(percent)} % × {amount_text(amount, places)} until a period is met"
        return single("", share_of(percent) * amount, working, places=places)


class Miss(StrEnum):
    """How a period ended where the terms know two levels; SILENT is no volume or an excused period."""

    MET = "met"
    BELOW_EXPECTED = "below_expected"
    BELOW_MINIMUM = "below_minimum"
    SILENT = "silent"


class Default(StrEnum):
    """Which rule made a default of a period."""

    NONE = "none"
    EXPECTED = "expected"
    MINIMUM = "minimum"


def defaults(series: Sequence[Miss], *, window: int, count: int, restarts: bool = False) -> tuple[Default, ...]:
    """Which periods are defaults: below minimum at once, below expected only from the count-th time in the window.

    The window is the last `window` periods, this one included; `restarts` empties it after each default for the
    expected level (the public text does not say so, hence False). Source: Texas DIR, four misses in twelve months.
    """
    positive(window, "the window")
    positive(count, "the count")
    verdicts: list[Default] = []
    since = 0
    for index, miss in enumerate(series):
        verdict = Default.NONE
        if miss is Miss.BELOW_MINIMUM:
            verdict = Default.MINIMUM
        elif miss is Miss.BELOW_EXPECTED:
            seen = series[max(since, index - window + 1) : index + 1]
            if seen.count(Miss.BELOW_EXPECTED) >= count:
                verdict = Default.EXPECTED
                since = index + 1 if restarts else since
        verdicts.append(verdict)
    return tuple(verdicts)


def averages_in_window(values: Sequence[Number | None], *, window: int) -> tuple[Fraction | None, ...]:
    """The unweighted mean of each full window of values, first the one that ends with period number `window`.

    Silent periods (None) are left out of the mean; a window of nothing else gives None. Source: a termination event
    of "average of three months below 97 %"; where the terms weigh by volume, add tallies up instead.
    """
    positive(window, "the window")
    averages: list[Fraction | None] = []
    for end in range(window, len(values) + 1):
        seen = [value for value in values[end - window : end] if value is not None]
        averages.append(mean(seen) if seen else None)
    return tuple(averages)
