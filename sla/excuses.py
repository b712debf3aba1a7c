"""What an accepted excuse does to the numbers of a period."""

from collections import Counter
from enum import StrEnum

from sla.bands import Direction
from sla.tallies import Tally


class ExcuseTreatment(StrEnum):
    """Where excused cases go."""

    BOTH_SIDES = "both_sides"
    COUNT_AS_MET = "count_as_met"
    VOID_PERIOD = "void_period"
    REDUCE_LEVEL = "reduce_level"


def after_excuses(
    tally: Tally, excused: Tally, treatment: ExcuseTreatment, direction: Direction = Direction.HIGHER
) -> Tally:
    """The tally that counts once `excused`, a part of `tally`, is excused.

    Both sides: the excused part is taken out of everything. Count as met: excused cases stay and none of them is a
    miss. A voided period and a reduced level leave the tally as it was reported.
    """
    if treatment is ExcuseTreatment.BOTH_SIDES:
        return taken_out(tally, excused)
    if treatment is ExcuseTreatment.COUNT_AS_MET:
        met = excused.denominator if direction is Direction.HIGHER else 0
        return Tally(tally.numerator - excused.numerator + met, tally.denominator, tally.cases, tally.values)
    return tally


def taken_out(tally: Tally, part: Tally) -> Tally:
    """The tally without a part of it; ValueError where the part is not inside it."""
    excused, values = Counter(part.values), tally.values
    if excused:
        counted = []
        for value in values:
            if excused[value]:
                excused[value] -= 1
            else:
                counted.append(value)
        if excused.total():
            raise ValueError("More values are excused than were counted.")
        values = tuple(counted)
    if part.denominator > tally.denominator or part.cases > tally.cases:
        raise ValueError(f"More is excused ({part.denominator}) than was counted ({tally.denominator}).")
    return Tally(
        tally.numerator - part.numerator, tally.denominator - part.denominator, tally.cases - part.cases, values
    )
