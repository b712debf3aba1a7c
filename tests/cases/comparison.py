"""Answers in the form that case files give them, and how an expected answer differs from the engine's."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from tests.cases.kinds import NUMBER

TOLERANCE = Fraction(1, 1_000_000)
DECIMALS = 4
MONEY_DECIMALS = 2


@dataclass(frozen=True, slots=True)
class Printed:
    """An exact number, and to how many decimals the files print it, unless a file shows more."""

    value: Fraction
    decimals: int


@dataclass(frozen=True, slots=True, init=False)
class AnyOf:
    """One answer in the forms that files may choose between, such as places counted from 0 or from 1."""

    readings: tuple[object, ...]

    def __init__(self, *readings: object) -> None:
        object.__setattr__(self, "readings", readings)


class Absence(Enum):
    """What stands for an answer that was not given; null is an answer."""

    NOTHING = "nothing"

    def __str__(self) -> str:
        return self.value


def printed(value: Fraction | float | None, decimals: int = DECIMALS) -> Printed | None:
    """Return the number as the files print it, by default to four decimals; None stays None."""
    return None if value is None else Printed(Fraction(value), decimals)


def money(value: Fraction) -> Printed:
    """Return an amount as the files print it."""
    return Printed(value, MONEY_DECIMALS)


def differences(expected: object, got: object, name: str = "") -> list[str]:
    """Return a line for each place where the answer is not the expected one; answers not expected are not compared."""
    if isinstance(got, AnyOf):
        return min((differences(expected, reading, name) for reading in got.readings), key=len)
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        places = [(f"{name}.{key}" if name else str(key), key) for key in expected]
        pairs = [(place, expected[key], got.get(key, Absence.NOTHING)) for place, key in places]
    elif isinstance(expected, list) and isinstance(got, list | tuple) and len(expected) == len(got):
        pairs = [(f"{name}[{n}]", *pair) for n, pair in enumerate(zip(expected, got, strict=True))]
    elif is_same(expected, got):
        return []
    else:
        return [f"{name}: expected {as_text(expected)}, got {as_text(got)}"]
    return [line for place, wanted, had in pairs for line in differences(wanted, had, place)]


def is_same(expected: object, got: object) -> bool:
    """Whether two single values are the same; true is no number, and a text is a number only where it reads as one."""
    wanted, had = as_number(expected), as_number(got)
    if wanted is not None and had is not None:
        return abs(wanted - had) <= TOLERANCE + rounding_slack(expected, got)
    if isinstance(expected, str) and isinstance(got, str):
        return str(expected) == str(got)
    return expected is got


def rounding_slack(expected: object, got: object) -> Fraction:
    """Return half a unit of the last decimal at which the two are compared: what rounding alone may change.

    An exact answer is compared at the decimals that its kind prints, or at more where the file shows more; an amount
    of money that the engine has rounded, at its own decimals where the file shows more than it has.
    """
    shown = count_decimals(expected)
    if isinstance(got, Printed):
        return Fraction(1, 2 * 10 ** max(got.decimals, shown))
    if isinstance(got, Decimal) and shown > count_decimals(got):
        return Fraction(1, 2 * 10 ** count_decimals(got))
    return Fraction(0)


def count_decimals(value: object) -> int:
    """Return how many decimals a number is written with; an exponent below one counts as decimals."""
    return max(0, -int(Decimal(value).as_tuple().exponent)) if isinstance(value, str | Decimal) else 0


def as_number(value: object) -> Fraction | None:
    """Return the number exactly, or None for what is no number, such as true and false."""
    if isinstance(value, Printed):
        return value.value
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return Fraction(value)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | Fraction):
        return None
    return Fraction(value)


def as_text(value: object) -> str:
    """Return a value as a failure shows it."""
    if isinstance(value, Printed | Fraction):
        return f"{float(value.value if isinstance(value, Printed) else value):.10g}"
    return f"[{', '.join(map(as_text, value))}]" if isinstance(value, list | tuple) else str(value)
