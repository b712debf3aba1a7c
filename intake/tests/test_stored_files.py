"""Uploaded files lie in the storage of files, and in no row."""

import stat
import zlib
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bpo.stored_files import LocalFiles
from intake.models.imports import Import
from intake.tests.test_retention import CSV, bring
from tests.support.api_clients import open_door
from tests.support.cast import Cast

pytestmark = pytest.mark.any_database


@pytest.fixture
def person(cast: Cast) -> Client:
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
