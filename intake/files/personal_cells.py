"""Cells that were refused because they tell who a customer is are not kept with the file."""

import csv
import io
import json
import tempfile
import zipfile
import zlib
from collections.abc import Iterable
from typing import IO, TypeVar, cast

from django.core.files.base import ContentFile, File
from django.db import transaction

from bpo.personal_data import REMOVED, personal_cells
from bpo.stored_files import delete_files
from intake.files.sources import Source, Wish, open_source
from intake.files.texts import OpenFile, cut_lines, open_text
from intake.files.workbooks import pack
from intake.models.imports import Import

KEPT = ("file", "content", "sheet")
IN_MEMORY = 1 << 20
Found = TypeVar("Found")


def remove_personal_cells(imported: Import, customers: Iterable[object], wish: Wish) -> None:
    """Replace those of the `customers` that are no pseudonyms in what is `KEPT` of a file; they are refused as before.

    `wish` is how the file is opened. Of a workbook only what was read in it stays: its own bytes hold each text in
    several places. The row is not saved, and its digest stays that of the file as it came.
    """
    personal = personal_cells(cell for cell in customers if isinstance(cell, str))
    if not personal:
        return
    source = open_source(cast(OpenFile, imported.open_file), wish, kept=imported.sheet)
    name, digest = imported.file.name, imported.sha256
    if source.is_workbook:
        entries = zlib.decompress(source.kept).splitlines()
        imported.sheet = pack(*(_without(json.loads(entry), personal) for entry in entries))
        imported.keep_file(ContentFile(_workbook_not_kept()))
    else:
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
            _rewrite(source, personal, cast("IO[bytes]", file))
            imported.keep_file(File(file))
    imported.sha256, imported.content = digest, b""
    if name:
        transaction.on_commit(lambda: delete_files([name]))


def _without(found: Found, personal: set[str]) -> Found:
    """Return what was found in a workbook without these cells, whatever lists and members hold them."""
    if isinstance(found, dict):
        return cast(Found, {name: _without(value, personal) for name, value in found.items()})
    if isinstance(found, list):
        return cast(Found, [_without(value, personal) for value in found])
    return cast(Found, REMOVED) if isinstance(found, str) and found.strip() in personal else found


def _rewrite(source: Source, personal: set[str], file: IO[bytes]) -> None:
    """Write a text without these cells, each line in its place and the others as they were."""
    out = io.TextIOWrapper(file, encoding=source.encoding, newline="")
    with open_text(source.open_file, source.encoding) as text:
        first = text.readline()
        end = "\r\n" if first.endswith("\r\n") else "\n"
        if source.says_delimiter:
            out.write(first)
        else:
            text.seek(0)
        rows = csv.writer(out, delimiter=source.delimiter, quotechar=source.quote, lineterminator=end)
        for _number, cells, error in cut_lines(text, source.delimiter, source.quote):
            if error:
                for cell in personal:
                    cells = [cells[0].replace(cell, REMOVED)]
                out.write(cells[0] + end)
            else:
                rows.writerow([REMOVED if cell.strip() in personal else cell for cell in cells])
    out.detach()
    file.seek(0)


def _workbook_not_kept() -> bytes:
    """Return a workbook in name only."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("[Content_Types].xml", "")
        archive.writestr(
            "not-kept.txt", "The workbook named customers: only what was read in it is kept, without them."
        )
    return packed.getvalue()
