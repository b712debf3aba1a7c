"""What is wrong with the cells of columns that could not be read at once: only those are looked at, cell by cell."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bpo.row_errors import RowError
from bpo.size_limits import ERRORS_LISTED
from bpo.strict_values import (
    EXTERNAL_ID,
    INSTANT,
    PLAIN_NUMBER,
    CellError,
    Reader,
    read_external_id,
    read_instant,
    read_number,
)
from intake.addresses import FeedRules
from intake.quick.sheets import NotPlain
from intake.rows import missing, shape_of

Rows = Sequence[tuple[int | None, Any]]
# A text that does not look like this is wrong, whatever would be said of it.
LOOKS: Mapping[Reader, re.Pattern[str]] = {
    read_external_id: EXTERNAL_ID,
    read_instant: INSTANT,
    read_number: PLAIN_NUMBER,
}
UNTOLD = CellError("untold", "")


@dataclass(frozen=True, slots=True)
class Doubt:
    """Rows of one feed, and those of their columns in which a cell may be wrong or missing."""

    rules: FeedRules
    places: Sequence[int]
    doubtful: Collection[str]
    lacking: Collection[str]


class Doubtful(NotPlain):
    """Columns of a plain body could not be read at once."""

    def __init__(self, doubts: Sequence[Doubt]) -> None:
        super().__init__()
        self.doubts = doubts


def wrong_cells(doubts: Sequence[Doubt], rows: Rows) -> dict[int, list[RowError]]:
    """Row → what is wrong with its cells; of the other rows nothing is known yet.

    Of each column the first mistakes are put into words, as many as an answer lists; the others are only found.
    """
    found: dict[int, list[RowError]] = {}
    for doubt in doubts:
        found |= _wrong_of_feed(doubt, rows)
    return found


def _wrong_of_feed(doubt: Doubt, rows: Rows) -> dict[int, list[RowError]]:
    """In each row first what cannot be read, as its cells stand there, then what it lacks."""
    found: dict[int, list[RowError]] = {}
    readers = shape_of(doubt.rules).readers
    for name in doubt.doubtful:
        for place, cell, wrong in _wrong_in(doubt.places, rows, name, readers[name]):
            found.setdefault(place + 1, []).append(_mistake(place, rows, name, cell, wrong))
    if len(doubt.doubtful) > 1:
        for row, mistakes in found.items():
            order = list(rows[row - 1][1])
            mistakes.sort(key=lambda mistake, order=order: order.index(mistake.field))
    for name in sorted(doubt.lacking):
        wrong = missing(name)
        for place in doubt.places:
            if rows[place][1].get(name) is None:
                found.setdefault(place + 1, []).append(_mistake(place, rows, name, None, wrong))
    return found


def _mistake(place: int, rows: Rows, name: str, cell: Any, wrong: CellError) -> RowError:
    return RowError(place + 1, rows[place][0], name, wrong.code, wrong.detail, wrong.hint, cell)


def _wrong_in(places: Sequence[int], rows: Rows, name: str, read: Reader) -> list[tuple[int, Any, CellError]]:
    """Place, cell and what is wrong with it, down one column."""
    read_once = lru_cache(maxsize=4096, typed=True)(lambda cell: _wrong(read, cell))
    looks = LOOKS.get(read)
    found: list[tuple[int, Any, CellError]] = []
    for place in places:
        cell = rows[place][1].get(name)
        if cell is None:
            continue
        if len(found) >= ERRORS_LISTED and looks and type(cell) is str and not looks.fullmatch(cell):
            found.append((place, cell, UNTOLD))
        elif wrong := read_once(cell):
            found.append((place, cell, wrong))
    return found


def _wrong(read: Reader, cell: Any) -> CellError | None:
    try:
        read(cell)
    except CellError as wrong:
        return wrong.with_traceback(None)
    return None
