"""Makes backups of the desk's databases while it runs."""

import shutil
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connection, connections

from bpo.backups import postgresql, sqlite
from bpo.backups.files import copy_files
from bpo.backups.folders import choose_expired, delete_backup, find_backups, new_backup, only_backup_to
from bpo.backups.manifest import BackupError, Contents, Manifest, describe_part, write_manifest
from bpo.heartbeats import BACKUP, Pulse
from bpo.models import Heartbeat
from bpo.sandbox import SANDBOX

# The files of a backup; which of them there are depends on the database.
DUMP, KEY = "database.dump", "secret_key"
SQLITE_FILES = {DEFAULT_DB_ALIAS: "record.sqlite3", SANDBOX: "sandbox.sqlite3"}


# From when on the backup of a day is due, in UTC.
DUE_AT = time(1, 30)


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made, and the older ones that were deleted after it."""

    path: Path
    manifest: Manifest
    deleted: list[Path]


def is_backup_due(now: datetime) -> bool:
    """Whether no backup has succeeded since the last time at which one was due."""
    due = datetime.combine(now.astimezone(UTC), DUE_AT, UTC)
    return not Heartbeat.objects.filter(name=BACKUP, at__gte=due if due <= now else due - timedelta(days=1)).exists()


def make_backup(folder: Path, *, keep_days: int, now: datetime) -> Backup:
    """Write a backup into a new folder under `folder`, delete those that need not be kept, and note the success.

    Raises BackupError, and leaves nothing behind, where it cannot be made.
    """
    now = now.replace(microsecond=0)
    try:
        with only_backup_to(folder):
            with new_backup(folder, now) as incomplete:
                earlier = find_backups(folder)
                manifest = write_backup(incomplete, now=now, last=earlier[max(earlier)] if earlier else None)
            made = find_backups(folder)
            path = made[now]
            expired = choose_expired(
                (at for at in made if at <= now), days=keep_days, months=settings.BACKUP_KEEP_MONTHS
            )
            for at in expired:
                delete_backup(made[at])
    except OSError as failure:
        raise BackupError(f"No backup was made in {folder}: {failure.strerror or failure}.") from failure
    except (DatabaseError, InterfaceError) as failure:
        raise BackupError(f"No backup was made: the database says {str(failure).strip()}") from failure
    Pulse().beat(BACKUP, at=now, detail=str(path))
    return Backup(path, manifest, [made[at] for at in expired])


def write_backup(folder: Path, *, now: datetime, last: Path | None) -> Manifest:
    """Write the parts of a backup and its manifest into a folder, with the files that the last backup has already."""
    # Before the database, since a file may be deleted meanwhile, and after it, since one may come.
    copy_files(folder, last)
    if connection.vendor == "postgresql":
        contents, version = postgresql.dump_database(folder / DUMP), str(postgresql.server_version())
    else:
        contents, version = copy_sqlite_files(folder), sqlite3.sqlite_version
    key = settings.VAR_DIR / KEY
    if uses_local_key():
        shutil.copyfile(key, folder / KEY)
    missing = copy_files(folder, last)
    parts = [describe_part(path, folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    manifest = Manifest(now, settings.DESK_VERSION, connection.vendor, version, contents, parts, sorted(missing))
    write_manifest(folder, manifest)
    return manifest


def copy_sqlite_files(folder: Path) -> Contents:
    """Copy the record and the sandbox, where there is one; return what the record holds."""
    for alias, name in SQLITE_FILES.items():
        file = database_file(alias)
        if alias == DEFAULT_DB_ALIAS or file.exists():
            sqlite.copy_database(file, folder / name)
    return sqlite.read_contents(folder / SQLITE_FILES[DEFAULT_DB_ALIAS])


def database_file(alias: str) -> Path:
    return Path(str(connections[alias].settings_dict["NAME"]))


def uses_local_key() -> bool:
    """Whether this desk signs with the key in its data folder, which then belongs to the backup."""
    key = settings.VAR_DIR / KEY
    return key.is_file() and key.read_text(encoding="ascii").strip() == settings.SECRET_KEY
