"""How columns of the tables are written in a terms file, in both directions, so that what is exported loads again."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from bpo.fields import tidy

NUMBER = re.compile(r"\A[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?\Z")

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Read = Callable[[Any], Any]


def plain_number(value: Any) -> str:
    """A number's one way to be written."""
    return f"{tidy(Decimal(value)):f}"


def number_in_file(value: Any) -> Any:
    """A Decimal as a file shows it: a whole number, or a Decimal."""
    number = tidy(Decimal(value))
    return int(number) if number == number.to_integral_value() else number


def windows_from(windows: list[str]) -> list[list[str]]:
    return [window.split("-") for window in windows]


def windows_to(windows: list[list[str]]) -> list[str]:
    return ["-".join(window) for window in windows]


def week_from(week: Mapping[str, list[str]]) -> dict[str, Any]:
    return {str(WEEKDAYS.index(day)): windows_from(windows) for day, windows in week.items() if windows}


def week_to(week: Mapping[str, Any]) -> dict[str, Any]:
    return {WEEKDAYS[int(day)]: windows_to(windows) for day, windows in sorted(week.items()) if windows}


def tiers_from(tiers: list[dict[str, Any]]) -> list[list[str | None]]:
    return [[edge_from(tier.get("up_to")), plain_number(tier["rate"])] for tier in tiers]


def tiers_to(tiers: list[list[str | None]]) -> list[dict[str, Any]]:
    edges = ({} if limit is None else {"up_to": number_in_file(limit)} for limit, _rate in tiers)
    return [edge | {"rate": number_in_file(rate)} for edge, (_limit, rate) in zip(edges, tiers, strict=True)]


def edge_from(value: Any) -> str | None:
    return None if value is None else plain_number(value)


def bands_from(bands: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"name": band["name"], "lower": edge_from(band.get("lower")), "upper": edge_from(band.get("upper"))}
        for band in bands
    ]


def bands_to(bands: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"name": band["name"]}
        | {edge: number_in_file(band[edge]) for edge in ("lower", "upper") if band.get(edge) is not None}
        for band in bands
    ]


def param_from(value: Any) -> Any:
    """A parameter as it is kept: a whole number, another number as text (JSON has no Decimals), or a word."""
    if isinstance(value, bool) or (isinstance(value, str) and not NUMBER.match(value)):
        return value
    text = plain_number(value)
    return text if "." in text else int(text)


def same(value: Any) -> Any:
    return value


def words(value: Any) -> str:
    return value or ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in the table, its name in the file (dotted where nested), and how its value is written.

    `covers` names columns of the table that the same words of the file are about.
    """

    name: str
    key: str
    default: Any = None
    read: Read = same
    write: Read = same
    get: Read | None = None
    covers: tuple[str, ...] = ()

    def of(self, row: Any) -> Any:
        return self.get(row) if self.get else getattr(row, self.name)


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of item of the file, with its columns in the order in which they are written."""

    columns: tuple[Column, ...]

    def read(self, item: Mapping[str, Any], *, whole: bool = True) -> dict[str, Any]:
        """Column → value; what the item does not say has its default, or is left out where `whole` is false."""
        values = {}
        for column in self.columns:
            found, value = dig(item, column.key)
            if found or whole:
                values[column.name] = column.default if value is None else column.read(value)
        return values

    def write(self, row: Any) -> dict[str, Any]:
        """Return the row as an item of the file; columns with their default are left out."""
        item: dict[str, Any] = {}
        for column in self.columns:
            value = column.of(row)
            if value is not None and value != column.default:
                bury(item, column.key, column.write(value))
        return item

    def values(self, row: Any) -> dict[str, Any]:
        """What a file that was exported from the row would say."""
        return self.read(self.write(row))

    def key_of(self, name: str) -> tuple[str, ...]:
        """Where in an item the column stands."""
        for column in self.columns:
            if name == column.name or name in column.covers:
                return tuple(column.key.split("."))
        return ()


def dig(item: Mapping[str, Any], key: str) -> tuple[bool, Any]:
    """Whether the item says anything under a dotted key, and what."""
    found: Any = item
    for part in key.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return False, None
        found = found[part]
    return True, found


def bury(item: dict[str, Any], key: str, value: Any) -> None:
    """Put a value under a dotted key."""
    *outer, last = key.split(".")
    for part in outer:
        item = item.setdefault(part, {})
    item[last] = value


def shape(*columns: Column) -> Shape:
    return Shape(columns)


def texts(*names: str) -> list[Column]:
    return [text(name) for name in names]


def text(name: str, key: str = "", default: Any = "") -> Column:
    return Column(name, key or name, default, words)


def plain(name: str, key: str = "", default: Any = None) -> Column:
    return Column(name, key or name, default)


def number(name: str, key: str = "") -> Column:
    return Column(name, key or name, None, lambda value: tidy(Decimal(value)), number_in_file)


def day(name: str, key: str = "") -> Column:
    return Column(name, key or name, None, date.fromisoformat, date.isoformat)


def named(name: str, attribute: str = "name", key: str = "") -> Column:
    """Another row, by its name."""
    return Column(
        name, key or name, None, get=lambda row: getattr(getattr(row, name), attribute) if getattr(row, name) else None
    )
