"""Workbooks are read once, when they are uploaded, by a process of their own; what it found is kept with the file.

A workbook of a few kilobytes can ask for gigabytes and minutes: its process has limits, few run at once, and the
workbooks of one vendor take no more than some seconds of each minute.
"""

import json
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
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
from bpo.size_limits import ROWS
from vendors.models import Vendor

ZIP = b"PK\x03\x04"
READER = Path(__file__).with_name("workbook_process.py")
SECONDS, SECONDS_A_MINUTE = 15, 20


class Found(TypedDict, total=False):
    """What a workbook holds: its first visible sheet, or the error for which it cannot be read."""

    sheet: str
    rows: list[list[str]]
    error: str


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


def read_upload(content: bytes, *, vendor: Vendor, now: datetime) -> bytes | None:
    """Return what a workbook holds, packed; None for any other file. Raises WorkbookNotRead."""
    if not content.startswith(ZIP):
        return None
    name = f"workbooks:{vendor.pk}"
    if counters().count({name: 0}, now=now)[name].hits >= SECONDS_A_MINUTE:
        raise WorkbookNotRead(
            _("Your workbooks took long to read: wait a minute."), hint=_("“CSV UTF-8” is read at once.")
        )
    with turns.turn(vendor.pk):
        began = time.monotonic()
        found = read_workbook(content)
        counters().count({name: ceil(time.monotonic() - began)}, now=now)
    return pack(found)


def read_workbook(content: bytes) -> Found:
    """Have a workbook read by a process that may die of it."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(READER), str(ROWS + 1)],
            input=content, capture_output=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        found: Found = json.loads(done.stdout) if done.returncode == 0 else {"error": "unreadable"}
    except (subprocess.TimeoutExpired, ValueError):
        return {"error": "unreadable"}
    return found


def pack(found: Found) -> bytes:
    """Return what was found as it is kept with the file."""
    return zlib.compress(json.dumps(found).encode(), 1)


def unpack(kept: bytes | memoryview) -> Found:
    """Return what was found in a workbook when it was uploaded."""
    found: Found = json.loads(zlib.decompress(kept))
    return found
