"""What moves a price or tops it up: indexation, currency bands, minimum commitment, gain share."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from sla.money import HUNDRED, Number, exact, not_negative, percentage, positive, rounded, share_of


@dataclass(frozen=True, slots=True)
class IndexedYear:
    """One year's increase in percent, and the rate after it, both exact."""

    percent: Fraction
    rate: Fraction


@dataclass(frozen=True, slots=True)
class Indexation:
    """How a rate follows a price index: the index's change × sensitivity, kept between floor and cap, compounding.

    All in percent: `sensitivity` 0 to 100 (65 is published), `cap` and `floor` None where there is none. A part cut
    off by the cap is not made up later.
    """

    sensitivity: Number = 100
    cap: Number | None = None
    floor: Number | None = None

    def __post_init__(self) -> None:
        percentage(self.sensitivity, "the sensitivity")
        if self.cap is not None and self.floor is not None and exact(self.floor) > exact(self.cap):
            raise ValueError("the floor of an indexation must not lie above its cap")

    def increase(self, before: Number, after: Number) -> Fraction:
        """The increase in percent from one reading of the index to the next; readings are above zero."""
        base = positive(before, "an index")
        change = (positive(after, "an index") - base) / base * exact(self.sensitivity)
        if self.cap is not None:
            change = min(change, exact(self.cap))
        return change if self.floor is None else max(change, exact(self.floor))

    def years(self, rate: Number, index: Sequence[Number]) -> tuple[IndexedYear, ...]:
        """Each year's increase and rate, from the first reading on; the rate is rounded only when it is billed."""
        current, years = not_negative(rate, "the rate"), []
        for before, after in pairwise(index):
            percent = self.increase(before, after)
            current *= 1 + share_of(percent)
            years.append(IndexedYear(percent, current))
        return tuple(years)


@dataclass(frozen=True, slots=True)
class CurrencyMove:
    """How far a rate moved, what lies outside the band, and what that does to the fees (negative: to the client)."""

    percent: Fraction
    excess: Fraction
    adjustment_percent: Fraction
    adjustment: Decimal


@dataclass(frozen=True, slots=True)
class CurrencyBand:
    """Exchange-rate moves inside a band are borne by the vendor; the excess is shared on the exposed part of fees.

    Rates are quoted as units of the vendor's currency for one of the client's: a rise means that the vendor's costs
    became cheaper, so it lowers the fees. Percentages run from 0 to 100 and are those of the band to either side,
    the share passed on, and the fees exposed.
    """

    base_rate: Number
    band: Number
    share: Number = 100
    exposed: Number = 100

    def __post_init__(self) -> None:
        positive(self.base_rate, "the base rate")
        percentage(self.band, "the band")
        percentage(self.share, "the share passed on")
        percentage(self.exposed, "the exposed part")

    def move(self, actual_rate: Number, fees: Number, *, places: int = 2) -> CurrencyMove:
        """The move to an actual rate and its effect on a period's fees; the band's edges are inside."""
        base, band = exact(self.base_rate), exact(self.band)
        percent = (positive(actual_rate, "the actual rate") - base) / base * HUNDRED
        excess = max(Fraction(0), percent - band) + min(Fraction(0), percent + band)
        adjustment = -excess * share_of(self.share) * share_of(self.exposed)
        money = rounded(share_of(adjustment) * not_negative(fees, "the fees"), places)
        return CurrencyMove(percent, excess, adjustment, money)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What a commitment was short of, and the payment for it."""

    shortfall: Decimal
    payment: Decimal


def minimum_commitment(minimum: Number, counted: Number, percent: Number = 100, *, places: int = 2) -> Shortfall:
    """The payment for a period's charges below the minimum: a share (0 to 100 %) of what is missing.

    Charges are counted before service credits: else a credit would create a shortfall and pay itself back.
    """
    short = max(Fraction(0), not_negative(minimum, "the minimum") - not_negative(counted, "the charges counted"))
    payment = short * percentage(percent, "the share to be paid")
    return Shortfall(rounded(short, places), rounded(payment, places))


@dataclass(frozen=True, slots=True)
class Gain:
    """A saving against the volume-adjusted baseline, the part that is shared, and the vendor's share of it."""

    adjusted_baseline: Decimal
    savings: Decimal
    shared: Decimal
    vendor: Decimal


@dataclass(frozen=True, slots=True)
class GainShare:
    """A vendor's share of savings above a threshold, up to a cap; losses are not shared.

    The baseline is the cost of a volume; it grows and shrinks with the volume. `threshold` (of the adjusted baseline)
    and `vendor_share` are in percent, 0 to 100; `cap` is money, None for none.
    """

    baseline_cost: Number
    baseline_volume: Number
    vendor_share: Number
    threshold: Number = 0
    cap: Number | None = None

    def __post_init__(self) -> None:
        not_negative(self.baseline_cost, "the baseline cost")
        positive(self.baseline_volume, "the baseline volume")
        percentage(self.vendor_share, "the vendor's share")
        percentage(self.threshold, "the threshold")
        if self.cap is not None:
            not_negative(self.cap, "the cap")

    def gain(self, actual_cost: Number, actual_volume: Number, *, places: int = 2) -> Gain:
        """What a period's cost at its volume saved, and what of it is the vendor's; a negative saving is a loss."""
        volume = not_negative(actual_volume, "the volume")
        adjusted = exact(self.baseline_cost) * volume / exact(self.baseline_volume)
        savings = adjusted - not_negative(actual_cost, "the cost")
        shared = max(Fraction(0), savings - adjusted * share_of(self.threshold))
        vendor = shared * share_of(self.vendor_share)
        if self.cap is not None:
            vendor = min(vendor, exact(self.cap))
        return Gain(*(rounded(part, places) for part in (adjusted, savings, shared, vendor)))
