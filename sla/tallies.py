"""What was counted over a span: sums that can be added up, so that percentages never have to be averaged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import lcm

from sla.ranked import Ranked, joined

Exact = Fraction | Decimal | int


def exact(number: Exact) -> Fraction:
    """The number as a fraction; a float is refused, because it is seldom the number that was meant."""
    if isinstance(number, Fraction):
        return number
    if isinstance(number, float):
        raise TypeError(f"an exact number is needed, got the float {number!r}")
    return Fraction(number)


def added(numbers: Iterable[Fraction]) -> Fraction:
    """The sum; whole numbers, which most are, are added as such, many times faster."""
    whole, rest = 0, Fraction(0)
    for number in numbers:
        if number.denominator == 1:
            whole += number.numerator
        else:
            rest += number
    return rest + whole


def in_order(values: Sequence[Fraction]) -> Sequence[Fraction]:
    """The values from least to greatest."""
    if isinstance(values, Ranked):
        return values
    # On a common denominator, integers are in the same order and compare many times faster.
    common = lcm(*{value.denominator for value in values})
    ranks = [value.numerator * (common // value.denominator) for value in values]
    if all(one <= other for one, other in pairwise(ranks)):
        return tuple(values)
    places = sorted(range(len(ranks)), key=ranks.__getitem__)
    return tuple(values[place] for place in places)


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over a span: numerator, denominator, how many cases stand behind them, and, for percentiles, the values.

    `values` are kept in rising order, so that two tallies of the same facts are equal in whatever order they came.
    """

    numerator: Fraction
    denominator: Fraction
    cases: int
    values: Sequence[Fraction] = ()

    def __post_init__(self) -> None:
        if self.cases < 0:
            raise ValueError(f"the number of cases cannot be negative, got {self.cases}")
        if self.values:
            object.__setattr__(self, "values", in_order(self.values))

    def scaled(self, share: Fraction) -> "Tally":
        """A share, from 0 to 1, of the sums; of the cases the whole ones in it."""
        return Tally(self.numerator * share, self.denominator * share, (self.cases * share).__floor__(), self.values)

    @classmethod
    def empty(cls) -> "Tally":
        """Nothing counted."""
        return cls(Fraction(0), Fraction(0), 0)

    @classmethod
    def of(
        cls, numerator: Exact, denominator: Exact, cases: int | None = None, values: Sequence[Exact] = ()
    ) -> "Tally":
        """A tally of any exact numbers; the cases are the whole part of the denominator unless given."""
        below = exact(denominator)
        counted = max(0, below.__floor__()) if cases is None else cases
        single = values if isinstance(values, Ranked) else tuple(exact(value) for value in values)
        return cls(exact(numerator), below, counted, single)

    @classmethod
    def total(cls, tallies: "Iterable[Tally]") -> "Tally":
        """All tallies added up, in one pass."""
        parts = list(tallies)
        return cls(
            added(part.numerator for part in parts),
            added(part.denominator for part in parts),
            sum(part.cases for part in parts),
            joined(part.values for part in parts),
        )
