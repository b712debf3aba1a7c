"""Which files are too large to be read while a person waits."""

import io
import zlib

from bpo.row_errors import UnreadableError
from bpo.size_limits import FILE_ROWS, QUICK_FILE_BYTES
from intake.files.containers import open_container
from intake.files.texts import OpenFile
from intake.files.workbooks import Kept, is_for_worker

CHUNK = 1 << 20
# A line of a spreadsheet, as it is kept, begins so.
SHEET_LINE = b"\n["


def has_many_lines(open_file: OpenFile, kept: Kept | None) -> bool:
    """Whether a text, or what was found in a workbook, has more lines than a page reads; unreadable files have none."""
    if kept:
        with open_file() as file:
            size = file.seek(0, io.SEEK_END)
        return _count_in_sheets(kept) > FILE_ROWS or is_for_worker(kept, size)
    lines = size = 0
    try:
        opened = open_container(open_file)
        if opened.is_workbook:
            return False
        with opened.open_file() as file:
            while chunk := file.read(CHUNK):
                lines, size = lines + chunk.count(b"\n"), size + len(chunk)
                if lines > FILE_ROWS or size > QUICK_FILE_BYTES:
                    return True
    except UnreadableError:
        # The preview says why.
        return False
    return False


def _count_in_sheets(kept: Kept) -> int:
    unpacker, count = zlib.decompressobj(), 0
    for at in range(0, len(kept), CHUNK >> 8):
        count += unpacker.decompress(kept[at : at + (CHUNK >> 8)]).count(SHEET_LINE)
    return count
