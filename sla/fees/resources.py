"""Fees anchored to a baseline: a base fee, charges for additional resource units and credits for fewer (ARC, RRC)."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from sla.money import HUNDRED, Number, exact, not_negative, percentage, positive, rounded, share_of


class CountedFrom(StrEnum):
    """Where units beyond the deadband are counted from: its edge, or the baseline itself (then with a jump)."""

    EDGE = "edge"
    BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class Anchored:
    """What an anchored fee comes to: the adjustment (negative: a reduction) and the fee with it."""

    adjustment: Decimal
    fee: Decimal


@dataclass(frozen=True, slots=True)
class Deadband:
    """A base fee that holds for volumes around a baseline, edges included; beyond, units are charged or credited.

    `percent` (0 to 100) is the deadband to either side; 5 to 10 is typical. Rates are per unit, zero or more.
    Sources: an adviser's example (1,000 tickets ± 10 %) for the edge, Hercules for the baseline.
    """

    baseline: Number
    percent: Number
    base_fee: Number
    arc_rate: Number
    rrc_rate: Number
    counted_from: CountedFrom = CountedFrom.EDGE

    def __post_init__(self) -> None:
        positive(self.baseline, "the baseline")
        percentage(self.percent, "the deadband")
        for number, name in ((self.base_fee, "base fee"), (self.arc_rate, "ARC rate"), (self.rrc_rate, "RRC rate")):
            not_negative(number, f"the {name}")

    @property
    def upper(self) -> Fraction:
        """The largest volume that the base fee covers."""
        return exact(self.baseline) * (1 + share_of(self.percent))

    @property
    def lower(self) -> Fraction:
        """The smallest volume that does not reduce the base fee."""
        return exact(self.baseline) * (1 - share_of(self.percent))

    def bill(self, actual: Number, *, places: int = 2) -> Anchored:
        """The adjustment and the fee for a volume of zero or more; a reduction does not go below a fee of zero."""
        volume, fee = not_negative(actual, "the volume"), exact(self.base_fee)
        from_edge = self.counted_from is CountedFrom.EDGE
        adjustment = Fraction(0)
        if volume > self.upper:
            adjustment = (volume - (self.upper if from_edge else exact(self.baseline))) * exact(self.arc_rate)
        elif volume < self.lower:
            adjustment = (volume - (self.lower if from_edge else exact(self.baseline))) * exact(self.rrc_rate)
        return _anchored(fee, max(adjustment, -fee), places)


class BeyondBands(StrEnum):
    """What units above the last band cost until a new price is agreed: nothing, or the last band's rate."""

    UNPRICED = "unpriced"
    LAST_RATE = "last_rate"


@dataclass(frozen=True, slots=True)
class ArcBand:
    """Units between two percentages of the baseline and their rate each."""

    above_percent: Number
    to_percent: Number
    rate: Number


@dataclass(frozen=True, slots=True)
class BandedArc:
    """A base fee with additional units priced by bands above the baseline, and a volume at which to renegotiate.

    Bands are in percent of the baseline (110 to 125 …), they follow each other without gap or overlap, and their
    rates usually fall. `renegotiate_above` is in percent too (None: never), equality not being above.
    """

    baseline: Number
    base_fee: Number
    bands: tuple[ArcBand, ...]
    renegotiate_above: Number | None = None
    beyond: BeyondBands = BeyondBands.UNPRICED

    def __post_init__(self) -> None:
        positive(self.baseline, "the baseline")
        not_negative(self.base_fee, "the base fee")
        edges = [HUNDRED]
        for band in self.bands:
            edges += [exact(band.above_percent), exact(band.to_percent)]
            not_negative(band.rate, "a band's rate")
        if edges != sorted(edges) or any(
            exact(one.to_percent) != exact(other.above_percent) for one, other in pairwise(self.bands)
        ):
            raise ValueError("bands start at 100 % or above, and each begins where the one before it ends")

    def bill(self, actual: Number, *, places: int = 2) -> Anchored:
        """The adjustment and the fee for a volume of zero or more."""
        percent = not_negative(actual, "the volume") / exact(self.baseline) * HUNDRED
        charged = Fraction(0)
        for band in self.bands:
            inside = min(percent, exact(band.to_percent)) - exact(band.above_percent)
            charged += max(Fraction(0), inside) * exact(band.rate)
        if self.bands and self.beyond is BeyondBands.LAST_RATE:
            last = self.bands[-1]
            charged += max(Fraction(0), percent - exact(last.to_percent)) * exact(last.rate)
        return _anchored(exact(self.base_fee), share_of(charged) * exact(self.baseline), places)

    def renegotiates(self, actual: Number) -> bool:
        """Whether the volume is one for which the parties must agree a new price."""
        if self.renegotiate_above is None:
            return False
        return exact(actual) * HUNDRED > exact(self.renegotiate_above) * exact(self.baseline)


def _anchored(fee: Fraction, adjustment: Fraction, places: int) -> Anchored:
    """Round the adjustment once, and add it to the fee."""
    change = rounded(adjustment, places)
    return Anchored(change, rounded(fee, places) + change)
