"""Whether this version knows the shape of a database, and how the embedded databases are made anew."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

FILES = ("", "-wal", "-shm")


def find_unknown_migrations(alias: str) -> list[str]:
    """Return the applied migrations of our own apps that this version does not have: "metrics 0004_name"."""
    file = Path(str(connections[alias].settings_dict["NAME"]))
    if connections[alias].vendor == "sqlite" and not file.exists():
        return []
    return find_unknown(f"{app} {name}" for app, name in MigrationRecorder(connections[alias]).applied_migrations())


def find_unknown(migrations: Iterable[str]) -> list[str]:
    """Return those of some migrations that are of our own apps and that this version does not have."""
    own = {config.label for config in apps.get_app_configs() if Path(config.path).parent == settings.BASE_DIR}
    known = {f"{app} {name}" for app, name in _migrations_of_this_version()}
    return sorted(name for name in migrations if name.split()[0] in own and name not in known)


def find_missing_migrations() -> list[str]:
    """Return the migrations of this version that the database has not had: "metrics 0004_name"."""
    applied = MigrationRecorder(connections["default"]).applied_migrations()
    return sorted(f"{app} {name}" for app, name in _migrations_of_this_version() if (app, name) not in applied)


@cache
def _migrations_of_this_version() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def refuse_unknown_shape(alias: str) -> None:
    """Raise CommandError, having changed nothing, where another version of the desk made the database."""
    unknown = find_unknown_migrations(alias)
    if not unknown:
        return
    remedy = (
        "`make demo` rebuilds it with the demo world; everything in it is lost."
        if connections[alias].vendor == "sqlite"
        else "Empty it, or name another one in DATABASE_URL."
    )
    raise CommandError(
        f"The database {connections[alias].settings_dict['NAME']} was made by another version of the desk: "
        f"it has {len(unknown)} migrations that this version does not know, the first is {unknown[0]}. "
        f"Nothing was changed. {remedy} To keep its data, run the version that made it."
    )


def recreate_embedded_databases() -> None:
    """Delete the SQLite files and migrate new ones; the caller holds the data folder's lock."""
    connections.close_all()
    for alias in connections:
        for suffix in FILES:
            Path(f"{connections[alias].settings_dict['NAME']}{suffix}").unlink(missing_ok=True)
    call_command("migrate", interactive=False, verbosity=0)
