"""Where backups lie: each in a folder of its own that has its name only once it is whole, and for how long."""

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bpo.backups.manifest import FILE, BackupError

NAME = "desk-%Y%m%dT%H%M%SZ"
INCOMPLETE = ".incomplete-"


@contextmanager
def only_backup_to(folder: Path) -> Iterator[None]:
    """Lock a folder for one backup, made where it is missing, and remove what a killed one left in it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "backup.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as failure:
            raise BackupError(f"Another backup to {folder} is under way; wait until it has ended.") from failure
        for leftover in folder.glob(f"{INCOMPLETE}*"):
            shutil.rmtree(leftover)
        yield


@contextmanager
def new_backup(folder: Path, made_at: datetime) -> Iterator[Path]:
    """Yield a folder to write a backup into; it gets its name once everything in it is on the disk, or goes again."""
    name = made_at.astimezone(UTC).strftime(NAME)
    incomplete = folder / f"{INCOMPLETE}{name}"
    incomplete.mkdir(mode=0o700)
    try:
        yield incomplete
        for path in (*incomplete.rglob("*"), incomplete):
            _flush(path)
        incomplete.rename(folder / name)
        _flush(folder)
    except BaseException:
        shutil.rmtree(incomplete, ignore_errors=True)
        raise


def find_backups(folder: Path) -> dict[datetime, Path]:
    """Return the backups in a folder by the time at which they were made."""
    found = {}
    for path in folder.iterdir():
        try:
            made_at = datetime.strptime(path.name, NAME).replace(tzinfo=UTC)
        except ValueError:
            continue
        if (path / FILE).is_file():
            found[made_at] = path
    return found


def choose_expired(made: Iterable[datetime], *, days: int, months: int) -> list[datetime]:
    """Return which of some backups need not be kept, counted back from the newest one.

    Kept are the newest, those of so many days, and the first of each of so many months.
    """
    ordered = sorted(made)
    if not ordered:
        return []
    newest = ordered[-1]
    kept = {newest, *(at for at in ordered if at > newest - timedelta(days=days))}
    first_of_months: dict[int, datetime] = {}
    for at in ordered:
        first_of_months.setdefault(at.year * 12 + at.month, at)
    this_month = newest.year * 12 + newest.month
    kept |= {at for month, at in first_of_months.items() if month > this_month - months}
    return [at for at in ordered if at not in kept]


def delete_backup(path: Path) -> None:
    """Delete a backup, which at once has no name that looks whole."""
    shutil.rmtree(path.rename(path.with_name(f"{INCOMPLETE}{path.name}")))


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
