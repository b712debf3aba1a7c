"""Whole columns read at once: each reader takes what `bpo.strict_values` takes, or leaves it to that."""

import json
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from bpo.fields import MICRO
from bpo.size_limits import EXTERNAL_ID_CHARACTERS
from bpo.strict_json import Number
from bpo.strict_values import LINE_END, UNFIT, CellError, read_instant
from intake.quick.sheets import NotPlain

Cells = Sequence[Any]
NUMBERS = re.compile(r"(?:-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,6})?\n)*")
WHOLE_HOURS = re.compile(r"[Zz]|[+-][0-9]{2}:?00")
CLOCKS = frozenset(f":{minute:02}:{second:02}" for minute in range(60) for second in range(60))
FLAGS = {True: True, False: False, "true": True, "false": False}
FLAGS_TOLD = {True: "true", False: "false", None: None}
JUST_BEFORE = timedelta(hours=1, microseconds=-1)


@dataclass(frozen=True, slots=True)
class Column:
    """A column as its table takes it, and as the digest tells it.

    Told is the JSON text of each cell, None where the row says nothing; of a column that says something in every row
    and needs no escapes it is the bare text, and `is_bare`.
    """

    values: Cells
    told: Cells
    is_bare: bool = False


@dataclass(frozen=True, slots=True)
class Moments:
    """A column of instants in UTC, the local day of each, and both as they sort."""

    at: Column
    on: Column
    texts: Cells
    days: frozenset[str]


def by_what_is_said(column: Cells, read: Callable[[Cells], Cells]) -> Cells:
    """Read the cells that say something; the others stay None."""
    if None not in column:
        return read(column)
    said = iter(read([cell for cell in column if cell is not None]))
    return [None if cell is None else next(said) for cell in column]


def read_texts(column: Cells, *, most: int, lines: bool = False) -> Column:
    """Texts of so many characters, fit to be kept; where nothing is said the text is empty."""
    texts = ["" if cell is None else cell for cell in column] if None in column else column
    all_text = joined(texts)
    if max(map(len, texts)) > most:
        raise NotPlain
    is_simple = all_text.isascii() and all_text.isprintable()
    if not is_simple and (UNFIT.search(all_text) or (not lines and LINE_END.search(all_text))):
        raise NotPlain
    if not is_simple or '"' in all_text or "\\" in all_text:
        return Column(texts, [json.dumps(text, ensure_ascii=False) if text else None for text in texts])
    if "" in texts:
        return Column(texts, [f'"{text}"' if text else None for text in texts])
    return Column(texts, texts, is_bare=True)


def read_external_ids(column: Cells) -> Column:
    """The rows' own ids: visible ASCII, never empty."""
    if None in column:
        raise NotPlain
    ids = read_texts(column, most=EXTERNAL_ID_CHARACTERS)
    all_text = "".join(column)
    if "" in column or " " in all_text or not (all_text.isascii() and all_text.isprintable()):
        raise NotPlain
    return ids


def read_choices(column: Cells, *, choices: Collection[str]) -> Column:
    """Words out of a list."""
    joined(column)
    if not set(column) <= set(choices):
        raise NotPlain
    return Column(column, column, is_bare=True)


def read_flags(column: Cells) -> Column:
    """True and false."""
    try:
        flags = by_what_is_said(column, lambda said: [FLAGS[cell] for cell in fit(said, {bool, str})])
    except KeyError as error:
        raise NotPlain from error
    return Column(flags, [FLAGS_TOLD[flag] for flag in flags])


def read_numbers(column: Cells) -> Column:
    """Exact decimals, as whole millionths."""
    texts = by_what_is_said(column, _number_texts)
    values, told = by_what_is_said(texts, _millionths), by_what_is_said(texts, _tidied)
    if None in column:
        return Column(values, [None if text is None else f'"{text}"' for text in told])
    return Column(values, told, is_bare=True)


def _number_texts(said: Cells) -> Cells:
    types = set(map(type, fit(said, {str, Number, int})))
    texts = said if types == {str} else list(map(str, said))
    lines = "\n".join([*texts, ""])
    if lines.count("\n") != len(texts) or not NUMBERS.fullmatch(lines):
        raise NotPlain
    return texts


