"""A body as columns, where it is plain enough that the strict readers could not have read it otherwise.

A plain body holds rows of names and single values: nothing nested, nothing escaped, no name twice. Whatever is not
plain, and everything that is wrong, is left to the strict readers, which alone say what is wrong.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, repeat
from operator import itemgetter
from typing import Any

import msgspec

from bpo.media_types import CSV, JSON, NDJSON
from bpo.row_errors import UnreadableError
from bpo.size_limits import BULK_BYTES, NUMBER_CHARACTERS, OBJECT_BYTES, ROWS
from bpo.strict_json import Number
from intake.bodies import LIST, OBJECT, Body
from intake.rows import COLUMNS
from intake.strict_csv import header_of, text_of

SINGLE = frozenset({str, Number, int, bool, type(None)})
LARGE = 10**18
_DECODER = msgspec.json.Decoder(float_hook=Number)


class NotPlain(Exception):
    """What was sent is not of the usual kind; the exact way has to look at it."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows as columns of cells as they were sent; None where a row says nothing."""

    count: int
    columns: Mapping[str, Sequence[Any]]
    in_list: bool
    names_empty_cells: bool
    rows: Sequence[dict[str, Any]] = ()
    lines: Sequence[int] | None = None

    def as_sent(self) -> Body | None:
        """The rows as the strict readers would have read them; None where only those can tell."""
        if not self.rows:
            return None
        for name, cells in self.columns.items():
            types = set(map(type, cells))
            if int in types and not self._numbers_kept(name):
                return None
            if Number in types and any(type(cell) is Number and len(cell) > NUMBER_CHARACTERS for cell in cells):
                return None
        lines: Iterable[int | None] = self.lines or repeat(None)
        return Body(list(zip(lines, self.rows, strict=False)), self.in_list)

    def _numbers_kept(self, name: str) -> bool:
        """Whether whole numbers have the text they were sent as: of 0 and -0, and beyond all range, it is unknown."""
        for row in self.rows:
            cell = row.get(name)
            if type(cell) is int:
                if not cell or abs(cell) >= LARGE:
                    return False
                row[name] = Number(cell)
        return True


def read_sheet(body: bytes, media_type: str, *, shape: str = "") -> Sheet:
    """The columns of a plain body, or `NotPlain`."""
    if len(body) > BULK_BYTES:
        raise NotPlain
    try:
        return READERS[media_type](body, shape)
    except (csv.Error, msgspec.DecodeError, RecursionError, UnicodeError, UnreadableError) as error:
        raise NotPlain from error


def _json(body: bytes, shape: str) -> Sheet:
    value = _decoded(body)
    is_object = type(value) is dict
    if shape not in ("", OBJECT if is_object else LIST) or (is_object and len(body) > OBJECT_BYTES):
        raise NotPlain
    return _sheet([value] if is_object else value, body, in_list=not is_object)


def _ndjson(body: bytes, shape: str) -> Sheet:
    lines = [line for line in body.split(b"\n") if line.strip(b" \t\r")]
    # No string reaches over a line end, so that a line's first brace opens an object; that each line holds one
    # whole object follows from there being as many objects as lines.
    if shape == OBJECT or not all(line.startswith(b"{") and len(line) <= OBJECT_BYTES for line in lines):
        raise NotPlain
    rows = _decoded(b"[" + b",\n".join(lines) + b"]")
    if len(rows) != len(lines):
        raise NotPlain
    numbers = [number for number, line in enumerate(body.split(b"\n"), 1) if line.strip(b" \t\r")]
    return _sheet(rows, body, in_list=True, lines=numbers)


def _decoded(body: bytes) -> Any:
    if b"\\" in body:
        raise NotPlain
    return _DECODER.decode(body)


def _sheet(rows: Any, body: bytes, *, in_list: bool, lines: Sequence[int] | None = None) -> Sheet:
    if type(rows) is not list or not 0 < len(rows) <= ROWS or set(map(type, rows)) != {dict}:
        raise NotPlain
    columns = _columns(rows)
    named = sum(map(len, rows))
    texts = said = 0
    for cells in columns.values():
        types = set(map(type, cells))
        if not types <= SINGLE:
            raise NotPlain
        texts += len(cells) if types == {str} else sum(type(cell) is str for cell in cells)
        said += len(cells) if type(None) not in types else sum(cell is not None for cell in cells)
    # Without escapes every quote begins or ends a name or a text; more of them than were read means that a name
    # stood twice in some object.
    if body.count(b'"') != 2 * (named + texts):
        raise NotPlain
    return Sheet(len(rows), columns, in_list, named > said, rows, lines)


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, Sequence[Any]]:
    names = tuple(rows[0])
    if names and set(map(tuple, rows)) == {names}:
        cells = map(itemgetter(*names), rows) if len(names) > 1 else ((row[name],) for row in rows for name in names)
        return dict(zip(names, zip(*cells, strict=True), strict=True))
    every = dict.fromkeys(chain.from_iterable(rows))
    if len(every) > len(COLUMNS):
        raise NotPlain
    return {name: [row.get(name) for row in rows] for name in every}


def _csv(body: bytes, shape: str) -> Sheet:
    if shape == OBJECT:
        raise NotPlain
    rows: Iterator[list[str]] = filter(None, csv.reader(io.StringIO(text_of(body), newline=""), strict=True))
    header = header_of(next(rows, []), COLUMNS)
    cells = list(islice(rows, ROWS + 1))
    if not 0 < len(cells) <= ROWS or set(map(len, cells)) != {len(header)}:
        raise NotPlain
    columns = zip(*cells, strict=True)
    said = {
        name: [cell or None for cell in column] if "" in column else column
        for name, column in zip(header, columns, strict=True)
    }
    return Sheet(len(cells), said, in_list=True, names_empty_cells=False)


READERS: dict[str, Callable[[bytes, str], Sheet]] = {JSON: _json, NDJSON: _ndjson, CSV: _csv}
