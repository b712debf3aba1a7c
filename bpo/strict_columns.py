"""Whole columns of cells: read at once where all cells have the usual form, cell by cell where one has not.

What a cell may be is decided in `bpo.strict_values` alone. The quick branches here accept less than it, and give the
same values; whatever they do not accept is read by it, which also names what is wrong.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from itertools import repeat
from typing import Any
from zoneinfo import ZoneInfo

from bpo.fields import MICRO
from bpo.instants import local_day, stored_instants, utc
from bpo.strict_json import Number
from bpo.strict_values import (
    LINE_END,
    SCIENTIFIC,
    UNFIT,
    CellError,
    Reader,
    choice_reader,
    is_personal,
    read_day,
    read_external_id,
    read_flag,
    read_instant,
    read_number,
    read_pauses,
    read_pseudonym,
    text_reader,
)

Cells = Sequence[Any]
# A value as its table stores it, and its JSON text; None for what counts as empty.
Written = tuple[object, str | None]
NUMBERS = re.compile(r"(?:-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,6})?\n)*")
WHOLE_HOURS = re.compile(r"[Zz]|[+-][0-9]{2}:?00")
CLOCKS = frozenset(f":{minute:02}:{second:02}" for minute in range(60) for second in range(60))
FLAGS = {True: True, False: False, "true": True, "false": False}
FLAG_TEXTS = {True: "true", False: "false"}
SINGLE = frozenset({str, Number, int, bool})
LAST_OF_HOUR = timedelta(hours=1, microseconds=-1)


@dataclass(frozen=True, slots=True)
class Column:
    """A column as its table stores it, and as canonical JSON.

    `values` are as the database takes them. `texts` are the JSON text of each cell, None where the cell is empty;
    of a column whose cells are all filled and need no escapes they are without quotes, and `is_bare`.
    """

    values: Cells
    texts: Cells
    is_bare: bool = False

    @property
    def json_texts(self) -> Cells:
        return [f'"{text}"' for text in self.texts] if self.is_bare else self.texts

    def spread(self, cells: Cells, empty: Written) -> "Column":
        """Return the column with its cells where `cells` are filled, and empty ones between them."""
        own = zip(self.values, self.json_texts, strict=True)
        pairs = [empty if cell is None else next(own) for cell in cells]
        return Column([value for value, _text in pairs], [text for _value, text in pairs])

    def take(self, positions: Iterable[int]) -> "Column":
        places = list(positions)
        return Column([self.values[at] for at in places], [self.texts[at] for at in places], self.is_bare)


@dataclass(frozen=True, slots=True)
class ColumnReader:
    """How the cells of a column are read: one exactly, all at once, and what is stored where a row says nothing.

    `read_all` returns None unless every cell has the usual form.
    """

    read_cell: Reader
    read_all: Callable[[Cells], Column | None]
    write: Callable[[Any], Written]
    empty: Written = (None, None)

    def read(self, cells: Cells) -> tuple[Column, Mapping[int, CellError]]:
        """Return the column, and the errors of the cells that cannot be read, which it holds as empty."""
        filled = cells if None not in cells else [cell for cell in cells if cell is not None]
        column = self.read_all(filled) if filled else Column((), ())
        if column is None:
            return self._read_one_by_one(cells)
        return (column if filled is cells else column.spread(cells, self.empty)), {}

    def _read_one_by_one(self, cells: Cells) -> tuple[Column, dict[int, CellError]]:
        read_once = lru_cache(maxsize=4096, typed=True)(self._read_and_write)
        errors: dict[int, CellError] = {}
        pairs: list[Written] = []
        for at, cell in enumerate(cells):
            written: Written | CellError = self.empty
            if cell is not None:
                written = read_once(cell) if type(cell) in SINGLE else self._read_and_write(cell)
            if isinstance(written, CellError):
                errors[at], written = written, self.empty
            pairs.append(written)
        return Column([value for value, _text in pairs], [text for _value, text in pairs]), errors

    def _read_and_write(self, cell: object) -> Written | CellError:
        # The quick parser of JSON alone gives whole numbers as such.
        try:
            return self.write(self.read_cell(Number(cell) if type(cell) is int else cell))
        except CellError as error:
            # Returned for many rows: it must not hold on to the frames of the first.
            return error.with_traceback(None)


def json_rows(columns: Mapping[str, Column | str]) -> list[str]:
    """Return each row in canonical JSON: names sorted, empty cells left out; a text stands for one cell in all rows."""
    pieces: list[Iterable[str]] = []
    fixed = ""
    for name in sorted(columns):
        column = columns[name]
        if isinstance(column, str):
            fixed += f',"{name}":{column}'
        elif column.is_bare:
            pieces += [repeat(f'{fixed},"{name}":"'), column.texts]
            fixed = '"'
        else:
            texts = [f',"{name}":{text}' if text is not None else "" for text in column.texts]
            pieces += [repeat(fixed), texts]
            fixed = ""
    return [f"{{{row[1:]}}}" for row in map("".join, zip(*pieces, repeat(fixed), strict=False))]


def local_days(instants: Column, zone: ZoneInfo) -> Column:
    """Return the local day of each instant."""
    if None in instants.values:
        filled = Column([value for value in instants.values if value is not None], ())
        return local_days(filled, zone).spread(instants.values, (None, None)) if filled.values else instants
    hours = [value[:13] for value in instants.values]
    by_hour = {hour: day_of_hour(hour, zone) for hour in set(hours)}
    days = [by_hour[hour] for hour in hours]
    if None in days:
        pairs = zip(days, instants.values, strict=True)
        days = [day or local_day(utc(value), zone).isoformat() for day, value in pairs]
    return Column(days, days, is_bare=True)


@lru_cache(maxsize=20_000)
def day_of_hour(hour: str, zone: ZoneInfo) -> str | None:
    """Return the local day of an hour in UTC such as `2025-12-01T09`; None where the hour lies in two."""
    start = utc(f"{hour}:00:00")
    try:
        first, last = start.astimezone(zone), (start + LAST_OF_HOUR).astimezone(zone)
    except OverflowError:
        return None
    is_within = first.date() == last.date() and first.utcoffset() == last.utcoffset()
    return first.date().isoformat() if is_within else None


def text_column(most: int, *, lines: bool = False) -> ColumnReader:
    """Return the reader of texts of at most so many characters; where a row says nothing the text is empty."""

    def read_all(cells: Cells) -> Column | None:
        if set(map(type, cells)) != {str} or max(map(len, cells)) > most:
            return None
        joined = "".join(cells)
        is_simple = joined.isascii() and joined.isprintable()
        if not is_simple and (UNFIT.search(joined) or (not lines and LINE_END.search(joined))):
            return None
        if not lines and "E+" in joined and any(map(SCIENTIFIC.fullmatch, cells)):
            return None
        if not is_simple or '"' in joined or "\\" in joined:
            return Column(cells, [write_text(text)[1] for text in cells])
        if "" in cells:
            return Column(cells, [f'"{text}"' if text else None for text in cells])
        return Column(cells, cells, is_bare=True)

    return ColumnReader(text_reader(most, lines=lines), read_all, write_text, empty=("", None))


def write_text(text: str) -> Written:
    return text, json.dumps(text, ensure_ascii=False) if text else None


def external_id_column(most: int) -> ColumnReader:
    """Return the reader of the rows' own ids: visible ASCII, never empty."""
    read_texts = text_column(most).read_all

    def read_all(cells: Cells) -> Column | None:
        column = read_texts(cells)
        joined = "".join(cells) if column else ""
        is_visible = joined.isascii() and joined.isprintable() and " " not in joined and "" not in cells
        return column if is_visible else None

    return ColumnReader(read_external_id, read_all, write_text, empty=("", None))