def _millionths(texts: Cells) -> Cells:
    return [int(whole + part.ljust(6, "0")) for whole, _point, part in [text.partition(".") for text in texts]]


def _tidied(texts: Cells) -> Cells:
    """Plain numbers without needless zeros behind the point."""
    tidy = [text.rstrip("0").rstrip(".") if "." in text else text for text in texts]
    return ["0" if text == "-0" else text for text in tidy] if "-0" in tidy else tidy


def between(column: Column, lowest: Any = None, highest: Any = None) -> None:
    """Leave it to the exact way if a number lies outside."""
    said = [value for value in column.values if value is not None]
    if said and (
        (lowest is not None and min(said) < lowest * MICRO) or (highest is not None and max(said) > highest * MICRO)
    ):
        raise NotPlain


def read_moments(column: Cells, zone: ZoneInfo) -> Moments:
    """Instants with their offsets, and their local days."""
    if None not in column:
        texts, days = _moments(fit(column, {str}), zone)
        return Moments(Column(_as_stored(texts), texts, True), Column(days, days, True), texts, frozenset(days))
    said = iter(zip(*_moments(fit([cell for cell in column if cell is not None], {str}), zone), strict=True))
    pairs = [(None, None) if cell is None else next(said) for cell in column]
    texts, days = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return Moments(
        at=Column(by_what_is_said(texts, _as_stored), [text and f'"{text}"' for text in texts]),
        on=Column(days, [day and f'"{day}"' for day in days]),
        texts=texts,
        days=frozenset(days) - {None},
    )


def _moments(said: Cells, zone: ZoneInfo) -> tuple[Sequence[str], Sequence[str]]:
    """Each instant in UTC and its local day; whole seconds and offsets of whole hours share the work of their hour."""
    clocks = [text[13:19] for text in said]
    if all(map(WHOLE_HOURS.fullmatch, {text[19:] for text in said})) and CLOCKS.issuperset(clocks):
        places = [text[:13] + text[19:] for text in said]
        hours = {place: in_hour(place, zone) for place in set(places)}
        if None not in hours.values():
            starts = {place: hour[0] for place, hour in hours.items() if hour}
            days = {place: hour[1] for place, hour in hours.items() if hour}
            texts = [f"{starts[place]}{clock}+00:00" for place, clock in zip(places, clocks, strict=True)]
            return texts, [days[place] for place in places]
    pairs = [one_moment(text, zone) for text in said]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def one_moment(text: str, zone: ZoneInfo) -> tuple[str, str]:
    try:
        at = read_instant(text)
        return at.isoformat(), at.astimezone(zone).date().isoformat()
    except (OverflowError, CellError) as error:
        raise NotPlain from error


@lru_cache(maxsize=20_000)
def in_hour(place: str, zone: ZoneInfo) -> tuple[str, str] | None:
    """The beginning in UTC of such an hour as `2025-12-01T09+01:00`, and its local day; None where that has two."""
    try:
        start = read_instant(f"{place[:13]}:00:00{place[13:]}")
        first, last = start.astimezone(zone), (start + JUST_BEFORE).astimezone(zone)
    except (OverflowError, CellError) as error:
        raise NotPlain from error
    if first.date() != last.date() or first.utcoffset() != last.utcoffset():
        return None
    return start.isoformat()[:13], first.date().isoformat()


def _as_stored(texts: Cells) -> Cells:
    """Instants in UTC as the table's database writes them."""
    if connection.vendor == "sqlite":
        return [f"{text[:10]} {text[11:-6]}" for text in texts]
    return texts


def joined(texts: Cells) -> str:
    """All texts in one, to look through them at once."""
    return "".join(fit(texts, {str}))


def fit(cells: Cells, types: Collection[type]) -> Cells:
    """The cells, if each is of one of these types, and of no type made from it."""
    if not set(map(type, cells)) <= set(types):
        raise NotPlain
    return cells
