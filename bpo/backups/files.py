"""The files that people brought, in a backup: copied out of their storage, whichever it is, and put back into it."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import default_storage

from bpo.backups.manifest import CHUNK, BackupError, Manifest, Part, describe_part, read_manifest
from bpo.file_references import find_names
from bpo.stored_files import save_file

FOLDER = "files"


def copy_files(folder: Path, last: Path | None) -> set[str]:
    """Copy every file that a row names and the backup lacks; return the names of those that the storage lacks.

    A file never changes: one that the last backup has, undamaged, takes no place of its own on the disk.
    """
    missing, kept = set(), _parts_of(last)
    for name in find_names():
        target = folder / FOLDER / name
        if target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        part = kept.get(f"{FOLDER}/{name}")
        if last and part and _is_whole(last, part):
            os.link(last / part.name, target)
        elif not _copy(name, target):
            missing.add(name)
    return missing


def _parts_of(backup: Path | None) -> dict[str, Part]:
    """Return the parts of a backup by name; of none and of a damaged one, nothing."""
    with suppress(BackupError):
        return {part.name: part for part in read_manifest(backup).parts} if backup else {}
    return {}


def _is_whole(folder: Path, part: Part) -> bool:
    return (folder / part.name).is_file() and describe_part(folder / part.name, folder) == part


def put_files_back(folder: Path, manifest: Manifest) -> int:
    """Write the files of a backup into the storage, where it has another one or none; return how many there are.

    Raises OSError, and BackupError where one reads differently from what was written.
    """
    parts = list(_files_of(manifest))
    for part in parts:
        name = part.name.removeprefix(f"{FOLDER}/")
        if _digest_in_storage(name) == part.sha256:
            continue
        with (folder / part.name).open("rb") as file:
            save_file(name, File(file))
        if _digest_in_storage(name) != part.sha256:
            raise BackupError(f"{name} reads differently from what was written to the storage of files.")
    return len(parts)


def _files_of(manifest: Manifest) -> Iterator[Part]:
    return (part for part in manifest.parts if part.name.startswith(f"{FOLDER}/"))


def _copy(name: str, target: Path) -> bool:
    try:
        source = default_storage.open(name)
    except FileNotFoundError:
        return False
    with source, target.open("xb") as copy:
        shutil.copyfileobj(source, copy, CHUNK)
    return True


def _digest_in_storage(name: str) -> str:
    """Return the SHA-256 of a file of the storage, empty where it has none."""
    digest = hashlib.sha256()
    try:
        with default_storage.open(name) as file:
            for piece in file.chunks(CHUNK):
                digest.update(piece)
    except FileNotFoundError:
        return ""
    return digest.hexdigest()
