"""An uploaded file as a table: a header, and rows of text with the line numbers that the spreadsheet shows."""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from bpo.row_errors import UnreadableError, printable
from bpo.size_limits import BULK_BYTES, ROWS
from intake.files.sources import Line, Source, Wish, open_source
from intake.files.texts import DELIMITERS, ENCODINGS, SHOWN
from intake.files.workbooks import Kept, too_many_rows


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds, and how it was read."""

    header: list[str]
    rows: list[tuple[int, list[str]]]
    media_type: str
    is_workbook: bool
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    # How the first cell that tells them apart reads in each encoding, and its line where nobody has chosen one.
    encodings: Mapping[str, str] = field(default_factory=dict)
    odd_line: int = 0


def read_table(content: bytes, encoding: str = "", *, kept: Kept | None = None) -> Table:
    """Return the table in a file. Raises UnreadableError.

    `encoding` is what a person has chosen for a text that has no mark and is not UTF-8, `kept` what was found in a
    workbook when it was uploaded.
    """
    if len(content) > BULK_BYTES:
        raise UnreadableError("too_large", _("The file has more than 10 MiB."), status=413)
    source = open_source(lambda: io.BytesIO(content), Wish(encoding=encoding), kept=kept)
    lines = _lines(source)
    header = next(lines, None)
    if header is None:
        where = _("The sheet “%(sheet)s” is empty.") % {"sheet": source.sheet[:80]}
        raise UnreadableError("empty_batch", where if source.is_workbook else _("The file is empty."))
    names = list(header.cells)
    if source.is_workbook:
        names = names[: max(number for number, name in enumerate(names, 1) if name.strip())]
    rows = [_as_wide_as(names, line) for line in lines]
    if not rows:
        raise UnreadableError("empty_batch", _("There is no row under the header."))
    return Table(
        names,
        rows,
        media_type=source.media_type,
        is_workbook=source.is_workbook,
        encoding=ENCODINGS.get(source.encoding, ""),
        delimiter=DELIMITERS.get(source.delimiter, ""),
        sheet=source.sheet[:80],
        encodings=source.encodings,
        odd_line=source.odd_line,
    )


def _lines(source: Source) -> Iterator[Line]:
    """Every line that holds something. Raises UnreadableError for one that cannot be cut, and for too many."""
    for count, line in enumerate(source.lines()):
        if line.error:
            raise UnreadableError(
                "malformed_csv",
                _("Line %(line)s cannot be read as %(encoding)s with “%(delimiter)s”: %(why)s. It reads: %(text)s")
                % {
                    "line": line.number, "encoding": ENCODINGS[source.encoding], "why": line.error,
                    "delimiter": DELIMITERS.get(source.delimiter, source.delimiter),
                    "text": printable(line.cells[0][:SHOWN]),
                },
                hint=_("A quote inside a quoted cell is written twice, and every opened quote is closed."),
            )  # fmt: skip
        if count > ROWS:
            raise too_many_rows()
        yield line


def _as_wide_as(header: Sequence[str], line: Line) -> tuple[int, list[str]]:
    """The row in the header's width; what hangs over is an error unless it is empty."""
    cells = list(line.cells)
    if line.kinds:
        # The cells of a sheet that hold nothing are there, too.
        cells += [""] * (len(header) - len(cells))
    if len(cells) < len(header) or any(cell.strip() for cell in cells[len(header) :]):
        raise UnreadableError(
            "wrong_width",
            _("Line %(line)s has %(cells)s of %(columns)s columns.")
            % {"line": line.number, "cells": len(cells), "columns": len(header)},
            line=line.number,
        )
    return line.number, cells[: len(header)]
