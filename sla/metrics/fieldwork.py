"""Outcome rates of surveys by telephone, as AAPOR's Standard Definitions name them."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class OutcomeRates:
    """What dialled numbers came to, in percent; None of nothing."""

    response: Fraction | None
    cooperation: Fraction | None
    refusal: Fraction | None
    contact: Fraction | None


def outcome_rates(
    *, interviews: int, partial: int, refusals: int, non_contacts: int, other: int, unknown: int
) -> OutcomeRates:
    """The rates of numbers by how they ended; `unknown` are those of unknown eligibility.

    RR1, complete interviews out of everything; COOP3, out of those who were reached and able; REF1, refusals out of
    everything; CON1, those reached out of everything.
    """
    able = interviews + partial + refusals
    contacted = able + other
    everything = contacted + non_contacts + unknown
    return OutcomeRates(
        response=percent(interviews, everything),
        cooperation=percent(interviews, able),
        refusal=percent(refusals, everything),
        contact=percent(contacted, everything),
    )


def percent(part: int, whole: int) -> Fraction | None:
    """Part of the whole in percent; None of nothing."""
    return Fraction(100 * part, whole) if whole else None
