"""The drop folder: files that an SFTP server wrote into the folder of an upload address are taken in, and moved.

`DROP_FOLDER/UA-…/october.csv` goes to `taken/` or `refused/` in the same folder, with what became of it as a text file
beside it. Whoever writes there may write anything: links are never followed, and only plain files are taken.
"""

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple, cast

import structlog
from django.core.files.base import File

from bpo.errors import Refused
from bpo.models import AuditEntry
from bpo.row_errors import SubmissionError
from bpo.size_limits import FILE_BYTES
from intake.files.delivering import Delivery, take_file
from intake.models.upload_addresses import UploadAddress
from intake.upload_addresses import note_use, sender_of

# A file that nobody has written for so long is finished, unless its name says otherwise.
SETTLED = timedelta(minutes=1)
# A claim of a worker that was killed ends after it.
CLAIM_ENDS = timedelta(minutes=30)
# A folder that cannot be read counts as if something had waited in it for so long.
UNREADABLE = timedelta(hours=1)
MOST_FILES = 20
LONGEST_NAME = 200
UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".swp", "~")
CLAIM = re.compile(r"\.taking-(\d+)-(.+)", re.DOTALL)
TAKEN, REFUSED = "taken", "refused"
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
log = structlog.get_logger("desk.drop_folder")


class Dropped(NamedTuple):
    """A file of a folder: its name there, what it was called, and when it came."""

    claim: str
    name: str
    since: datetime


def take_dropped(root: str, *, now: datetime) -> datetime:
    """Take in what is finished, the oldest first, some files at a time; return since when the oldest one waits.

    Where none waits, that is now. Raises OSError where the folder cannot be read.
    """
    waiting = now
    with opened(root) as top:
        names = sorted(name for name in os.listdir(top) if not name.startswith("."))
        for name in names:
            try:
                with opened(name, top) as folder:
                    waiting = min(waiting, _take_folder(name, folder, now=now))
            except (NotADirectoryError, FileNotFoundError):
                continue
            except OSError as failure:
                log.warning("drop_folder_not_read", folder=name[:100], error=f"{failure}"[:300])
                waiting = now - UNREADABLE
    return waiting


def _take_folder(name: str, folder: int, *, now: datetime) -> datetime:
    """Take in the files of one upload address; return since when the oldest one waits that is left."""
    files = sorted(find_finished(folder, now=now), key=lambda each: each.since)
    if not files:
        return now
    usable = UploadAddress.objects.usable(now).select_related("vendor__organisation", "feed__contract", "created_by")
    address = usable.select_related("reading").filter(public_id=name).first()
    if address is None:
        log.warning("drop_folder_without_address", folder=name[:100], files=len(files))
        return files[0].since
    for file in islice(files, MOST_FILES):
        try:
            _take(address, folder, file, now=now)
        except (OSError, Refused) as failure:
            # Such as a storage that is away: the next run tries again.
            log.warning("dropped_file_waits", folder=name, error=f"{type(failure).__name__}: {failure}"[:300])
            return file.since
    return files[MOST_FILES].since if len(files) > MOST_FILES else now


def find_finished(folder: int, *, now: datetime) -> Iterator[Dropped]:
    """Yield the files that nobody writes any more, and those whose worker was killed."""
    for name in os.listdir(folder):
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        written, changed = (datetime.fromtimestamp(each, UTC) for each in (found.st_mtime, found.st_ctime))
        if not stat.S_ISREG(found.st_mode):
            continue
        if claim := CLAIM.fullmatch(name):
            if written < now - CLAIM_ENDS:
                yield Dropped(name, claim[2], datetime.fromtimestamp(int(claim[1]), UTC))
        elif max(written, changed) < now - SETTLED and name[0] not in ".~" and not name.lower().endswith(UNFINISHED):
            yield Dropped(name, short(name), changed.replace(microsecond=0))


def _take(address: UploadAddress, folder: int, file: Dropped, *, now: datetime) -> None:
    """Claim a file, take it in, and move it once that is committed; a crash before that repeats nothing."""
    claim = f".taking-{int(file.since.timestamp())}-{file.name}"
    try:
        os.rename(file.claim, claim, src_dir_fd=folder, dst_dir_fd=folder)
        os.utime(claim, dir_fd=folder)
    except FileNotFoundError:
        # Another worker has it.
        return
    place, said, shown = REFUSED, "", f"{now:%Y%m%dT%H%M%S}"
    try:
        delivery = _deliver(address, folder, claim, file, now=now)
    except SubmissionError as refused:
        said = f"{refused.detail} {refused.hint}".strip()
    except (OSError, Refused):
        # The next run takes it up again.
        os.utime(claim, (0, 0), dir_fd=folder)
        raise
    else:
        place, said, shown = TAKEN, delivery.text, delivery.imported.public_id
    note_use(address, error=said if place == REFUSED else "", now=now)
    move(folder, claim, place, f"{shown}-{file.name}", said)


def _deliver(address: UploadAddress, folder: int, claim: str, file: Dropped, *, now: datetime) -> Delivery:
    descriptor = os.open(claim, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as content:
        if os.fstat(descriptor).st_size > FILE_BYTES:
            raise SubmissionError(413, "too_large", f"The file has more than {FILE_BYTES // 1_000_000} MB.")
        return take_file(
            address=address,
            sender=sender_of(address, channel=AuditEntry.Channel.WORKER),
            file_name=file.name.encode("utf-8", "replace").decode(),
            content=File(cast("IO[bytes]", content), name=""),
            since=file.since,
            now=now,
        )


def short(name: str) -> str:
    """Return a name that leaves room for what is put before and behind it."""
    encoded = os.fsencode(name)
    return name if len(encoded) <= LONGEST_NAME else hashlib.sha256(encoded).hexdigest() + Path(name).suffix[:10]


def move(folder: int, name: str, place: str, to: str, said: str) -> None:
    """Move a file into a folder beside it, after a text file with what became of it."""
    with suppress(FileExistsError):
        os.mkdir(place, dir_fd=folder)
    with opened(place, folder) as target:
        with suppress(FileExistsError):
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            with os.fdopen(os.open(f"{to}.txt", flags, 0o644, dir_fd=target), "w", encoding="utf-8") as text:
                text.write(f"{said}\n")
        os.rename(name, to, src_dir_fd=folder, dst_dir_fd=target)


@contextmanager
def opened(name: str, folder: int | None = None) -> Iterator[int]:
    """Open a folder that is no link. Raises OSError."""
    with ExitStack() as stack:
        descriptor = os.open(name, DIRECTORY, dir_fd=folder)
        stack.callback(os.close, descriptor)
        yield descriptor
