"""Credits won back by good periods later: by a clean run, as an allowance only, or by the year's average.

A credit is booked at once; what is earned back is a separate entry in a later period, so that both stay visible.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from sla.money import Number, exact, mean, not_negative, percentage, plain, positive, rounded, share_of, total


class Form(StrEnum):
    """How what is earned back reaches the vendor: as money, or only set off against credits to come."""

    CASH = "cash"
    ALLOWANCE = "allowance"


@dataclass(frozen=True, slots=True)
class Earnback:
    """Whether a credit was earned back, in which period after the failure (1: the next), how much and in what form."""

    form: Form
    working: str
    earned: bool = False
    period: int | None = None
    amount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class CleanRun:
    """So many clean periods in a row after the failure win a share of the credit back (E1, E2, E3).

    `periods` is 1 or more, `share` in percent (0 to 100). `strict` asks that the value exceed the level, not only
    reach it. Public clauses: half after six periods at or above the level; all after three above it; after three an
    allowance against credits of the same category, never cash, which ends with the contract. Credits of a peak
    season, or of a service level deleted since, are not earned back: see `earned`.
    """

    periods: int
    share: Number
    strict: bool = False
    form: Form = Form.CASH

    def __post_init__(self) -> None:
        positive(self.periods, "the number of clean periods")
        percentage(self.share, "the share earned back")

    def clean(
        self, values: Sequence[Number | None], level: Number, *, higher_is_better: bool = True
    ) -> tuple[bool | None, ...]:
        """Which periods count as clean; None (no volume) stays None and neither helps nor ends the run."""
        return tuple(
            None if value is None else _reaches(exact(value), exact(level), self.strict, higher_is_better)
            for value in values
        )

    def earned(
        self,
        credit: Number,
        clean: Sequence[bool | None],
        *,
        in_peak: bool = False,
        deleted: bool = False,
        places: int = 2,
    ) -> Earnback:
        """What the periods after the failure, oldest first, have won back of its credit."""
        amount = not_negative(credit, "the credit")
        if in_peak or deleted:
            return Earnback(self.form, "failed in a peak season" if in_peak else "service level deleted")
        run = 0
        for number, met in enumerate(clean, start=1):
            run = run if met is None else run + 1 if met else 0
            if run == self.periods:
                won = rounded(amount * share_of(self.share), places)
                working = f"{run} clean periods: {plain(self.share)} % × {plain(amount)}"
                return Earnback(self.form, working, True, number, won)
        return Earnback(self.form, f"{run} of {self.periods} clean periods")

    def reserve(self, credit: Number, *, places: int = 2) -> Decimal:
        """The part of a credit that may still flow back, to be held in reserve."""
        return rounded(not_negative(credit, "the credit") * share_of(self.share), places)


class Average(StrEnum):
    """How a year's average is taken: each period alike, or each by its volume."""

    SIMPLE = "simple"
    WEIGHTED = "weighted"


@dataclass(frozen=True, slots=True)
class YearAverage:
    """A share of the year's credits returns when the year's average reaches the expected level (E4).

    Weighted by volume unless the clause says simple: the two can disagree. With `minimum_never_missed` a single
    period worse than the minimum forfeits it. `share` is in percent (0 to 100).
    """

    average: Average = Average.WEIGHTED
    share: Number = 100
    strict: bool = False
    minimum_never_missed: bool = False

    def __post_init__(self) -> None:
        percentage(self.share, "the share earned back")

    def of(
        self, values: Sequence[Number], tallies: Sequence[tuple[Number, Number]], *, scale: Number = 100
    ) -> Fraction | None:
        """The year's average by this rule, from the periods' values or from their numerators and denominators.

        A weighted average is all numerators over all denominators, times the scale; None where these sum to zero.
        """
        if self.average is Average.SIMPLE:
            return mean(values)
        volume = total(denominator for _, denominator in tallies)
        return total(numerator for numerator, _ in tallies) / volume * exact(scale) if volume else None

    def earned(
        self,
        credits: Number,
        average: Number | None,
        expected: Number,
        *,
        minimum_missed: bool = False,
        higher_is_better: bool = True,
        places: int = 2,
    ) -> Earnback:
        """What the year's average wins back of the year's credits; None is a year without volume, and wins nothing."""
        amount = not_negative(credits, "the credits")
        if average is None:
            return Earnback(Form.CASH, "no volume in the year")
        if minimum_missed and self.minimum_never_missed:
            return Earnback(Form.CASH, "the minimum was missed in the year")
        verdict = f"average {plain(average)} against {plain(expected)}"
        if not _reaches(exact(average), exact(expected), self.strict, higher_is_better):
            return Earnback(Form.CASH, verdict)
        won = rounded(amount * share_of(self.share), places)
        working = f"{verdict}: {plain(self.share)} % × {plain(amount)}"
        return Earnback(Form.CASH, working, earned=True, amount=won)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What earnback lets a vendor set off against later credits of the same category (E3); zero or more.

    It is never paid out: what is left when the contract ends expires.
    """

    category: str
    amount: Number

    def __post_init__(self) -> None:
        not_negative(self.amount, "an allowance")

    def set_off(self, category: str, credit: Number, *, places: int = 2) -> tuple[Decimal, "Allowance"]:
        """How much of a credit it takes off, and the allowance that is left; nothing for another category."""
        owed = not_negative(credit, "the credit")
        used = rounded(min(owed, exact(self.amount)) if category == self.category else 0, places)
        return used, Allowance(self.category, exact(self.amount) - exact(used))


def _reaches(value: Fraction, level: Fraction, strict: bool, higher_is_better: bool) -> bool:
    """Whether a value is at the level or better; strictly better where asked."""
    ahead = value - level if higher_is_better else level - value
    return ahead > 0 if strict else ahead >= 0
