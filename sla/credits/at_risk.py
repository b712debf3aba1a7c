"""The most that a period can cost the vendor: the charges that count, the share at risk, and how it is allocated."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from sla.money import HUNDRED, Number, amount_text, exact, not_negative, percentage, plain, rounded, total


@dataclass(frozen=True, slots=True)
class AtRisk:
    """The charges that count and the amount at risk, both exact, and the amount as a formula in numbers."""

    base: Fraction
    amount: Fraction
    working: str


def amount_at_risk(charges: Number, percent: Number, excluded: Sequence[Number] = ()) -> AtRisk:
    """The amount at risk of one period: a percentage (0 to 100) of its charges without what does not count.

    Charges are those of the period of the failure (not of invoicing), before tax, in the contract's currency, and
    gross: credits already given do not lower them unless they are listed in `excluded`. Usually excluded are
    pass-through costs, one-time fees and towers with credits of their own. More excluded than charged is a ValueError.
    Source: pool clauses in the manner of Texas DIR and VITA, percentages of 5 to 15 being usual.
    """
    gross, share = not_negative(charges, "charges"), percentage(percent, "the share at risk")
    left_out = total(not_negative(part, "an excluded charge") for part in excluded)
    if left_out > gross:
        raise ValueError(f"excluded charges of {plain(left_out)} exceed the charges of {plain(gross)}")
    base = gross - left_out
    amount = base * share
    return AtRisk(base, amount, f"{plain(percent)} % × {amount_text(base)} = {amount_text(amount)}")


@dataclass(frozen=True, slots=True)
class RollingCap:
    """The limit over a whole window, what it still allows (never below zero), both exact, and that as a formula."""

    amount: Fraction
    left: Fraction
    working: str


def rolling_cap(charges_in_window: Number, percent: Number, credits_in_window: Number = 0) -> RollingCap:
    """A limit over several periods: a percentage of their charges, less the credits already given in them.

    The UK model contract limits credits to a share of the charges of the preceding twelve months. An unused part does
    not carry forward beyond the window. All amounts are zero or more; the percentage is 0 to 100.
    """
    charges = not_negative(charges_in_window, "charges in the window")
    used = not_negative(credits_in_window, "credits in the window")
    amount = charges * percentage(percent, "the rolling cap")
    formula = f"{plain(percent)} % × {amount_text(charges)} = {amount_text(amount)}"
    return RollingCap(amount, max(Fraction(0), amount - used), f"{formula}, less {amount_text(used)} given before")


def allocation_faults(
    allocations: Sequence[Number],
    *,
    pool_percent: Number | None = None,
    largest_percent: Number | None = None,
    most_levels: int | None = None,
) -> tuple[str, ...]:
    """Sentences on what is wrong with the weights (percent) of a contract's service levels; none where all is well.

    `pool_percent` is what they may sum to at most (100 to 250 is usual), `largest_percent` the most for one level
    (VITA: 25), `most_levels` how many may carry weight (VITA: 20). A level of weight zero bears no credit.
    """
    weights = [exact(weight) for weight in allocations]
    faults = []
    if any(weight < 0 for weight in weights):
        faults.append("A weight must not be negative.")
    if pool_percent is not None and sum(weights) > exact(pool_percent):
        faults.append(f"The weights sum to {plain(total(weights))} %, above the pool of {plain(pool_percent)} %.")
    if largest_percent is not None and any(weight > exact(largest_percent) for weight in weights):
        faults.append(f"One weight is {plain(max(weights))} %, above the {plain(largest_percent)} % allowed for one.")
    weighted = sum(1 for weight in weights if weight)
    if most_levels is not None and weighted > most_levels:
        faults.append(f"{weighted} service levels carry weight, above the {most_levels} allowed.")
    return tuple(faults)


def margin_consumed(credits: Number, charges: Number, margin_percent: Number) -> Decimal:
    """How much of the vendor's margin the credits eat, in percent at two decimals; no margin is a ValueError.

    Credits of 5 % of fees take a quarter of a margin of 20 %.
    """
    margin = percentage(margin_percent, "the margin") * not_negative(charges, "charges")
    if margin == 0:
        raise ValueError("without a margin there is no share of it to state")
    return rounded(not_negative(credits, "credits") / margin * HUNDRED)
