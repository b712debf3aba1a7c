"""Lines of a text that are all as usual, taken column by column: whole, right in every cell, and none a total.

Most lines of a long file are, and this takes a fifth of the time of line after line. Where one is not, None is given,
and each line is looked at.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence

from bpo.strict_values import CellError
from intake.files.readings.cells import LeaveOutRow
from intake.files.readings.day_hours import Step
from intake.files.readings.heads import says_total
from intake.files.readings.rows import Rows
from intake.files.sources import Line

Column = Sequence[str]
# A moment as the API takes it, which is checked with the row.
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})")


def columns_of(lines: Sequence[Line], width: int, after: int) -> list[Column] | None:
    """Return the columns of lines of a text that are all so wide, and stand below a line."""
    if not lines or lines[0].number <= after:
        return None
    if any(len(line.cells) != width or line.error or line.kinds for line in lines):
        return None
    return list(zip(*(line.cells for line in lines), strict=True))


def take_plainly(
    lines: Sequence[Line], columns: Sequence[Column], steps: Sequence[Step], needed: Collection[str]
) -> Rows | None:
    """Return the rows of lines."""
    read: dict[str, list[str | None]] = {}
    for step in steps:
        cells = columns[step.place]
        values = _values(step, set(cells))
        if values is None or (step.name in needed and None in values.values()):
            return None
        if step.name == "period" and any(says_total(value or "") for value in values.values()):
            return None
        read[step.name] = [values[cell] for cell in cells]
    names, rows = tuple(read), Rows()
    rows.lines = [line.number for line in lines]
    rows.cells = [dict(zip(names, row, strict=True)) for row in zip(*read.values(), strict=True)]
    return rows


def _values(step: Step, cells: Collection[str]) -> dict[str, str | None] | None:
    """Return what different cells of a column are read as; None where one cannot be read, or leaves out its row."""
    values: dict[str, str | None] = {}
    is_moment = step.name.endswith("_at")
    try:
        for cell in cells:
            plain = cell.strip()
            if is_moment and INSTANT.fullmatch(plain):
                values[cell] = plain
            else:
                values[cell] = step.read(plain, "") if plain else None
    except (CellError, LeaveOutRow):
        return None
    return values


def counts_of(lines: Sequence[Line], columns: Sequence[Column]) -> list[list[tuple[str, int, int]]] | None:
    """Return for each column its different cells, each with how often it comes and its first line."""
    stripped = [list(map(str.strip, column)) for column in columns]
    # A line of one cell may be a note, and one that begins with a total's word is one.
    if len(stripped) < 2 or not all(all(column) for column in stripped[:2]):
        return None
    if any(map(says_total, set(stripped[0]))):
        return None
    numbers = [line.number for line in reversed(lines)]
    counted = []
    for column in stripped:
        first = dict(zip(reversed(column), numbers, strict=True))
        counted.append([(text, count, first[text]) for text, count in Counter(column).items() if text])
    return counted
