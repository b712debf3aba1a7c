"""Copies of SQLite databases, made and put back by the library itself, so that no program is needed."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from bpo.backups.manifest import BackupError, Contents
from bpo.database_shape import FILES

LOCK_SECONDS = 2


def copy_database(source: Path, target: Path) -> None:
    """Copy a database as it stands at one moment, while others write to it. Raises BackupError."""
    needed, free = source.stat().st_size, shutil.disk_usage(target.parent).free
    if free < needed:
        raise BackupError(f"The copy of {source} needs {needed:,} bytes, and {free:,} are free there.")
    try:
        with closing(_connect(source, "rw")) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            state = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as failure:
        raise BackupError(f"{source} cannot be copied: {failure}.") from failure
    if state != "ok":
        raise BackupError(f"{source} is damaged: {state} Restore the last backup.")


def read_contents(file: Path) -> Contents:
    """Return what a database file holds."""
    with closing(_connect(file, "rw")) as database:
        tables = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        rows = {
            name: database.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0]  # noqa: S608
            for (name,) in sorted(tables.fetchall())
        }
        applied = database.execute("SELECT app, name FROM django_migrations ORDER BY app, name").fetchall()
    return Contents([f"{app} {name}" for app, name in applied], rows)


def put_database_back(source: Path, target: Path) -> None:
    """Write a copy over a database, wholly or not at all. Raises BackupError where another process has it open."""
    try:
        with closing(_connect(source, "ro&immutable=1")) as kept, closing(_open_alone(target)) as live:
            kept.backup(live)
    except sqlite3.Error as failure:
        raise BackupError(f"{target} could not be written and is as it was: {failure}.") from failure


def _open_alone(file: Path) -> sqlite3.Connection:
    """Open a database that no other process has open; one that is no database any more is made anew."""
    database = sqlite3.connect(file, timeout=LOCK_SECONDS)
    try:
        # Leaving the write-ahead log needs every other connection to be gone.
        database.execute("PRAGMA journal_mode=DELETE")
        database.execute("PRAGMA locking_mode=EXCLUSIVE")
        database.execute("BEGIN EXCLUSIVE")
        database.execute("COMMIT")
    except sqlite3.OperationalError as failure:
        database.close()
        raise BackupError(f"A process has {file} open ({failure}); stop the desk first.") from failure
    except sqlite3.DatabaseError:
        database.close()
        for suffix in FILES:
            Path(f"{file}{suffix}").unlink(missing_ok=True)
        return sqlite3.connect(file)
    return database


def _connect(file: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode={mode}", uri=True)
