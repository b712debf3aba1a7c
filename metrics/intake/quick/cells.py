"""Whole columns read at once: each reader takes what `metrics.intake.values` takes, or leaves it to that."""

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
from metrics.intake.limits import EXTERNAL_ID_CHARACTERS
from metrics.intake.quick.sheets import NotPlain
from metrics.intake.strict_json import Number
from metrics.intake.values import LINE_END, UNFIT, Wrong, read_instant

Cells = Sequence[Any]
NUMBERS = re.compile(r"(?:-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,6})?\n)*")
WHOLE_HOURS = re.compile(r"[Zz]|[+-][0-9]{2}:?00")
CLOCKS = frozenset(f":{minute:02}:{second:02}" for minute in range(60) for second in range(60))
FLAGS = {True: True, False: False, "true": True, "false": False}
JUST_BEFORE = timedelta(hours=1, microseconds=-1)


@dataclass(frozen=True, slots=True)
class Column:
    """A column as its table takes it, and as the digest tells it: `,"name":"value"`, or nothing."""

    values: Cells
    told: Sequence[str]


@dataclass(frozen=True, slots=True)
class Moments:
    """A column of instants in UTC, as text that sorts like time, and the local day of each."""

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


def read_texts(name: str, column: Cells, *, most: int, lines: bool = False) -> Column:
    """Texts of so many characters, fit to be kept; where nothing is said the text is empty."""
    texts = ["" if cell is None else cell for cell in column] if None in column else column
    all_text = joined(texts)
    if max(map(len, texts)) > most:
        raise NotPlain
    is_simple = all_text.isascii() and all_text.isprintable()
    if not is_simple and (UNFIT.search(all_text) or (not lines and LINE_END.search(all_text))):
        raise NotPlain
    if is_simple and '"' not in all_text and "\\" not in all_text:
        return Column(texts, [f',"{name}":"{text}"' if text else "" for text in texts])
    return Column(texts, [f',"{name}":{json.dumps(text, ensure_ascii=False)}' if text else "" for text in texts])


def read_external_ids(column: Cells) -> Column:
    """The rows' own ids: visible ASCII, never empty."""
    if None in column:
        raise NotPlain
    ids = read_texts("external_id", column, most=EXTERNAL_ID_CHARACTERS)
    all_text = "".join(column)
    if "" in column or " " in all_text or not (all_text.isascii() and all_text.isprintable()):
        raise NotPlain
    return ids


def read_choices(name: str, column: Cells, *, choices: Collection[str]) -> Column:
    """Words out of a list."""
    joined(column)
    if not set(column) <= set(choices):
        raise NotPlain
    told = {word: f',"{name}":"{word}"' for word in choices}
    return Column(column, [told[word] for word in column])


def read_flags(name: str, column: Cells) -> Column:
    """True and false."""
    try:
        flags = by_what_is_said(column, lambda said: [FLAGS[cell] for cell in fit(said, {bool, str})])
    except KeyError as error:
        raise NotPlain from error
    told = {True: f',"{name}":true', False: f',"{name}":false', None: ""}
    return Column(flags, [told[flag] for flag in flags])


def read_numbers(name: str, column: Cells) -> Column:
    """Exact decimals, as whole millionths."""
    texts = by_what_is_said(column, _number_texts)
    values = by_what_is_said(texts, _millionths)
    if None in column:
        return Column(values, ["" if text is None else f',"{name}":"{tidied(text)}"' for text in texts])
    return Column(values, [f',"{name}":"{tidied(text)}"' for text in texts])


def _number_texts(said: Cells) -> Cells:
    fit(said, {str, Number, int})
    texts = list(map(str, said))
    lines = "\n".join([*texts, ""])
    if lines.count("\n") != len(texts) or not NUMBERS.fullmatch(lines):
        raise NotPlain
    return texts


def _millionths(texts: Cells) -> Cells:
    return [int(whole + part.ljust(6, "0")) for whole, _point, part in [text.partition(".") for text in texts]]


def tidied(text: str) -> str:
    """A plain number without needless zeros behind the point."""
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def between(column: Column, lowest: Any = None, highest: Any = None) -> None:
    """Leave it to the exact way if a number lies outside."""
    said = [value for value in column.values if value is not None]
    if said and (
        (lowest is not None and min(said) < lowest * MICRO) or (highest is not None and max(said) > highest * MICRO)
    ):
        raise NotPlain


def read_moments(name: str, column: Cells, zone: ZoneInfo) -> Moments:
    """Instants with their offsets; `occurred_at` brings `occurred_on`."""
    pairs = by_what_is_said(column, lambda said: _moments(fit(said, {str}), zone))
    texts = [None if pair is None else pair[0] for pair in pairs]
    days = [None if pair is None else pair[1] for pair in pairs]
    on = f"{name.removesuffix('_at')}_on"
    return Moments(
        at=Column(by_what_is_said(texts, _as_stored), [f',"{name}":"{text}"' if text else "" for text in texts]),
        on=Column(days, [f',"{on}":"{day}"' if day else "" for day in days]),
        texts=texts,
        days=frozenset(days) - {None},
    )


def _moments(said: Cells, zone: ZoneInfo) -> Sequence[tuple[str, str]]:
    """Each instant in UTC and its local day; whole seconds and offsets of whole hours share the work of their hour."""
    if all(map(WHOLE_HOURS.fullmatch, {text[19:] for text in said})) and {text[13:19] for text in said} <= CLOCKS:
        hours = {place: in_hour(place, zone) for place in {text[:13] + text[19:] for text in said}}
        if None not in hours.values():
            found = [(hours[text[:13] + text[19:]], text[13:19]) for text in said]
            return [(f"{start}{clock}+00:00", day) for (start, day), clock in found]
    return [one_moment(text, zone) for text in said]


def one_moment(text: str, zone: ZoneInfo) -> tuple[str, str]:
    try:
        at = read_instant(text)
        return at.isoformat(), at.astimezone(zone).date().isoformat()
    except (OverflowError, Wrong) as error:
        raise NotPlain from error


@lru_cache(maxsize=20_000)
def in_hour(place: str, zone: ZoneInfo) -> tuple[str, str] | None:
    """The beginning in UTC of such an hour as `2025-12-01T09+01:00`, and its local day; None where that has two."""
    try:
        start = read_instant(f"{place[:13]}:00:00{place[13:]}")
        first, last = start.astimezone(zone), (start + JUST_BEFORE).astimezone(zone)
    except (OverflowError, Wrong) as error:
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
