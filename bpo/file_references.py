"""Which files the rows of the desk name, and those in the storage that none of them names any more."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import FileField, Model

from bpo.sandbox import on_live_database
from bpo.stored_files import UPLOADS, delete_files

# A file is written before its row.
ROW_COMES_WITHIN = timedelta(days=1)


def find_names() -> Iterator[str]:
    """Yield the name of every file that a row has; a database that is still to be migrated may lack a column."""
    for model, column in _columns():
        with connection.cursor() as cursor:
            found = connection.introspection.get_table_description(cursor, model._meta.db_table)
        if column in {each.name for each in found}:
            names = model._base_manager.exclude(**{column: ""}).order_by("pk").values_list(column, flat=True)
            yield from names.iterator(chunk_size=1000)


def find_missing() -> list[str]:
    """Return the names of files that rows have and the storage lacks. Raises OSError."""
    return [name for name in find_names() if not default_storage.exists(name)]


def delete_orphans(*, now: datetime) -> int:
    """Delete files of which no row tells, such as that of an upload that was cut off. Raises OSError."""
    deleted = 0
    with on_live_database(), suppress(FileNotFoundError):
        for tenant in default_storage.listdir(UPLOADS)[0]:
            folder = f"{UPLOADS}/{tenant}"
            names = {f"{folder}/{name}" for name in default_storage.listdir(folder)[1]}
            orphans = [
                name
                for name in sorted(names - _named_below(folder))
                if default_storage.get_modified_time(name) < now - ROW_COMES_WITHIN
            ]
            delete_files(orphans)
            deleted += len(orphans)
    return deleted


def _named_below(folder: str) -> set[str]:
    return {
        name
        for model, column in _columns()
        for name in model._base_manager.filter(**{f"{column}__startswith": f"{folder}/"}).values_list(column, flat=True)
    }


def _columns() -> Iterator[tuple[type[Model], str]]:
    for model in apps.get_models():
        yield from ((model, each.attname) for each in model._meta.concrete_fields if isinstance(each, FileField))
