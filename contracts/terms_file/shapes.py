"""How columns of the tables are written in a terms file, in both directions, so that what is exported loads again."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import Model

from bpo.fields import tidy
from contracts.terms_file.reading import Item

NUMBER = re.compile(r"\A[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?\Z")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Read = Callable[[Any], object]


def plain_number(value: Decimal | int | str | None) -> str | None:
    """A number's one way to be written; None where there is none."""
    return None if value is None else f"{tidy(Decimal(value)):f}"


def number_in_file(value: Decimal | int | str) -> Decimal | int:
    """A Decimal as a file shows it: a whole number, or a Decimal."""
    number = tidy(Decimal(value))
    return int(number) if number == number.to_integral_value() else number


def windows_from(windows: list[str]) -> list[list[str]]:
    return [window.split("-") for window in windows]


def windows_to(windows: list[list[str]]) -> list[str]:
    return ["-".join(window) for window in windows]


def tiers_to(tiers: list[tuple[str | None, str]]) -> list[Item]:
    items = []
    for limit, rate in tiers:
        edge = {} if limit is None else {"up_to": number_in_file(limit)}
        items.append(edge | {"rate": number_in_file(rate)})
    return items


def bands_to(bands: list[Item]) -> list[Item]:
    items = []
    for band in bands:
        edges = {edge: number_in_file(band[edge]) for edge in ("lower", "upper") if band.get(edge) is not None}
        items.append({"name": band["name"]} | edges)
    return items


def params_from(params: Item) -> Item:
    """Parameters as stored: whole numbers, other numbers as text (JSON has no Decimals), words, and tables of them."""
    stored: Item = {}
    for name, value in params.items():
        if isinstance(value, dict):
            stored[name] = params_from(value)
        elif isinstance(value, bool) or (isinstance(value, str) and not NUMBER.match(value)):
            stored[name] = value
        else:
            number = number_in_file(value)
            stored[name] = number if isinstance(number, int) else plain_number(number)
    return stored


def per_from(per: Item) -> Item:
    """How another feed gives the denominator, as stored."""
    measure = {"measure": params_from(per["measure"])} if "measure" in per else {}
    only = {"only": {column: sorted(per["only"][column]) for column in sorted(per["only"])}} if "only" in per else {}
    return measure | only | ({"scale": plain_number(per["scale"])} if "scale" in per else {})


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in the table, its key in the file (dotted where nested), and how its value is written.

    The key is the name unless given. `covers` names columns of the table that the same words of the file are about.
    """

    name: str
    key: str = ""
    default: object = None
    read: Read = lambda value: value
    write: Read = lambda value: value
    get: Read | None = None
    covers: tuple[str, ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        """Where in an item of the file the column stands."""
        return tuple((self.key or self.name).split("."))


text = partial(Column, default="", read=lambda value: value or "")
number = partial(Column, read=lambda value: tidy(Decimal(value)), write=number_in_file)
day = partial(Column, read=date.fromisoformat, write=date.isoformat)


def texts(*names: str) -> list[Column]:
    return [text(name) for name in names]


def named(name: str, attribute: str = "name") -> Column:
    """Another row, by its name."""
    return Column(name, get=lambda row: getattr(getattr(row, name), attribute, None))


def week(name: str) -> Column:
    """Windows by weekday, which is a word in the file and a digit in the table."""
    return Column(
        name,
        default={},
        read=lambda week: {str(WEEKDAYS.index(day)): windows_from(week[day]) for day in week if week[day]},
        write=lambda week: {WEEKDAYS[int(day)]: windows_to(week[day]) for day in sorted(week) if week[day]},
    )


class Shape:
    """A kind of item of the file, with its columns in the order in which they are written."""

    def __init__(self, *columns: Column) -> None:
        self.columns = columns

    def read(self, item: Item, *, whole: bool = True) -> Item:
        """Column → value; what the item does not say has its default, or is left out where `whole` is false."""
        values = {}
        for column in self.columns:
            found, value = dig(item, column.path)
            if found or whole:
                values[column.name] = column.default if value is None else column.read(value)
        return values

    def write(self, row: Model) -> Item:
        """Return the row as an item of the file; columns with their default are left out."""
        item: Item = {}
        for column in self.columns:
            value = column.get(row) if column.get else getattr(row, column.name)
            if value is not None and value != column.default:
                *outer, last = column.path
                inner = item
                for part in outer:
                    inner = inner.setdefault(part, {})
                inner[last] = column.write(value)
        return item

    def values(self, row: Model) -> Item:
        """What a file that was exported from the row would say."""
        return self.read(self.write(row))

    def path_of(self, name: str) -> tuple[str, ...]:
        """Where in an item the column stands; nowhere where the file has no such column."""
        for column in self.columns:
            if name == column.name or name in column.covers:
                return column.path
        return ()


def dig(item: Item, path: Iterable[str]) -> tuple[bool, Any]:
    """Whether the item says anything at a path, and what."""
    found: Any = item
    for part in path:
        if not isinstance(found, Mapping) or part not in found:
            return False, None
        found = found[part]
    return True, found
