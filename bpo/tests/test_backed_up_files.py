"""Files in a backup: copied once, found damaged, and put back as they were."""

from pathlib import Path

import pytest
from django.conf import settings as desk
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from bpo.backups import files
from bpo.backups.files import copy_files, put_files_back
from bpo.backups.manifest import BackupError, Contents, Manifest, describe_part, write_manifest
from bpo.stored_files import save_file
from bpo.tests.test_backups import NOW
from bpo.tests.test_file_storage import read, storage  # noqa: F401

pytestmark = pytest.mark.any_database
NAMES = ["uploads/VN-1/a", "uploads/VN-2/b"]


@pytest.fixture
def named(storage, monkeypatch) -> list[str]:  # noqa: F811
    """Files in the storage that rows name."""
    for name in NAMES:
        save_file(name, ContentFile(name.encode()))
    named = list(NAMES)
    monkeypatch.setattr(files, "find_names", lambda: named)
    return named


def back_up(folder: Path, last: Path | None = None) -> Manifest:
    """A backup of the files alone."""
    missing = sorted(copy_files(folder, last))
    parts = [describe_part(path, folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    manifest = Manifest(NOW, desk.DESK_VERSION, "sqlite", "1", Contents([], {}), parts, missing)
    write_manifest(folder, manifest)
    return manifest


def inode(path: Path) -> int:
    return path.stat().st_ino


def test_every_file_that_a_row_names_is_copied(named, tmp_path):
    manifest = back_up(tmp_path / "1")

    assert [part.name for part in manifest.parts] == [f"files/{name}" for name in NAMES]
    assert manifest.files_missing == []


def test_a_file_that_the_storage_lacks_is_named_and_the_others_are_copied(named, tmp_path):
    default_storage.delete(NAMES[0])
    manifest = back_up(tmp_path / "1")

    assert (len(manifest.parts), manifest.files_missing) == (1, [NAMES[0]])


def test_a_file_that_the_last_backup_has_takes_no_place_again(named, tmp_path):
    for number, last in (("1", None), ("2", tmp_path / "1")):
        back_up(tmp_path / number, last)

    assert len({(tmp_path / number / "files" / NAMES[0]).stat().st_ino for number in "12"}) == 1


def test_a_copy_that_was_damaged_since_is_made_again(named, tmp_path):
    back_up(tmp_path / "1")
    (tmp_path / "1/files" / NAMES[0]).write_bytes(b"damaged")
    back_up(tmp_path / "2", tmp_path / "1")

    assert (tmp_path / "2/files" / NAMES[0]).read_bytes() == NAMES[0].encode()


def test_a_last_backup_that_cannot_be_read_keeps_nobody_from_the_next(named, tmp_path):
    assert len(back_up(tmp_path / "2", tmp_path / "1").parts) == 2


def test_files_are_put_back_where_the_storage_has_none_or_another_one(named, tmp_path):
    manifest = back_up(tmp_path / "1")
    default_storage.delete(NAMES[0])
    save_file(NAMES[1], ContentFile(b"another"))

    assert put_files_back(tmp_path / "1", manifest) == 2
    assert [read(name) for name in NAMES] == [name.encode() for name in NAMES]


def test_a_storage_that_gives_something_else_back_is_found(named, tmp_path, monkeypatch):
    manifest = back_up(tmp_path / "1")
    monkeypatch.setattr(files, "save_file", lambda name, file: None)
    default_storage.delete(NAMES[0])

    with pytest.raises(BackupError, match="reads differently"):
        put_files_back(tmp_path / "1", manifest)
