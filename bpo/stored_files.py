"""Files that people bring, in the storage of the settings: read and written in pieces, under names that say nothing."""

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils.translation import gettext as _

from bpo.errors import Refused

UPLOADS = "uploads"
log = structlog.get_logger("desk.files")


class FilesUnavailable(Refused):
    """The storage did not take, find or give a file."""

    code = "files_unavailable"
    status = 503


class LocalFiles(FileSystemStorage):
    """Files in a folder of this machine; one that was saved is on the disk before the row that names it."""

    def _save(self, name: str, content: "File[bytes]") -> str:
        saved: str = super()._save(name, content)  # type: ignore[misc]
        path = Path(self.path(saved))
        _flush(path)
        for folder in path.parents:
            _flush(folder)
            if folder == Path(self.location):
                break
        return saved


def new_name(tenant: str) -> str:
    """Return a name for a file of a tenant that nobody can guess, whatever the file was called."""
    return f"{UPLOADS}/{tenant}/{secrets.token_hex(16)}"


def save_file(name: str, content: "File[bytes]") -> None:
    """Write a file in pieces. Raises FilesUnavailable."""
    with _reporting(name):
        default_storage.save(name, content)


def open_file(name: str) -> "File[bytes]":
    """Open a file to read in pieces. Raises FilesUnavailable."""
    with _reporting(name):
        return default_storage.open(name)


def delete_files(names: Iterable[str]) -> None:
    """Delete files; those that are gone already are no error. Raises FilesUnavailable, after the others went."""
    failed: FilesUnavailable | None = None
    for name in names:
        try:
            with _reporting(name):
                default_storage.delete(name)
        except FilesUnavailable as failure:
            failed = failure
    if failed:
        raise failed


@contextmanager
def _reporting(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as failure:
        log.error("files_unavailable", file=name, error=f"{type(failure).__name__}: {failure}"[:500])
        sentence = _("The desk's files cannot be reached just now. Nothing was stored.")
        raise FilesUnavailable(sentence, hint=_("Try again in a minute.")) from failure


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
