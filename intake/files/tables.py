"""An uploaded file as a table: a header, and rows of text with the line numbers that the spreadsheet shows."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from bpo.row_errors import UnreadableError, printable
from bpo.size_limits import BULK_BYTES, ROWS
from intake.files.workbooks import ZIP, Found, unpack
from intake.models.imports import Import

OLD_EXCEL = b"\xd0\xcf\x11\xe0"
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
EIGHT_BIT = {encoding: f"Windows-{encoding[2:]}" for encoding in filter(None, Import.Encoding.values)}
ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", **EIGHT_BIT}
SHOWN = 120


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds, and how it was read."""

    header: list[str]
    rows: list[tuple[int, list[str]]]
    is_workbook: bool
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    # How the first cell that tells them apart reads in each encoding, and its line where nobody has chosen one.
    encodings: Mapping[str, str] = field(default_factory=dict)
    odd_line: int = 0

    @property
    def media_type(self) -> str:
        sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return sheet if self.is_workbook else "text/csv"


def read_table(content: bytes, encoding: str = "", *, kept: bytes | memoryview | None = None) -> Table:
    """Return the table in a file, whose kind shows in its content and not in its name. Raises UnreadableError.

    `encoding` is what a person has chosen for a text that has no mark and is not UTF-8, `kept` what was found in a
    workbook when it was uploaded.
    """
    if len(content) > BULK_BYTES:
        raise UnreadableError("too_large", _("The file has more than 10 MiB."), status=413)
    if content.startswith(OLD_EXCEL):
        raise UnreadableError(
            "bad_workbook", _("This is an old or a protected Excel file."),
            hint=_("Save it as .xlsx without a password, or as “CSV UTF-8”."),
        )  # fmt: skip
    if not content.startswith(ZIP):
        table = _csv(content, encoding)
    elif kept:
        table = _sheet_of(unpack(kept))
    else:
        detail = _("This workbook was uploaded before the desk was upgraded: upload it again.")
        raise UnreadableError("bad_workbook", detail)
    if not table.rows:
        raise UnreadableError("empty_batch", _("There is no row under the header."))
    return table


def _csv(content: bytes, chosen: str) -> Table:
    text, encoding = _decoded(content, chosen)
    first = next((line for line in text.splitlines() if line.strip()), "")
    outside_quotes = "".join(first.split('"')[::2])
    delimiter = max(DELIMITERS, key=outside_quotes.count)
    lines = _lines(text, delimiter, encoding, first)
    if not lines:
        raise UnreadableError("empty_batch", _("The file is empty."))
    (_line, header), *rows = lines
    rows = [_as_wide_as(header, line, cells) for line, cells in rows]
    table = Table(header, rows, is_workbook=False, encoding=ENCODINGS[encoding], delimiter=DELIMITERS[delimiter])
    return replace(table, **_readings(content, delimiter, encoding == chosen)) if encoding in EIGHT_BIT else table


def _readings(content: bytes, delimiter: str, is_chosen: bool) -> dict[str, Any]:
    """How each encoding of one byte a letter reads the first cell that tells Western from Central European."""
    texts = [content.decode(encoding, "replace") for encoding in ("cp1252", "cp1250")]
    at = next((at for at, pair in enumerate(zip(*texts, strict=True)) if pair[0] != pair[1]), None)
    if at is None:
        return {}
    ends = [delimiter.encode(), b"\n", b"\r", b'"']
    start = 1 + max(content.rfind(end, 0, at) for end in ends)
    stop = min((end for mark in ends if (end := content.find(mark, at)) >= 0), default=len(content))
    cell = content[start:stop][:SHOWN]
    return {
        "encodings": {encoding: cell.decode(encoding, "replace") for encoding in EIGHT_BIT},
        "odd_line": 0 if is_chosen else content.count(b"\n", 0, at) + 1,
    }


def _decoded(content: bytes, chosen: str) -> tuple[str, str]:
    """The text and its encoding: by its mark, else UTF-8 where it is that, else as chosen, or as Excel in the West."""
    candidates = [name for mark, name in MARKS if content.startswith(mark)]
    candidates = candidates or ["utf-8", *dict.fromkeys(filter(None, [chosen, "cp1252", "cp1250"]))]
    for encoding in candidates:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text, encoding
    raise UnreadableError(
        "not_utf8",
        _("The file is no text in %(tried)s. It begins: %(first)s")
        % {"tried": ", ".join(ENCODINGS[name] for name in candidates), "first": ascii(content[:40])[2:-1]},
        hint=_("Save it as “CSV UTF-8” or as .xlsx."),
    )


def _lines(text: str, delimiter: str, encoding: str, first: str) -> list[tuple[int, list[str]]]:
    """Every row that holds something, with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[tuple[int, list[str]]] = []
    try:
        line = 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((line, cells))
            if len(found) > ROWS + 1:
                raise _too_many()
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableError(
            "malformed_csv",
            _("Line %(line)s cannot be read as %(encoding)s with “%(delimiter)s”: %(why)s. Line 1 reads: %(first)s")
            % {
                "line": reader.line_num, "encoding": ENCODINGS[encoding], "delimiter": DELIMITERS[delimiter],
                "why": error, "first": printable(first[:SHOWN]),
            },
            hint=_("A quote inside a quoted cell is written twice, and every opened quote is closed."),
        ) from error  # fmt: skip
    return found


def _as_wide_as(header: list[str], line: int, cells: list[str]) -> tuple[int, list[str]]:
    """The row in the header's width; what hangs over is an error unless it is empty."""
    if len(cells) < len(header) or any(cell.strip() for cell in cells[len(header) :]):
        raise UnreadableError(
            "wrong_width",
            _("Line %(line)s has %(cells)s of %(columns)s columns.")
            % {"line": line, "cells": len(cells), "columns": len(header)},
            line=line,
        )
    return line, cells[: len(header)]


def _sheet_of(found: Found) -> Table:
    """The first visible sheet of a workbook."""
    if "error" in found:
        raise _bad_workbook(found["error"])
    lines = [(number, cells) for number, cells in enumerate(found["rows"], 1) if any(cell.strip() for cell in cells)]
    if not lines:
        raise UnreadableError("empty_batch", _("The sheet “%(sheet)s” is empty.") % {"sheet": found["sheet"][:80]})
    (_line, header), *rows = lines
    width = max(number for number, name in enumerate(header, 1) if name.strip())
    header = header[:width]
    return Table(header, [_as_wide_as(header, *row) for row in rows], is_workbook=True, sheet=found["sheet"][:80])


def _bad_workbook(error: str) -> UnreadableError:
    if error == "too_many_rows":
        return _too_many()
    details = {
        "too_large": _("Unpacked, the workbook is too large, or has too many columns."),
        "password": _("The workbook is protected by a password."),
        "no_sheet": _("The workbook has no visible sheet of cells."),
    }
    return UnreadableError(
        "bad_workbook",
        details.get(error, _("The workbook cannot be read within bounded memory and time.")),
        hint=_("Keep only the rows to send, and save again as .xlsx or as “CSV UTF-8”."),
    )


def _too_many() -> UnreadableError:
    return UnreadableError(
        "too_many_rows", _("One file takes at most %(most)s rows.") % {"most": ROWS}, status=413,
        hint=_("Send the rows in several files."),
    )  # fmt: skip
