"""Reads one workbook from standard input and writes its visible sheets, packed; runs alone, within limits.

A workbook of a few kilobytes can ask for gigabytes of cells, so that it is read where only this process can die of it.
"""

import contextlib
import datetime as dt
import io
import json
import os
import resource
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from decimal import Decimal
from xml.etree import ElementTree

import python_calamine as calamine

from intake.files import shown_cells
from intake.files.shown_in_xls import shown_in_xls

MEMORY = 768 * 1024 * 1024
# Pages go before workbooks.
NICENESS = 10
UNPACKED = 256 * 1024 * 1024
FILES = 500
COLUMNS = 500
# Many cells can share one long text.
CHARACTERS = 64 * 1024 * 1024
DIGITS = ".15g"  # As many as a spreadsheet itself keeps and shows.
LONGEST = 10**15
ARCHIVE = b"PK\x03\x04"
END = 1 << 32
UNREADABLE = (
    calamine.CalamineError,
    zipfile.BadZipFile,
    MemoryError,
    OSError,
    ValueError,
    LookupError,
    struct.error,
    NotImplementedError,
    ElementTree.ParseError,
)
Entry = dict[str, object] | list[object]


class TooLargeError(Exception):
    """A sheet is larger than what is read."""


def main() -> None:
    most_rows, seconds = int(sys.argv[1]), int(sys.argv[2])
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    os.nice(NICENESS)
    packer, out = zlib.compressobj(1), sys.stdout.buffer
    for entry in read_entries(sys.stdin.buffer.read(), most_rows):
        out.write(packer.compress(json.dumps(entry).encode() + b"\n"))
    out.write(packer.flush())


def read_entries(content: bytes, most_rows: int) -> Iterator[Entry]:
    """Give the names of the visible sheets, then each sheet's name and its lines; an error ends what it is in."""
    try:
        is_archive = content.startswith(ARCHIVE)
        if is_archive:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                entries = archive.infolist()
            if len(entries) > FILES or sum(entry.file_size for entry in entries) > UNPACKED:
                yield {"error": "too_large"}
                return
        workbook = calamine.load_workbook(io.BytesIO(content))
    except calamine.PasswordError:
        yield {"error": "password"}
        return
    except UNREADABLE:
        yield {"error": "unreadable"}
        return
    names = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.visible == calamine.SheetVisibleEnum.Visible and sheet.typ == calamine.SheetTypeEnum.WorkSheet
    ]
    yield {"sheets": names} if names else {"error": "no_sheet"}
    for name in names:
        yield {"sheet": name}
        try:
            yield from _lines(workbook.get_sheet_by_name(name), Shown(_shown(content, name)), most_rows)
        except TooLargeError as error:
            yield {"error": str(error)}
        except UNREADABLE:
            yield {"error": "unreadable"}


def _shown(content: bytes, sheet: str) -> Iterator[shown_cells.Shown]:
    if not content.startswith(ARCHIVE):
        yield from shown_in_xls(content, sheet)
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        is_ods = "content.xml" in archive.namelist()
        yield from (shown_cells.shown_in_ods if is_ods else shown_cells.shown_in_xlsx)(archive, sheet)


class Shown:
    """What some cells show, taken row by row beside the rows of values."""

    def __init__(self, rows: Iterator[shown_cells.Shown]) -> None:
        self.rows = rows
        self.row = -1
        self.cells: dict[int, tuple[str, str]] = {}

    def in_row(self, row: int) -> dict[int, tuple[str, str]]:
        """Return the cells of a row; those of rows before it are passed over. Rows out of order raise ValueError."""
        while self.row < row:
            self.row, self.cells = next(self.rows, (END, {}))
        return self.cells if self.row == row else {}


def _lines(sheet: calamine.CalamineSheet, shown: Shown, most_rows: int) -> Iterator[Entry]:
    """The lines that hold something: number, kinds, cells."""
    if sheet.end and sheet.end[1] >= COLUMNS:
        raise TooLargeError("too_large")
    count = characters = 0
    for row, cells in enumerate(sheet.iter_rows()):
        typed = [_typed(cell) for cell in cells]
        for column, (kind, value) in shown.in_row(row).items():
            typed += [("-", "")] * (column + 1 - len(typed))
            typed[column] = kind, _text_shown(kind, value)
        while typed and typed[-1][0] == "-":
            typed.pop()
        if not typed:
            continue
        count += 1
        characters += sum(len(text) for _kind, text in typed)
        if count > most_rows:
            raise TooLargeError("too_many_rows")
        if characters > CHARACTERS:
            raise TooLargeError("too_large")
        yield [row + 1, "".join(kind for kind, _text in typed), [text for _kind, text in typed]]
    shown.in_row(END)


def _text_shown(kind: str, value: str) -> str:
    if kind == "p":
        return f"{(Decimal(format(float(value), DIGITS)) * 100).normalize():f}%"
    return _clock(dt.timedelta(milliseconds=round(float(value) * 86_400_000))) if kind == "c" else value


def _typed(cell: object) -> tuple[str, str]:
    """A cell's kind, and its text as a person would type it; a number that has lost digits in its scientific form."""
    if isinstance(cell, str):
        return "t" if cell.strip() else "-", cell
    if isinstance(cell, bool):
        return "b", "true" if cell else "false"
    if isinstance(cell, int | float):
        if abs(cell) >= LONGEST:
            return "n", format(cell, ".14E")
        return "n", f"{Decimal(format(cell, DIGITS)).normalize():f}"
    if isinstance(cell, dt.timedelta):
        return "c", _clock(cell)
    if isinstance(cell, dt.datetime):
        return "m", _moment(cell)
    if isinstance(cell, dt.time):
        return "c", _clock(dt.timedelta(0, cell.second, cell.microsecond, 0, cell.minute, cell.hour))
    return "d", str(cell)


def _moment(cell: dt.datetime) -> str:
    """A moment to the millisecond, as a spreadsheet keeps it."""
    cell += dt.timedelta(microseconds=500)
    return cell.isoformat(timespec="milliseconds").removesuffix(".000")


def _clock(length: dt.timedelta) -> str:
    """A length as `h:mm:ss`, with as many hours as it has, to the millisecond."""
    sign, length = ("-", -length) if length < dt.timedelta() else ("", length)
    seconds, part = divmod(round(length / dt.timedelta(milliseconds=1)), 1000)
    text = f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{part:03}".rstrip("0") if part else text
