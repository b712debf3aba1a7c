"""The kinds of case. Each is a function whose parameters declare the inputs that it uses.

A parameter without a default is a required input, its annotation says what may stand in it, and nested objects are
dataclasses. What no parameter or field names is refused, so that no input of a case is ever ignored.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from inspect import Parameter, signature
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sla.money import Number

NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
NUMBER_TYPES = frozenset(get_args(Number))
UNIONS = (UnionType, Union)
Side = Literal["higher", "lower"]
Outputs = dict[str, Any]


class UnknownInputError(Exception):
    """An input that the kind does not use."""


class MissingInputError(Exception):
    """An input that the kind needs and the case does not give."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of case: its name, and the function that asks the engine."""

    name: str
    compute: Callable[..., Outputs]

    def answer(self, inputs: object) -> Outputs:
        """Return what the engine computes. Raises MissingInputError, UnknownInputError, TypeError or ValueError."""
        return self.compute(**self._read_object(inputs, self.compute, ""))

    def _read_object(self, given: object, target: Callable[..., Any], place: str) -> dict[str, Any]:
        """Read an object's parts as the parameters of `target` declare them."""
        if not isinstance(given, Mapping):
            raise TypeError(f"{place or 'the inputs'} must be an object, got {given!r}")
        parameters, hints = signature(target).parameters, get_type_hints(target)
        inside = f"{place}." if place else ""
        for name in given:
            if name not in parameters:
                raise UnknownInputError(f"the kind '{self.name}' does not use the input '{inside}{name}'")
        for name, parameter in parameters.items():
            if parameter.default is Parameter.empty and name not in given:
                raise MissingInputError(f"the input '{inside}{name}' is missing")
        return {name: self._read(part, hints[name], f"{inside}{name}") for name, part in given.items()}

    def _read(self, value: object, hint: Any, place: str) -> Any:
        """Read one value as its annotation declares it."""
        origin, args = get_origin(hint), get_args(hint)
        if origin in UNIONS and {*args} >= NUMBER_TYPES:
            return None if value is None and type(None) in args else read_number(value, place)
        if origin in UNIONS:
            return None if value is None else self._read(value, args[0], place)
        if origin is list:
            return [self._read(part, args[0], f"{place}[{n}]") for n, part in enumerate(as_list(value, place))]
        if origin is tuple:
            parts = as_list(value, place)
            if len(parts) != len(args):
                raise ValueError(f"'{place}' must hold {len(args)} values, got {len(parts)}")
            return tuple(self._read(part, args[n], f"{place}[{n}]") for n, part in enumerate(parts))
        if origin is dict:
            return self._read_mapping(value, args, place)
        if isinstance(hint, type) and is_dataclass(hint):
            return hint(**self._read_object(value, hint, place))
        return read_single(value, hint, place)

    def _read_mapping(self, value: object, args: tuple[Any, Any], place: str) -> dict[Any, Any]:
        if not isinstance(value, Mapping):
            raise TypeError(f"'{place}' must be an object, got {value!r}")
        return {
            self._read(name, args[0], place): self._read(part, args[1], f"{place}.{name}")
            for name, part in value.items()
        }


KINDS: dict[str, Kind] = {}


def kind(compute: Callable[..., Outputs]) -> Callable[..., Outputs]:
    """Register a function under its own name as the kind of case that it answers."""
    name = compute.__name__
    if name in KINDS:
        raise ValueError(f"two functions answer the kind '{name}'")
    KINDS[name] = Kind(name, compute)
    return compute


def as_list(value: object, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"'{place}' must be a list, got {value!r}")
    return value


def read_number(value: object, place: str) -> Number:
    """Read a number, which files may write as text; a whole one becomes an integer, whatever its notation."""
    if isinstance(value, str) and NUMBER.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, Number):
        raise TypeError(f"'{place}' must be a number, got {value!r}")
    return int(value) if value == value.__floor__() else value


def read_single(value: object, hint: Any, place: str) -> Any:
    """Read a whole number, truth value, text, day, instant, time of day, zone, or one word of a list."""
    if hint is int or (hint is bool and not isinstance(value, bool)):
        number = read_number(value, place)
        if not isinstance(number, int) or (hint is bool and number not in (0, 1)):
            raise TypeError(f"'{place}' must be {'true or false' if hint is bool else 'a whole number'}, got {value!r}")
        return hint(number)
    if get_origin(hint) is Literal or (isinstance(hint, type) and issubclass(hint, Enum)):
        words = get_args(hint) or [word.value for word in hint]
        if value not in words:
            raise ValueError(f"'{place}' must be one of {', '.join(map(str, words))}, got {value!r}")
        return value if get_args(hint) else hint(value)
    if hint is bool:
        return value
    if not isinstance(value, str):
        raise TypeError(f"'{place}' must be a text, got {value!r}")
    if hint is ZoneInfo:
        return read_zone(value, place)
    return hint.fromisoformat(value) if hint in (date, datetime, time) else value


def read_zone(name: str, place: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        raise ValueError(f"'{place}' must name a time zone, got '{name}'") from None
