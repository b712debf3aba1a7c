"""Expected against got: numbers within a millionth, all else exactly."""

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from fractions import Fraction

TOLERANCE = Fraction(1, 1_000_000)


class Absence(Enum):
    """What stands for an answer that was not given; null is an answer."""

    NOTHING = "nothing"

    def __str__(self) -> str:
        return self.value


NOTHING = Absence.NOTHING


def differences(expected: object, got: object, name: str = "") -> list[str]:
    """One line for each place where the answer is not the expected one; what was not expected is not looked at."""
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
    """Whether two single values are the same; true is no number, and neither is a text."""
    wanted, had = as_number(expected), as_number(got)
    if wanted is not None and had is not None:
        return abs(wanted - had) <= TOLERANCE
    if isinstance(expected, str) and isinstance(got, str):
        return str(expected) == str(got)
    return expected is got


def as_number(value: object) -> Fraction | None:
    """The number exactly; None where it is none, as true and false are not."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | Fraction):
        return None
    return Fraction(value)


def as_text(value: object) -> str:
    """A value for a reader of failures."""
    if isinstance(value, Fraction):
        return f"{float(value):.10g}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(as_text(part) for part in value)}]"
    return str(value)