def pseudonym_column(most: int) -> ColumnReader:
    """Return the reader of texts that stand for a customer, and are nobody's address or number."""
    texts = text_column(most)

    def read_all(cells: Cells) -> Column | None:
        column = texts.read_all(cells)
        return None if column is None or any(map(is_personal, cells)) else column

    return ColumnReader(read_pseudonym, read_all, write_text, empty=("", None))


def choice_column(choices: Collection[str]) -> ColumnReader:
    """Return the reader of words out of a list."""
    known = frozenset(choices)

    def read_all(cells: Cells) -> Column | None:
        return Column(cells, cells, is_bare=True) if set(map(type, cells)) == {str} and known >= set(cells) else None

    return ColumnReader(choice_reader(choices), read_all, write_text)


def read_flags(cells: Cells) -> Column | None:
    if not set(map(type, cells)) <= {bool, str} or not FLAGS.keys() >= set(cells):
        return None
    flags = [FLAGS[cell] for cell in cells]
    return Column(flags, [FLAG_TEXTS[flag] for flag in flags])


def read_numbers(cells: Cells) -> Column | None:
    """Read exact decimals; stored are whole millionths."""
    types = set(map(type, cells))
    if not types <= {str, Number, int}:
        return None
    texts = cells if types == {str} else list(map(str, cells))
    # Seconds and counts repeat a lot: each text is read once.
    distinct = list(dict.fromkeys(texts))
    lines = "\n".join([*distinct, ""])
    if lines.count("\n") != len(distinct) or not NUMBERS.fullmatch(lines):
        return None
    parts = [text.partition(".") for text in distinct]
    tidy = [text.rstrip("0").rstrip(".") if "." in text else text for text in distinct]
    values = dict(zip(distinct, [int(whole + part.ljust(6, "0")) for whole, _point, part in parts], strict=True))
    written = dict(zip(distinct, ["0" if text == "-0" else text for text in tidy], strict=True))
    return Column([values[text] for text in texts], [written[text] for text in texts], is_bare=True)


