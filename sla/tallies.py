"""What was counted over a span: sums that can be added up, so that percentages never have to be averaged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import chain

Exact = Fraction | Decimal | int


def exact(number: Exact) -> Fraction:
    """The number as a fraction; a float is refused, because it is seldom the number that was meant."""
    if isinstance(number, float):
        raise TypeError(f"an exact number is needed, got the float {number!r}")
    return number if isinstance(number, Fraction) else Fraction(number)


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over a span: numerator, denominator, how many cases stand behind them, and, for percentiles, the values.

    `values` are kept in rising order, so that two tallies of the same facts are equal in whatever order they came.
    """

    numerator: Fraction
    denominator: Fraction
    cases: int
    values: tuple[Fraction, ...] = ()

    def __post_init__(self) -> None:
        if self.cases < 0:
            raise ValueError(f"the number of cases cannot be negative, got {self.cases}")
        if any(one > other for one, other in zip(self.values, self.values[1:], strict=False)):
            object.__setattr__(self, "values", tuple(sorted(self.values)))

    def __add__(self, other: "Tally") -> "Tally":
        return Tally.total((self, other))

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
        return cls(exact(numerator), below, counted, tuple(exact(value) for value in values))

    @classmethod
    def total(cls, tallies: "Iterable[Tally]") -> "Tally":
        """All tallies added up, in one pass."""
        parts = list(tallies)
        return cls(
            sum((part.numerator for part in parts), Fraction(0)),
            sum((part.denominator for part in parts), Fraction(0)),
            sum(part.cases for part in parts),
            tuple(sorted(chain.from_iterable(part.values for part in parts))),
        )
