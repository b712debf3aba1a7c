"""Reads one workbook from standard input and writes its visible sheets, packed; runs alone, within limits.

A workbook of a few kilobytes can ask for gigabytes of cells, so that it is read where only this process can die of it.
"""

import contextlib
import datetime as dt
import io
import json
import os
import re
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterator
from decimal import Decimal
from typing import IO
from xml.etree import ElementTree

import python_calamine as calamine

MEMORY = 768 * 1024 * 1024
# The largest honest workbook takes less than two.
SECONDS = 6
# Pages go before workbooks.
NICENESS = 10
UNPACKED = 96 * 1024 * 1024
FILES = 500
COLUMNS = 500
# Many cells can share one long text.
CHARACTERS = 16 * 1024 * 1024
DIGITS = ".15g"  # As many as a spreadsheet itself keeps and shows.
LONGEST = 10**15
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
PERCENT_FORMATS = frozenset({"9", "10"})
# What a format writes as it stands, and its colours and conditions.
LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
UNREADABLE = (
    calamine.CalamineError,
    zipfile.BadZipFile,
    MemoryError,
    OSError,
    ValueError,
    LookupError,
    NotImplementedError,
    ElementTree.ParseError,
)
Entry = dict[str, object] | list[object]


class TooLargeError(Exception):
    """A sheet is larger than what is read."""


def main() -> None:
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    os.nice(NICENESS)
    content, most_rows = sys.stdin.buffer.read(), int(sys.argv[1])
    packer, out = zlib.compressobj(1), sys.stdout.buffer
    for entry in _entries(content, most_rows):
        out.write(packer.compress(json.dumps(entry).encode() + b"\n"))
    out.write(packer.flush())


def _entries(content: bytes, most_rows: int) -> Iterator[Entry]:
    """The names of the visible sheets, then each sheet's name and its lines; an error ends what it is in."""
    try:
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
            yield from _lines(workbook.get_sheet_by_name(name), content, most_rows)
        except TooLargeError as error:
            yield {"error": str(error)}
        except UNREADABLE:
            yield {"error": "unreadable"}


def _lines(sheet: calamine.CalamineSheet, content: bytes, most_rows: int) -> Iterator[list[object]]:
    """The lines that hold something: number, kinds, cells."""
    if sheet.end and sheet.end[1] >= COLUMNS:
        raise TooLargeError("too_large")
    percentages: set[tuple[int, int]] | None = None
    count = characters = 0
    for row, cells in enumerate(sheet.iter_rows()):
        typed = [_typed(cell) for cell in cells]
        while typed and typed[-1][0] == "-":
            typed.pop()
        if not typed:
            continue
        count += 1
        if count > most_rows:
            raise TooLargeError("too_many_rows")
        if percentages is None:
            percentages = set(_percentages(content, sheet.name))
        for column, (kind, text) in enumerate(typed):
            if kind == "n" and (row, column) in percentages and NUMBER.fullmatch(text):
                typed[column] = "p", f"{(Decimal(text) * 100).normalize():f}%"
            characters += len(text)
        if characters > CHARACTERS:
            raise TooLargeError("too_large")
        yield [row + 1, "".join(kind for kind, _text in typed), [text for _kind, text in typed]]


def _percentages(content: bytes, name: str) -> Iterator[tuple[int, int]]:
    """The places of the cells that a sheet shows as percentages: row and column, from 0."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if "xl/styles.xml" not in archive.namelist():
            return
        styles = _xml(archive, "xl/styles.xml")
        own = {form.get("numFmtId"): form.get("formatCode", "") for form in styles.iterfind("{*}numFmts/{*}numFmt")}
        percent = {key for key, form in own.items() if "%" in LITERAL.sub("", form)} | PERCENT_FORMATS.difference(own)
        forms = [form.get("numFmtId") for form in styles.iterfind("{*}cellXfs/{*}xf")]
        wanted = {str(place) for place, form in enumerate(forms) if form in percent}
        sheets = _xml(archive, "xl/workbook.xml").iterfind("{*}sheets/{*}sheet") if wanted else ()
        keys = {value for each in sheets if each.get("name") == name for key, value in each.items() if "}id" in key}
        for relation in _xml(archive, "xl/_rels/workbook.xml.rels") if wanted else ():
            if relation.get("Id") in keys:
                target = relation.get("Target", "")
                with archive.open(target.lstrip("/") if target.startswith("/") else f"xl/{target}") as file:
                    yield from _places_of_styles(file, wanted)


def _places_of_styles(file: IO[bytes], wanted: set[str]) -> Iterator[tuple[int, int]]:
    """The places of a sheet's cells that have one of the styles."""
    for _event, element in ElementTree.iterparse(file):  # noqa: S314 - only this process can die of it
        if element.tag.endswith("}row"):
            element.clear()
        elif element.get("s") in wanted and (at := PLACE.fullmatch(element.get("r", ""))):
            column = 0
            for letter in at[1]:
                column = column * 26 + ord(letter) - 64
            yield int(at[2]) - 1, column - 1


def _xml(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(archive.read(name))  # noqa: S314 - only this process can die of it


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
        return "m", cell.isoformat(timespec="seconds")
    if isinstance(cell, dt.time):
        return "c", _clock(dt.timedelta(0, cell.second, cell.microsecond, 0, cell.minute, cell.hour))
    return "d", str(cell)


def _clock(length: dt.timedelta) -> str:
    """A length as `h:mm:ss`, with as many hours as it has."""
    sign, length = ("-", -length) if length < dt.timedelta() else ("", length)
    hours, rest = divmod(length, dt.timedelta(hours=1))
    return f"{sign}{hours}{str(rest).removeprefix('0')}"


if __name__ == "__main__":
    main()
