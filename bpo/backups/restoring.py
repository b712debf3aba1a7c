"""Restores a backup: what cannot be restored is refused before anything is written."""

import shutil
from pathlib import Path

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections

from bpo.backups import postgresql, sqlite
from bpo.backups.making import DUMP, KEY, SQLITE_FILES, database_file, uses_local_key
from bpo.backups.manifest import BackupError, Contents, Manifest, check_parts, numbers_of, read_manifest
from bpo.database_shape import find_unknown
from bpo.models import Organisation, User


def read_backup(folder: Path) -> Manifest:
    """Return the manifest of a whole backup that this desk can restore. Raises BackupError."""
    manifest = read_manifest(folder)
    check_parts(folder, manifest)
    if manifest.database != connection.vendor:
        raise BackupError(
            f"The backup is of {manifest.database} and this desk runs on {connection.vendor}: "
            "restore it on a desk with a database of its own kind."
        )
    unknown = find_unknown(manifest.contents.migrations)
    if unknown or numbers_of(manifest.desk_version) > numbers_of(settings.DESK_VERSION):
        what = (
            f"has {len(unknown)} migrations that this version lacks, the first is {unknown[0]}"
            if unknown
            else "is newer"
        )
        raise BackupError(
            f"The backup was made by version {manifest.desk_version} of the desk and {what}. "
            f"This is version {settings.DESK_VERSION}: restore it with the version that made it, or a later one."
        )
    if manifest.database == "postgresql" and postgresql.server_version() < int(manifest.database_version):
        raise BackupError(f"The backup is of PostgreSQL {manifest.database_version}: the server here is older.")
    return manifest


def refuse_data() -> None:
    """Raise BackupError where the database holds people or organisations, or cannot be read any more."""
    try:
        tables = connection.introspection.table_names()
        models = [model for model in (Organisation, User) if model._meta.db_table in tables]
        if not any(model._base_manager.exists() for model in models):
            return
    except DatabaseError as failure:
        raise BackupError(f"The database cannot be read ({failure}); --replace writes over it.") from failure
    raise BackupError(
        f"The database {connection.settings_dict['NAME']} holds data; --replace deletes all of it. Nothing was changed."
    )


def write_databases(folder: Path, manifest: Manifest) -> Contents:
    """Put the backup in the place of this desk's databases, and return what the record holds then."""
    if manifest.database == "postgresql":
        postgresql.refuse_other_sessions()
        postgresql.restore_dump(folder / DUMP)
        contents = postgresql.read_contents()
    else:
        connections.close_all()
        # The sandbox first: a restore that is stopped between the two has left the record as it was.
        for alias, name in reversed(SQLITE_FILES.items()):
            if manifest.holds(name):
                sqlite.put_database_back(folder / name, database_file(alias))
        contents = sqlite.read_contents(database_file(DEFAULT_DB_ALIAS))
    if manifest.holds(KEY) and uses_local_key():
        shutil.copyfile(folder / KEY, settings.VAR_DIR / KEY)
    return contents


def find_differences(before: Contents, after: Contents) -> list[str]:
    """Return the tables of which another number of rows was restored than backed up, a sentence each."""
    tables = sorted(before.rows.keys() | after.rows.keys())
    counts = [(table, before.rows.get(table), after.rows.get(table)) for table in tables]
    return [
        f"{table}: {kept} rows were backed up, {restored} restored"
        for table, kept, restored in counts
        if kept != restored
    ]
