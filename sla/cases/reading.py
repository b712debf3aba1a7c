"""Inputs as case files give them: numbers may be written as text, whole ones with a point, and keys may be unknown."""

from decimal import Decimal
from typing import Any

from sla.cases.comparison import NUMBER
from sla.cases.registry import Inputs

NAMES = frozenset({"key", "name", "tz"})
WHOLE_WORDS = frozenset({"whole", "full", "floor", "down", "step", "steps", "integer"})


def with_numbers(value: Any) -> Any:
    """The inputs with each number as a number, whole ones as integers; names stay as they are written."""
    if isinstance(value, dict):
        return {name: part if name in NAMES else with_numbers(part) for name, part in value.items()}
    if isinstance(value, list):
        return [with_numbers(part) for part in value]
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return with_numbers(Decimal(value))
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value


def says_whole(inputs: Inputs, known: frozenset[str]) -> bool:
    """Whether a case says, in whatever key it adds to those known, that only whole units count."""
    added = [value for name, value in inputs.items() if name not in known]
    return any(value is True or value in WHOLE_WORDS for value in added if isinstance(value, bool | str))
