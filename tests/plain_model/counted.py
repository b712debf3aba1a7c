"""What the rows of a period come to."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Counted:
    """Sums and value of a period as far as its rows have come.

    `has_come` says that anything has, `is_reported` that all has that is owed; `waits` that an open case may still be
    in time, so that the period cannot close.
    """

    numerator: Fraction
    denominator: Fraction
    value: Fraction | None
    has_come: bool
    is_reported: bool
    waits: bool = False
