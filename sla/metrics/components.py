"""What a store must add up for a measure: sums under conditions, small enough to become one SQL expression each."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from fractions import Fraction
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from sla.tallies import exact

Row = Mapping[str, object]


class Operator(StrEnum):
    """How a condition compares a column; a missing value never satisfies a comparison, as in SQL."""

    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    IN = "in"
    MISSING = "missing"
    PRESENT = "present"


class Moment(Enum):
    """An instant that is known only when the rows are read."""

    AS_OF = "as_of"


AS_OF = Moment.AS_OF
Constant = Decimal | int | str | bool | tuple[str, ...] | Moment | None
COMPARISONS: dict[Operator, Callable[[Any, Any], object]] = {
    Operator.EQ: eq,
    Operator.NE: ne,
    Operator.LT: lt,
    Operator.LE: le,
    Operator.GT: gt,
    Operator.GE: ge,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """`column operator constant`, or `column operator (than + plus_seconds)` where `than` names another column.

    The constant `AS_OF` stands for the instant at which the rows are looked at.
    """

    column: str
    operator: Operator
    constant: Constant = None
    than: str | None = None
    plus_seconds: Decimal = Decimal(0)

    def holds(self, row: Row, as_of: datetime | None = None) -> bool:
        """Whether the row satisfies the condition."""
        value = row.get(self.column)
        if self.operator in (Operator.MISSING, Operator.PRESENT):
            return (value is None) is (self.operator is Operator.MISSING)
        if self.operator is Operator.IN:
            return value in self.constant if isinstance(self.constant, tuple) else False
        other = row.get(self.than) if self.than else as_of if self.constant is AS_OF else self.constant
        if value is None or other is None:
            return False
        if isinstance(other, datetime):
            other = moved(other, self.plus_seconds)
        return bool(COMPARISONS[self.operator](value, other))


def moved(instant: datetime, seconds: Decimal) -> datetime:
    """The instant so many seconds later, to the microsecond."""
    return instant + timedelta(microseconds=int(seconds * 1_000_000))


@dataclass(frozen=True, slots=True)
class Component:
    """A sum over the rows that satisfy every condition: of `column`, of `column × times`, or of ones."""

    name: str
    column: str | None = None
    times: str | None = None
    where: tuple[Condition, ...] = ()

    def amount(self, row: Row, as_of: datetime | None = None) -> Fraction | None:
        """What the row adds to the sum; None where it adds nothing."""
        if not all(condition.holds(row, as_of) for condition in self.where):
            return None
        product = Fraction(1)
        for factor in (row.get(column) for column in (self.column, self.times) if column):
            if factor is None:
                return None
            if not isinstance(factor, Fraction | Decimal | int):
                raise TypeError(f"a row must hold exact numbers, got {factor!r}")
            product *= exact(factor)
        return product

    def over(self, rows: Iterable[Row], as_of: datetime | None = None) -> Fraction:
        """The sum over those rows; zero where no row counts, as a store answers too."""
        return sum((amount for row in rows if (amount := self.amount(row, as_of)) is not None), Fraction(0))


def equals(column: str, constant: Constant) -> Condition:
    return Condition(column, Operator.EQ, constant)


def present(column: str) -> Condition:
    return Condition(column, Operator.PRESENT)
