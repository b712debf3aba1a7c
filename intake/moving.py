"""Moves files that an earlier version keeps in the database into the storage of files, also while it still runs."""

from django.db import transaction

from bpo.stored_files import delete_files
from intake.models.imports import Import

MOST = 500


def move_files() -> int:
    """Move some files, each in a transaction of its own, and return how many. Raises FilesUnavailable."""
    moved = 0
    rows = Import.objects.filter(file="").exclude(content=b"")
    for pk in list(rows.order_by("pk").values_list("pk", flat=True)[:MOST]):
        moved += _move(pk)
    return moved


def _move(pk: int) -> int:
    held = Import.objects.select_related("vendor").get(pk=pk)
    with held.open_file() as file:
        held.keep_file(file)
    with transaction.atomic():
        # Retention or an erasure may have emptied the row meanwhile.
        rows = Import.objects.filter(pk=pk, file="").exclude(content=b"")
        moved = rows.update(file=held.file.name, content=b"")
    if not moved:
        delete_files([str(held.file.name)])
    return moved