def read_instants(cells: Cells) -> Column | None:
    """Read instants of whole seconds with offsets of whole hours, which share the work of their hour."""
    if set(map(type, cells)) != {str}:
        return None
    clocks = [text[13:19] for text in cells]
    if not all(map(WHOLE_HOURS.fullmatch, {text[19:] for text in cells})) or not CLOCKS.issuperset(clocks):
        return None
    places = [text[:13] + text[19:] for text in cells]
    starts = {place: hour_in_utc(place) for place in set(places)}
    if None in starts.values():
        return None
    texts = [f"{starts[place]}{clock}+00:00" for place, clock in zip(places, clocks, strict=True)]
    return Column(stored_instants(texts), texts, is_bare=True)


@lru_cache(maxsize=20_000)
def hour_in_utc(place: str) -> str | None:
    """Return the beginning in UTC of an hour such as `2025-12-01T09+01:00`; None where there is no such hour."""
    try:
        return read_instant(f"{place[:13]}:00:00{place[13:]}").isoformat()[:13]
    except CellError:
        return None


FLAG = ColumnReader(read_flag, read_flags, lambda flag: (flag, FLAG_TEXTS[flag]))
FLAG_OR_FALSE = replace(FLAG, empty=(False, "false"))
NUMBER = ColumnReader(read_number, read_numbers, lambda number: (int(number * MICRO), f'"{number:f}"'))
INSTANT = ColumnReader(
    read_instant, read_instants, lambda at: (stored_instants([at.isoformat()])[0], f'"{at.isoformat()}"')
)
# Columns of these are short, or seldom sent: they are read cell by cell.
DAY = ColumnReader(read_day, lambda _cells: None, lambda day: (str(day), f'"{day}"'))
COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
PAUSES = ColumnReader(
    read_pauses,
    lambda _cells: None,
    lambda pauses: (json.dumps(pauses, ensure_ascii=False), COMPACT.encode(pauses) if pauses else None),
    empty=("[]", None),
)
