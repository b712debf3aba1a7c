"""What a contract says about how its credits come together, each answer with its stated default."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from sla.credits.repeats import NO_MULTIPLIER, Failed, Multiplier
from sla.money import Number, exact, not_negative, percentage, rounded
from sla.verdicts import Status


class SameIncident(StrEnum):
    """What one incident costs that fails several service levels.

    SUM: all of them (Texas DIR). HIGHEST: the dearest only. CHOSEN: the one that the client picks (a US state).
    """

    SUM = "sum"
    HIGHEST = "highest"
    CHOSEN = "chosen"


class FreeMisses(StrEnum):
    """Which failures a free allowance forgives, where the clause does not say: the cheapest or the dearest."""

    LOWEST = "lowest"
    HIGHEST = "highest"


class Silence(StrEnum):
    """What a period without a verdict does to a run of failures: leave it standing, or end it."""

    TRANSPARENT = "transparent"
    BREAKS = "breaks"


@dataclass(frozen=True, slots=True)
class CreditTerms:
    """The answers that change a credit; percentages run from 0 to 100, None means that the clause has no such rule.

    Defaults: same incident summed, no free misses, no multiplier, only a breach is a failure (a value between
    minimum and expected level is not), no volume and excused periods transparent to a run, monthly cap at the amount
    at risk, then the rolling cap where there is one, credits automatic (no claim needed).
    """

    at_risk_percent: Number
    rolling_cap_percent: Number | None = None
    rolling_periods: int = 12
    same_incident: SameIncident = SameIncident.SUM
    free_misses: int = 0
    free_misses_forgive: FreeMisses = FreeMisses.LOWEST
    multiplier: Multiplier = NO_MULTIPLIER
    below_expected_fails: bool = False
    no_volume: Silence = Silence.TRANSPARENT
    excused: Silence = Silence.TRANSPARENT
    claim_days: int | None = None
    places: int = 2

    def __post_init__(self) -> None:
        percentage(self.at_risk_percent, "the share at risk")
        if self.rolling_cap_percent is not None:
            percentage(self.rolling_cap_percent, "the rolling cap")
        if self.rolling_periods < 1:
            raise ValueError("a rolling cap looks at one period at least")
        not_negative(self.free_misses, "the number of free misses")
        not_negative(self.places, "the number of decimals")
        if self.claim_days is not None:
            not_negative(self.claim_days, "the days to claim")

    def failed(self, statuses: Sequence[Status]) -> tuple[Failed, ...]:
        """The ended periods of one service level as a series of failures; an open period is a ValueError.

        A period that was not reported, had too few cases or was not in force is silent, and never counts as met.
        """
        if still_open := next((status for status in statuses if status.is_open), None):
            raise ValueError(f"a period that is still open ({still_open}) has no failure to count")
        known = {Status.BREACH: True, Status.BELOW_EXPECTED: self.below_expected_fails, Status.MET: False}
        if self.no_volume is Silence.BREAKS:
            known[Status.NO_VOLUME] = False
        if self.excused is Silence.BREAKS:
            known[Status.EXCUSED] = False
        return tuple(known.get(status) for status in statuses)

    def last_claim_day(self, ended_on: date) -> date | None:
        """The last day to claim the credit of a period that ended on a day (its last); None: no claim is needed."""
        return None if self.claim_days is None else ended_on + timedelta(days=self.claim_days)


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a credit reaches the client: taken off the next invoice, paid out, or kept for the invoice after."""

    deducted: Decimal
    refunded: Decimal
    carried: Decimal


def settle(payable: Number, next_invoice: Number | None, *, places: int = 2) -> Settlement:
    """Take a credit off the next invoice, as far as it goes; where none follows (None), pay it all out.

    Amounts are zero or more, in the contract's currency. What the invoice cannot take is carried forward.
    """
    credit = rounded(not_negative(payable, "the credit"), places)
    nothing = rounded(0, places)
    if next_invoice is None:
        return Settlement(nothing, credit, nothing)
    deducted = rounded(min(exact(credit), not_negative(next_invoice, "the invoice")), places)
    return Settlement(deducted, nothing, credit - deducted)
