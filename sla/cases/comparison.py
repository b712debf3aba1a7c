"""Expected against got: numbers within a millionth at the decimals that are shown, all else exactly."""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from sla.cases.printing import AnyOf, Printed

TOLERANCE = Fraction(1, 1_000_000)
NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


class Absence(Enum):
    """What stands for an answer that was not given; null is an answer."""

    NOTHING = "nothing"

    def __str__(self) -> str:
        return self.value


NOTHING = Absence.NOTHING


def differences(expected: object, got: object, name: str = "") -> list[str]:
    """One line for each place where the answer is not the expected one; what was not expected is not looked at."""
    if isinstance(got, AnyOf):
        found = [differences(expected, reading, name) for reading in got.readings]
        return min(found, key=len)
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        parts = (
            (wanted, got.get(key, NOTHING), f"{name}.{key}" if name else str(key)) for key, wanted in expected.items()
        )
        return [line for wanted, had, place in parts for line in differences(wanted, had, place)]
    if isinstance(expected, list) and isinstance(got, list | tuple) and len(expected) == len(got):
        pairs = enumerate(zip(expected, got, strict=True))
        return [line for place, (wanted, had) in pairs for line in differences(wanted, had, f"{name}[{place}]")]
    if same(expected, got):
        return []
    return [f"{name}: expected {as_text(expected)}, got {as_text(got)}"]


def same(expected: object, got: object) -> bool:
    """Whether two single values are the same; true is no number, and a text is one only where it reads as one."""
    wanted, had = as_number(expected), as_number(got)
    if wanted is not None and had is not None:
        return abs(wanted - had) <= TOLERANCE + slack(expected, got)
    if isinstance(expected, str) and isinstance(got, str):
        return str(expected) == str(got)
    return expected is got


def slack(expected: object, got: object) -> Fraction:
    """What rounding alone may make of a difference: half a unit of the last decimal at which the two are compared.

    An exact answer is compared at the decimals that its kind prints, or at more where the file shows more; an amount
    of money that the engine has rounded, at its own decimals where the file shows more than it has.
    """
    shown = decimals_of(expected)
    if isinstance(got, Printed):
        return Fraction(1, 2 * 10 ** max(got.decimals, shown))
    if isinstance(got, Decimal) and shown > decimals_of(got):
        return Fraction(1, 2 * 10 ** decimals_of(got))
    return Fraction(0)


def decimals_of(value: object) -> int:
    """How many decimals a number is written with; an exponent below one counts as decimals."""
    if isinstance(value, str | Decimal):
        return max(0, -int(Decimal(value).as_tuple().exponent))
    return 0


def as_number(value: object) -> Fraction | None:
    """The number exactly; None where it is none, as true and false are not."""
    if isinstance(value, Printed):
        return value.value
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return Fraction(value)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | Fraction):
        return None
    return Fraction(value)


def as_text(value: object) -> str:
    """A value for a reader of failures."""
    if isinstance(value, Printed):
        return as_text(value.value)
    if isinstance(value, Fraction):
        return f"{float(value):.10g}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(as_text(part) for part in value)}]"
    return str(value)
