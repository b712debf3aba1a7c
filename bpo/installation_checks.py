"""Checks of what the desk runs on, which only a look at it can answer: the database, the broker and the disk.

`manage.py check --deploy --database default` asks them, with the environment of web and workers.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, InterfaceError, connection
from kombu.exceptions import OperationalError
from redis import RedisError

from bpo import probes, row_security

MOST_SECONDS_APART = 2


def check_installation(
    app_configs: object, databases: Sequence[str] | None = None, **kwargs: object
) -> list[checks.CheckMessage]:
    """What is wrong with the database, the broker and the folders, where a database is named to look into."""
    if not databases:
        return []
    return [*find_unwritable_folders(), *find_unwritable_files(), *find_unsafe_broker(), *find_unsafe_database()]


def find_unsafe_database() -> Iterator[checks.CheckMessage]:
    """The role of web and workers must not be able to drop tables, and both clocks must agree."""
    try:
        powers = probes.powers_of_role() if settings.PRODUCTION else ""
        apart = probes.seconds_apart()
    except (DatabaseError, InterfaceError) as failure:
        yield _error(30, f"The database does not answer: {str(failure).strip()}", "Start it, or mend DATABASE_URL.")
        return
    if powers:
        yield _error(
            31,
            f"The desk's database role {powers}: a fault in the desk could drop or forge the record.",
            "Give web, worker, beat and watch a role that owns nothing in DATABASE_URL: deploy/postgres-roles.sh",
        )
    if settings.ROW_SECURITY and (lacking := row_security.find_lacking(connection)):
        yield _error(
            36, f"ROW_SECURITY is on, and {lacking}.", "docs/operators.md, “Row-level security”, has the steps."
        )
    if abs(apart) > MOST_SECONDS_APART:
        yield _error(
            32,
            f"The clocks of this machine and of the database are {abs(apart)} seconds apart.",
            "Set the clocks of all machines by one time server.",
        )


def find_unsafe_broker() -> Iterator[checks.CheckMessage]:
    """A broker that drops messages when it is full would lose notifications without an error."""
    try:
        policy = probes.eviction_policy()
    except (OperationalError, RedisError, OSError) as failure:
        yield _error(33, f"The broker does not answer: {failure}", "Start Redis, or mend REDIS_URL.")
        return
    if policy != "noeviction":
        yield _error(
            34,
            f"The broker's maxmemory-policy is {policy}: when its memory is full it drops tasks.",
            "redis-server --maxmemory-policy noeviction",
        )


def find_unwritable_folders() -> Iterator[checks.CheckMessage]:
    for name, folder in (("VAR_DIR", settings.VAR_DIR), ("BACKUP_FOLDER", settings.BACKUP_FOLDER)):
        if folder and not can_write(Path(folder)):
            yield _error(
                35,
                f"{name} cannot be written: {folder}.",
                f"Let the user that runs the desk write there, or name another folder in {name}.",
            )


def find_unwritable_files() -> Iterator[checks.CheckMessage]:
    if not probes.can_store_files():
        remedy = "Mend the folder or the service that FILES_URL names, or its keys: docs/operators.md, Uploaded files."
        yield _error(37, "Files cannot be written to the storage that FILES_URL names.", remedy)


def can_write(folder: Path) -> bool:
    """Whether files can be made in a folder, or the folder itself where it is missing."""
    existing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)


def _error(number: int, sentence: str, remedy: str) -> checks.Error:
    return checks.Error(sentence, hint=remedy, id=f"desk.E{number:03d}")
