"""Reads one workbook from standard input and writes its first visible sheet as JSON; runs alone, within limits.

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
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
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
COLUMNS = 100
# Many cells can share one long text.
CHARACTERS = 16 * 1024 * 1024
DIGITS = ".15g"  # As many as a spreadsheet itself keeps and shows.
LONGEST = 10**15
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
PERCENT_FORMATS = frozenset({"9", "10"})
# What a format writes as it stands, and its colours and conditions.
LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def main() -> None:
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    os.nice(NICENESS)
    sys.stdout.write(json.dumps(_answer(sys.stdin.buffer.read(), int(sys.argv[1]))))


def _answer(content: bytes, most_rows: int) -> dict[str, object]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
        if len(entries) > FILES or sum(entry.file_size for entry in entries) > UNPACKED:
            return {"error": "too_large"}
        return _sheet(calamine.load_workbook(io.BytesIO(content)), content, most_rows)
    except calamine.PasswordError:
        return {"error": "password"}
    except (
        calamine.CalamineError,
        zipfile.BadZipFile,
        MemoryError,
        OSError,
        ValueError,
        LookupError,
        NotImplementedError,
        ElementTree.ParseError,
    ):
        return {"error": "unreadable"}


def _sheet(workbook: calamine.CalamineWorkbook, content: bytes, most_rows: int) -> dict[str, object]:
    names = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.visible == calamine.SheetVisibleEnum.Visible and sheet.typ == calamine.SheetTypeEnum.WorkSheet
    ]
    if not names:
        return {"error": "no_sheet"}
    sheet = workbook.get_sheet_by_name(names[0])
    if sheet.end and sheet.end[1] >= COLUMNS:
        return {"error": "too_large"}
    rows = [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False, nrows=most_rows + 1000)]
    while rows and not any(rows[-1]):
        rows.pop()
    if len(rows) > most_rows:
        return {"error": "too_many_rows"}
    if sum(map(len, chain.from_iterable(rows))) > CHARACTERS:
        return {"error": "too_large"}
    for row, column in _percentages(content, names[0]):
        if row < len(rows) and column < len(rows[row]) and NUMBER.fullmatch(rows[row][column]):
            rows[row][column] = f"{(Decimal(rows[row][column]) * 100).normalize():f}%"
    return {"sheet": names[0], "rows": rows}


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


def _text(cell: object) -> str:
    """A cell as a person would type it into a file; a number that has lost digits as a spreadsheet shows it."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, dt.timedelta):
        hours, rest = divmod(cell, dt.timedelta(hours=1))
        return f"{hours}{str(rest).removeprefix('0')}"
    if isinstance(cell, int | float) and abs(cell) >= LONGEST:
        return format(cell, ".14E")
    if isinstance(cell, float):
        return f"{Decimal(format(cell, DIGITS)).normalize():f}"
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


if __name__ == "__main__":
    main()
