"""The parameters that a measure's terms may carry, checked with sentences for the person who types them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from sla.metrics.targets import Targets

Value = str | int | bool | Decimal | Targets


class ParamType(StrEnum):
    """What a parameter's value is."""

    WHOLE = "whole"
    NUMBER = "number"
    CHOICE = "choice"
    YES_NO = "yes_no"
    TEXT = "text"
    TARGETS = "targets"


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter; without a default it must be given, unless it is optional or the one named `unless` is given."""

    name: str
    type: ParamType
    default: Value | None = None
    help: str = ""
    choices: tuple[str, ...] = ()
    least: Decimal | None = None
    greatest: Decimal | None = None
    optional: bool = False
    unless: str = ""

    def read(self, given: Value | None) -> Value | None:
        """The value in its own type; ValueError says in a sentence what is wrong with it."""
        if given is None or given == "":
            if self.default is None and not self.optional:
                raise ValueError(f"The parameter '{self.name}' must be given: {self.help}.")
            return self.default
        if self.type is ParamType.TARGETS:
            return Targets.parse(given)
        if isinstance(given, Targets | Mapping):
            raise ValueError(f"The parameter '{self.name}' is a single value, got '{given}'.")
        if self.type in (ParamType.WHOLE, ParamType.NUMBER):
            return self._read_number(given)
        if self.type is ParamType.YES_NO:
            word = str(given).lower()
            if word not in ("true", "false"):
                raise ValueError(f"The parameter '{self.name}' must be true or false, got '{given}'.")
            return word == "true"
        if self.type is ParamType.CHOICE and given not in self.choices:
            raise ValueError(f"The parameter '{self.name}' must be one of {', '.join(self.choices)}; got '{given}'.")
        return str(given)

    def _read_number(self, given: str | int | bool | Decimal) -> Decimal | int:
        try:
            number = Decimal("NaN") if isinstance(given, bool) else Decimal(given)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            raise ValueError(f"The parameter '{self.name}' must be a number, got '{given}'.")
        if self.least is not None and number < self.least:
            raise ValueError(f"The parameter '{self.name}' must be at least {self.least}, got {given}.")
        if self.greatest is not None and number > self.greatest:
            raise ValueError(f"The parameter '{self.name}' must be at most {self.greatest}, got {given}.")
        if self.type is ParamType.NUMBER:
            return number
        if number != number.to_integral_value():
            raise ValueError(f"The parameter '{self.name}' must be a whole number, got {given}.")
        return int(number)


@dataclass(frozen=True, slots=True)
class Settings:
    """Parameters that were read, looked up by name and type."""

    values: Mapping[str, Value | None] = field(default_factory=dict)

    def number(self, name: str) -> Decimal:
        value = self.values[name]
        if not isinstance(value, Decimal | int):
            raise TypeError(f"the parameter '{name}' is not a number: {value!r}")
        return Decimal(value)

    def given(self, name: str) -> bool:
        return self.values[name] is not None

    def yes(self, name: str) -> bool:
        return self.values[name] is True

    def text(self, name: str) -> str:
        return str(self.values[name] or "")

    def targets(self) -> Targets | None:
        """The table of targets; None where the measure has none."""
        value = self.values.get("targets")
        return value if isinstance(value, Targets) else None

    def words(self, name: str) -> tuple[str, ...]:
        """The words of a list separated by commas."""
        return tuple(word.strip() for word in self.text(name).split(",") if word.strip())


def read_params(params: tuple[Param, ...], given: Mapping[str, Value]) -> Settings:
    """Every parameter in its own type; ValueError names the unknown, the missing and the nonsensical."""
    known = [param.name for param in params]
    unknown = sorted(set(given) - set(known))
    if unknown:
        allowed = f"It takes {', '.join(known)}." if known else "It takes none."
        raise ValueError(f"This measure has no parameter '{unknown[0]}'. {allowed}")
    spared = {param.name for param in params if param.unless in given and param.name not in given}
    read = {param.name: None if param.name in spared else param.read(given.get(param.name)) for param in params}
    return Settings(read)


def number(
    name: str, default: Decimal | None, help: str, *, least: int | None = 0, optional: bool = False, unless: str = ""
) -> Param:
    low = None if least is None else Decimal(least)
    return Param(name, ParamType.NUMBER, default, help, least=low, optional=optional, unless=unless)


def yes_no(name: str, default: bool, help: str) -> Param:
    return Param(name, ParamType.YES_NO, default, help)


def choice(name: str, choices: tuple[str, ...], help: str) -> Param:
    """A choice; the first one is the default."""
    return Param(name, ParamType.CHOICE, choices[0], help, choices)


def text(name: str, help: str) -> Param:
    return Param(name, ParamType.TEXT, "", help)
