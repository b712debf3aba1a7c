"""Reads one workbook from standard input and writes its first visible sheet as JSON; runs alone, within limits.

A workbook of a few kilobytes can ask for gigabytes of cells, so that it is read where only this process can die of it.
"""

import contextlib
import datetime as dt
import io
import json
import resource
import sys
import zipfile
from decimal import Decimal
from typing import Any

import python_calamine as calamine

MEMORY = 768 * 1024 * 1024
SECONDS = 15
UNPACKED = 96 * 1024 * 1024
FILES = 500
COLUMNS = 100
DIGITS = ".15g"  # As many as a spreadsheet itself keeps and shows.


def main() -> None:
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    sys.stdout.write(json.dumps(_answer(sys.stdin.buffer.read(), int(sys.argv[1]))))


def _answer(content: bytes, most_rows: int) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
        if len(entries) > FILES or sum(entry.file_size for entry in entries) > UNPACKED:
            return {"error": "too_large"}
        return _sheet(calamine.load_workbook(io.BytesIO(content)), most_rows)
    except calamine.PasswordError:
        return {"error": "password"}
    except (calamine.CalamineError, zipfile.BadZipFile, MemoryError, OSError, ValueError, NotImplementedError):
        return {"error": "unreadable"}


def _sheet(workbook: Any, most_rows: int) -> dict[str, Any]:
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
    return {"sheet": names[0], "rows": rows}


def _text(cell: Any) -> str:
    """A cell as a person would type it into a file."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return f"{Decimal(format(cell, DIGITS)).normalize():f}"
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


if __name__ == "__main__":
    main()
