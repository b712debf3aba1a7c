"""CSV without guessing: UTF-8, commas, one header, and every row as wide as the header."""

import csv
import io
from collections.abc import Collection
from difflib import get_close_matches

from django.utils.translation import gettext as _

from bpo.row_errors import UnreadableError, printable
from bpo.strict_values import is_personal

BOM = b"\xef\xbb\xbf"
ONE_CELL = 1024 * 1024
NOT_CSV = (
    (b"PK\x03\x04", "an Excel file; save it as “CSV UTF-8”"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file; save it as “CSV UTF-8”"),
    (b"\xff\xfe", "UTF-16; save it as “CSV UTF-8”"),
    (b"\xfe\xff", "UTF-16; save it as “CSV UTF-8”"),
    (b"<", "a web page"),
    (b"{", "JSON; say so in Content-Type"),
)
csv.field_size_limit(ONE_CELL)


def parse_csv(body: bytes, *, columns: Collection[str], most_rows: int) -> tuple[list[str], list[list[str]], list[int]]:
    """Return the header, at most so many rows, and the line on which each begins; empty lines are passed over."""
    reader = csv.reader(io.StringIO(text_of(body), newline=""), strict=True)
    header: list[str] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    line = 1
    try:
        for cells in reader:
            if header and len(cells) == len(header):
                rows.append(cells)
                lines.append(line)
                if len(rows) == most_rows:
                    break
            elif header and cells:
                raise UnreadableError(
                    "wrong_width",
                    _("Line %(line)s has %(cells)s of %(columns)s columns.")
                    % {"line": line, "cells": len(cells), "columns": len(header)},
                    line=line,
                )
            elif cells:
                header = header_of(cells, columns)
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableError(
            "malformed_csv",
            _("The row that begins on line %(line)s cannot be read: %(why)s.") % {"line": line, "why": error},
            hint=_("A quote inside a quoted cell is written twice, and every opened quote is closed."),
            line=line,
        ) from error
    if not header:
        raise UnreadableError("empty_batch", _("There is no header and no row."))
    return header, rows, lines


def text_of(body: bytes) -> str:
    body = body.removeprefix(BOM)
    for start, kind in NOT_CSV:
        if body.lstrip().startswith(start):
            raise UnreadableError("not_csv", _("This is not CSV."), hint=_("It looks like %(kind)s.") % {"kind": kind})
    if b"\x00" in body:
        raise UnreadableError(
            "not_csv", _("A CSV file holds no NUL bytes."), hint=_("Save it as UTF-8, not as UTF-16.")
        )
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise UnreadableError(
            "not_utf8", _("Line %(line)s is not UTF-8.") % {"line": line}, hint=_("Save it as “CSV UTF-8”."), line=line
        ) from error


def header_of(names: list[str], columns: Collection[str]) -> list[str]:
    """The header, which must be made of known columns, each once."""
    for name in names:
        if name not in columns:
            # A file without a header begins with a row.
            shown = "…" if is_personal(name) else printable(name[:100])
            raise UnreadableError(
                "bad_header",
                _("The header has a column “%(name)s”, which is not known.") % {"name": shown},
                hint=_header_hint(name, columns),
                line=1,
            )
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise UnreadableError("bad_header", _("The header has the column “%(name)s” twice.") % {"name": twice}, line=1)
    return names


def _header_hint(name: str, columns: Collection[str]) -> str:
    if name.strip() in columns:
        return _("Remove the blanks around “%(name)s”.") % {"name": name.strip()}
    if ";" in name or "\t" in name:
        return _("Separate the columns by commas.")
    near = get_close_matches(name.lower(), columns, 1)
    if near:
        return _("Did you mean %(name)s?") % {"name": near[0]}
    return _("The first line names the columns: %(names)s.") % {"names": ", ".join(sorted(columns))}
