"""Outcome rates of surveys by telephone, as AAPOR's Standard Definitions name them."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispositions:
    """How many numbers ended in which way; `unknown` are those of unknown eligibility."""

    interviews: int
    partial: int
    refusals: int
    non_contacts: int
    other: int
    unknown: int

    @property
    def all(self) -> int:
        """Every number that could have been an interview."""
        return self._contacted + self.non_contacts + self.unknown

    @property
    def _contacted(self) -> int:
        return self.interviews + self.partial + self.refusals + self.other

    def response_rate(self) -> Fraction | None:
        """RR1, in percent: complete interviews out of everything."""
        return percent(self.interviews, self.all)

    def cooperation_rate(self) -> Fraction | None:
        """COOP3, in percent: complete interviews out of those who were reached and able."""
        return percent(self.interviews, self.interviews + self.partial + self.refusals)

    def refusal_rate(self) -> Fraction | None:
        """REF1, in percent: refusals out of everything."""
        return percent(self.refusals, self.all)

    def contact_rate(self) -> Fraction | None:
        """CON1, in percent: those reached out of everything."""
        return percent(self._contacted, self.all)


def percent(part: int, whole: int) -> Fraction | None:
    """Part of the whole in percent; None of nothing."""
    return Fraction(100 * part, whole) if whole else None
