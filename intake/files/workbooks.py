"""Workbooks are read once, when they are uploaded, by a process of their own; what it found is kept with the file.

A workbook of a few kilobytes can ask for gigabytes and minutes: its process has limits, few run at once, and the
workbooks of one vendor take no more than some seconds of each minute.
"""

import json
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from pathlib import Path
from threading import Lock
from typing import TypedDict

from django.conf import settings
from django.utils.translation import gettext as _

from bpo.counters import counters
from bpo.errors import Refused
from bpo.formatting import show_count
from bpo.row_errors import UnreadableError
from bpo.size_limits import FILE_LINES, FILE_ROWS, LARGE_WORKBOOK_LINES, WORKBOOK_BYTES
from intake.files.containers import open_container
from intake.files.texts import OpenFile
from vendors.models import Vendor

# Its process knows nothing of the desk: no setting, no variable, no other package than its own.
FOLDER = Path(__file__).parents[2]
START = "import sys; sys.path.append(sys.argv.pop(1)); from intake.files.workbook_process import main; main()"
# Of its own time and of the clock's; the largest honest one that is read while a person waits takes less than two.
SECONDS, CLOCK_SECONDS, SECONDS_A_MINUTE = 6, 15, 20
# For a worker, for whom nobody waits; it says after so many seconds that it is still there.
LARGE_SECONDS, WATCHED_SECONDS = 90, 10
# A smaller one that takes longer than a page waits is no honest one.
LARGE_BYTES = 2_000_000


Kept = bytes | memoryview
# So small that what is packed a thousand times stays small.
PIECE = 4096


class Entry(TypedDict, total=False):
    """What stands in a kept workbook beside its lines: first the sheets, then the name of each, and errors."""

    sheets: list[str]
    sheet: str
    error: str


SheetLine = tuple[int, str, Sequence[str]]
UNREADABLE: Entry = {"error": "unreadable"}


class WorkbookNotRead(Refused):
    """The workbook was not read, because others are being read; nothing of it was kept."""

    code = "workbook_not_read"
    status = 429


@dataclass
class Turns:
    """Whose workbooks this process has read just now: one of each vendor, and a few in all."""

    places: int
    vendors: set[int] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)

    @contextmanager
    def turn(self, vendor: int) -> Iterator[None]:
        """Hold a place until the block ends. Raises WorkbookNotRead."""
        with self.lock:
            if vendor in self.vendors:
                raise WorkbookNotRead(_("Another workbook of yours is being read: send this one when it is done."))
            if len(self.vendors) >= self.places:
                raise WorkbookNotRead(_("Other workbooks are being read: send this one again in a few seconds."))
            self.vendors.add(vendor)
        try:
            yield
        finally:
            with self.lock:
                self.vendors.discard(vendor)


# Pages go on in the other half of the threads.
turns = Turns(max(1, settings.WEB_THREADS // 2))


def read_upload(open_file: OpenFile, *, vendor: Vendor, now: datetime) -> bytes | None:
    """Return what a workbook holds, packed; None for any other file. Raises WorkbookNotRead."""
    try:
        opened = open_container(open_file)
    except UnreadableError:
        # The preview says why.
        return None
    if not opened.is_workbook:
        return None
    with opened.open_file() as file:
        content = file.read(WORKBOOK_BYTES + 1)
    if len(content) > WORKBOOK_BYTES:
        return pack({"error": "too_large"})
    name = f"workbooks:{vendor.pk}"
    if counters().count({name: 0}, now=now)[name].hits >= SECONDS_A_MINUTE:
        raise WorkbookNotRead(
            _("Your workbooks took long to read: wait a minute."), hint=_("“CSV UTF-8” is read at once.")
        )
    with turns.turn(vendor.pk):
        began = time.monotonic()
        kept = read_workbook(content)
        counters().count({name: ceil(time.monotonic() - began)}, now=now)
    return kept


def is_for_worker(kept: Kept, size: int) -> bool:
    """Whether a workbook has more lines than a page reads, or takes longer, as only a large one may."""
    errors = {json.loads(line).get("error") for line in _kept_lines(kept) if line.startswith(b"{")}
    return "too_many_rows" in errors or (size > LARGE_BYTES and "out_of_time" in errors)


def read_large_workbook(content: bytes, *, watch: Callable[[], object]) -> bytes:
    """Have a workbook read with the limits of a worker; `watch` is called meanwhile, and may raise to end it."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", START, str(FOLDER), str(LARGE_WORKBOOK_LINES), str(LARGE_SECONDS)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    given: bytes | None = content
    try:
        for _wait in range(2 * LARGE_SECONDS // WATCHED_SECONDS):
            with suppress(subprocess.TimeoutExpired):
                kept, _errors = process.communicate(given, timeout=WATCHED_SECONDS)
                return kept if process.returncode == 0 else pack(UNREADABLE)
            given = None
            watch()
        return pack(UNREADABLE)
    finally:
        process.kill()


def read_workbook(content: bytes) -> bytes:
    """Have a workbook read by a process that may die of it; return what it holds, as it is kept with the file."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", START, str(FOLDER), str(FILE_LINES), str(SECONDS)],
            input=content, capture_output=True, timeout=CLOCK_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return pack(UNREADABLE)
    if done.returncode == -signal.SIGXCPU:
        return pack({"error": "out_of_time"})
    return done.stdout if done.returncode == 0 else pack(UNREADABLE)


def pack(*entries: object) -> bytes:
    """Return what was found in a workbook as its process writes it."""
    return zlib.compress("".join(json.dumps(entry) + "\n" for entry in entries).encode(), 1)


def sheets_in(kept: Kept) -> list[str]:
    """Return the names of the visible sheets in what was found in a workbook. Raises UnreadableError."""
    head = next(_entries(kept), UNREADABLE)
    if isinstance(head, dict) and "sheets" in head:
        return head["sheets"]
    if isinstance(head, dict) and "error" in head:
        raise _bad_workbook(head["error"])
    raise UnreadableError(
        "bad_workbook", _("This workbook was uploaded before the desk was upgraded: upload it again.")
    )


def lines_of_sheet(kept: Kept, sheet: str) -> Iterator[SheetLine]:
    """Give the lines of a sheet: number, kinds and cells. Raises UnreadableError for one that is too large."""
    is_wanted = False
    for entry in _entries(kept):
        if isinstance(entry, dict):
            if is_wanted and "error" in entry:
                raise _bad_workbook(entry["error"])
            is_wanted = entry.get("sheet") == sheet
        elif is_wanted:
            number, kinds, cells = entry
            yield number, kinds, cells


def _entries(kept: Kept) -> Iterator[Entry | SheetLine]:
    return map(json.loads, _kept_lines(kept))


def _kept_lines(kept: Kept) -> Iterator[bytes]:
    unpacker, rest = zlib.decompressobj(), b""
    for at in range(0, len(kept), PIECE):
        *lines, rest = (rest + unpacker.decompress(kept[at : at + PIECE])).split(b"\n")
        yield from lines


def _bad_workbook(error: str) -> UnreadableError:
    if error == "too_many_rows":
        most = LARGE_WORKBOOK_LINES // 1_000 * 1_000
        return too_many_rows(most, hint=_("Save it as “CSV UTF-8”, of which one file takes more."))
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


def too_many_rows(most: int = FILE_ROWS, hint: str = "") -> UnreadableError:
    """Return the refusal of a file with more rows, or lines, than one may have."""
    return UnreadableError(
        "too_many_rows", _("One file takes at most %(most)s rows.") % {"most": show_count(most)}, status=413,
        hint=hint or _("Send the rows in several files."),
    )  # fmt: skip
