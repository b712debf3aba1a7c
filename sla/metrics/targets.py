"""Targets that differ by a column of the rows, such as four hours for priority P1 and three business days for P3."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from sla.metrics.components import Row
from sla.tallies import exact
from sla.wording import plain

# Each unit of a length: whether it runs in business time, and its seconds; a business day has no fixed length.
UNITS: dict[str, tuple[bool, int]] = {
    "seconds": (False, 1),
    "minutes": (False, 60),
    "hours": (False, 3600),
    "days": (False, 86400),
    "business_minutes": (True, 60),
    "business_hours": (True, 3600),
    "business_days": (True, 0),
}
COLUMNS = ("priority", "group", "queue")
OTHERS = "others"
AnyRow = TypeVar("AnyRow", bound=Row)


@dataclass(frozen=True, slots=True)
class Target:
    """How long a case may take: so many `seconds` on its clock, or `days`, to the close of the n-th business day.

    The day of receipt is day 0.
    """

    business: bool
    seconds: Decimal = Decimal(0)
    days: int = 0
    text: str = ""

    @classmethod
    def parse(cls, given: object, name: str) -> "Target":
        """A target as terms write it, `{business_hours: 8}`; ValueError says in a sentence what is wrong with it."""
        value: str | int | Decimal
        unit, value = next(iter(given.items())) if isinstance(given, Mapping) and len(given) == 1 else ("", 0)
        if unit not in UNITS:
            raise ValueError(f"The target of '{name}' is one length in {', '.join(UNITS)}; got '{given}'.")
        is_number = isinstance(value, int | str | Decimal) and not isinstance(value, bool)
        try:
            amount = Decimal(value) if is_number else Decimal("NaN")
        except InvalidOperation:
            amount = Decimal("NaN")
        is_whole = amount.is_finite() and amount == amount.to_integral_value()
        if not amount.is_finite() or amount <= 0 or (unit == "business_days" and not is_whole):
            least = "a whole number of business days" if unit == "business_days" else "a number"
            raise ValueError(f"The target of '{name}' needs {least} above zero, got '{value}'.")
        business, seconds = UNITS[unit]
        text = f"{plain(exact(amount))} {unit.replace('_', ' ')}"
        return cls(business, amount * seconds, 0 if seconds else int(amount), text)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Targets:
    """The target of each value of a column; rows with another value have `default`, or none and do not count."""

    column: str = ""
    by_value: Mapping[str, Target] = field(default_factory=dict)
    default: Target | None = None

    @classmethod
    def parse(cls, given: object) -> "Targets":
        """A table as terms write it, `{priority: {P1: {hours: 4}}}`; the value "" means rows that have none."""
        column, table = next(iter(given.items())) if isinstance(given, Mapping) and len(given) == 1 else ("", None)
        if column not in COLUMNS or not isinstance(table, Mapping) or not table:
            raise ValueError(f"The targets are a table under one of {', '.join(COLUMNS)}, got '{given}'.")
        return cls(column, {str(value): Target.parse(target, value) for value, target in table.items()})

    def __str__(self) -> str:
        return ", ".join(f"{value or 'none'} {target}" for value, target in sorted(self.by_value.items()))

    def value_of(self, row: Row) -> str:
        """The row's value of the column, which may be empty."""
        return str(row.get(self.column) or "")

    def of(self, row: Row) -> Target | None:
        """The row's target; None where it has none."""
        return self.by_value.get(self.value_of(row), self.default)

    def groups(self, rows: Iterable[AnyRow]) -> dict[str, list[AnyRow]]:
        """The rows that have a target, by their value, in its order; the default's under `OTHERS`, last."""
        found: dict[str, list[AnyRow]] = {value: [] for value in (*sorted(self.by_value), OTHERS)}
        for row in rows:
            if self.of(row) is not None:
                value = self.value_of(row)
                found[value if value in self.by_value else OTHERS].append(row)
        return {value: those for value, those in found.items() if those}
