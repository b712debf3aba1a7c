"""Uploaded files lie in the storage of files, and in no row."""

import stat
import zlib
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from bpo.file_references import delete_orphans
from bpo.storage_settings import file_storage
from bpo.stored_files import LocalFiles
from intake.models.imports import Import
from intake.moving import move_files
from intake.tests.test_retention import CSV, bring
from tests.support.api_clients import open_door
from tests.support.cast import Cast

pytestmark = pytest.mark.any_database


@pytest.fixture
def person(cast: Cast, settings, tmp_path: Path) -> Client:
    settings.STORAGES = {**settings.STORAGES, "default": file_storage((tmp_path / "files").as_uri())}
    client = Client()
    client.force_login(open_door(cast).cast.people["brightline-manager"])
    return client


def refuse(*args: object) -> str:
    raise OSError(28, "No space left on device")


def test_a_file_lies_under_its_vendor_by_a_name_that_says_nothing(person):
    imported = bring(person)

    folder, tenant, name = imported.file.name.split("/")
    assert (folder, tenant, len(name)) == ("uploads", imported.vendor.public_id, 32)
    assert bytes(imported.content) == b""


def test_a_file_can_be_read_by_the_desk_alone(person):
    path = Path(default_storage.path(bring(person).file.name))

    assert path.read_bytes() == CSV
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in path.parents[:3]} == {0o700}


def test_a_file_that_an_earlier_version_brought_is_read_from_its_row(person):
    imported = bring(person)
    Import.objects.update(file="", content=zlib.compress(CSV))

    assert "nine" in person.get(f"/imports/{imported.public_id}/wrong.csv").content.decode()


def test_a_storage_that_takes_nothing_is_a_sentence_and_nothing_is_stored(person, monkeypatch):
    monkeypatch.setattr(LocalFiles, "_save", refuse)
    answer = person.post("/imports/new", {"file": SimpleUploadedFile("june.csv", CSV)})

    assert answer.status_code == 503
    assert "files cannot be reached just now" in answer.content.decode()
    assert not Import.objects.exists()


def test_a_page_whose_file_cannot_be_read_asks_to_try_again(person, monkeypatch):
    imported = bring(person)
    monkeypatch.setattr(LocalFiles, "_open", refuse)
    answer = person.get(f"/imports/{imported.public_id}")

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def make_earlier(imported: Import) -> Import:
    """The row as an earlier version stores it."""
    default_storage.delete(imported.file.name)
    Import.objects.filter(pk=imported.pk).update(file="", content=zlib.compress(CSV))
    return Import.objects.get(pk=imported.pk)


def test_files_of_an_earlier_version_are_moved_into_the_storage(person):
    earlier = make_earlier(bring(person))
    assert (move_files(), move_files()) == (1, 0)

    moved = Import.objects.get()
    assert (bytes(moved.content), moved.sha256) == (b"", earlier.sha256)
    with moved.open_file() as file:
        assert file.read() == CSV


def test_a_file_that_was_erased_while_it_moved_stays_erased(person, monkeypatch):
    make_earlier(bring(person))
    keep = Import.keep_file

    def keep_while_it_is_erased(self: Import, content: File) -> None:
        keep(self, content)
        Import.objects.update(content=b"")

    monkeypatch.setattr(Import, "keep_file", keep_while_it_is_erased)

    assert move_files() == 0
    assert not Import.objects.get().is_kept
    assert default_storage.listdir(f"uploads/{Import.objects.get().vendor.public_id}")[1] == []


def test_a_file_that_a_row_names_is_no_orphan(person):
    imported = bring(person)
    delete_orphans(now=timezone.now() + timedelta(days=2))

    assert default_storage.exists(imported.file.name)


def test_on_the_way_back_files_lie_in_the_database_again(person):
    bring(person)
    import_module("intake.migrations.0005_import_file").bring_files_back(apps, None)

    assert zlib.decompress(Import.objects.get().content) == CSV
