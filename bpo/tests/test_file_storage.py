"""One setting says where files lie; a folder and a bucket behave alike."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from moto import mock_aws

from bpo import storage_settings
from bpo.file_references import delete_orphans
from bpo.s3_files import IN_MEMORY
from bpo.storage_settings import file_storage
from bpo.stored_files import FilesUnavailable, delete_files, new_name, open_file, save_file

pytestmark = pytest.mark.any_database
BUCKET = "s3://desk-files/acme?region=eu-central-1"
LARGE = os.urandom(9 << 20)  # of two parts


def choose(settings: object, url: str) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": file_storage(url)}


@pytest.fixture(params=["folder", "bucket"])
def storage(request, settings, tmp_path: Path, monkeypatch) -> Iterator[str]:
    """A storage of its own as the default one; its kind."""
    if request.param == "folder":
        choose(settings, (tmp_path / "files").as_uri())
        yield "folder"
        return
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with mock_aws():
        location = {"LocationConstraint": "eu-central-1"}
        boto3.client("s3", "eu-central-1").create_bucket(Bucket="desk-files", CreateBucketConfiguration=location)
        choose(settings, BUCKET)
        yield "bucket"


def read(name: str) -> bytes:
    with open_file(name) as file:
        return b"".join(file.chunks())


@pytest.mark.parametrize("content", [b"", b"id,value\n", LARGE], ids=["empty", "small", "large"])
def test_a_file_comes_back_as_it_was(storage, content):
    name = new_name("VN-1")
    save_file(name, ContentFile(content))

    assert read(name) == content


def test_a_large_file_of_a_bucket_is_read_from_the_disk(storage):
    save_file("uploads/VN-1/a", ContentFile(LARGE))
    with open_file("uploads/VN-1/a") as file:
        held = file.file

        assert len(LARGE) > IN_MEMORY
        assert storage == "folder" or held._rolled


def test_a_file_can_be_searched_and_read_again(storage):
    save_file("uploads/VN-1/a", ContentFile(b"0123456789"))
    with open_file("uploads/VN-1/a") as file:
        file.seek(7)
        assert (file.read(2), file.tell()) == (b"78", 9)
        file.seek(-1, os.SEEK_END)
        assert file.read() == b"9"


def test_a_file_that_is_written_again_keeps_its_name(storage):
    for content in (b"first and longer", b"second"):
        save_file("uploads/VN-1/a", ContentFile(content))

    assert read("uploads/VN-1/a") == b"second"
    assert default_storage.listdir("uploads/VN-1") == ([], ["a"])


def test_deleting_twice_is_no_error(storage):
    save_file("uploads/VN-1/a", ContentFile(b"x"))
    for _again in range(2):
        delete_files(["uploads/VN-1/a"])

    assert not default_storage.exists("uploads/VN-1/a")


def test_a_file_that_is_not_there_is_a_sentence(storage):
    with pytest.raises(FilesUnavailable, match="cannot be reached"):
        open_file("uploads/VN-1/gone")


@pytest.mark.django_db
def test_a_file_of_which_no_row_tells_goes_after_a_day(storage):
    save_file("uploads/VN-1/a", ContentFile(b"x"))
    now = timezone.now()

    assert delete_orphans(now=now + timedelta(hours=23)) == 0
    assert delete_orphans(now=now + timedelta(hours=25)) == 1
    assert not default_storage.exists("uploads/VN-1/a")


@pytest.mark.django_db
def test_an_empty_storage_has_no_orphans(storage):
    assert delete_orphans(now=timezone.now()) == 0


@pytest.mark.parametrize(
    "act", [lambda: save_file("a", ContentFile(b"x")), lambda: read("a"), lambda: delete_files("a")]
)
def test_a_service_that_does_not_answer_is_a_sentence(settings, monkeypatch, act):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    choose(settings, "s3://desk-files?endpoint=http://127.0.0.1:9&region=eu-central-1")

    with pytest.raises(FilesUnavailable):
        act()


def test_a_bucket_has_its_service_region_and_folder(settings):
    choose(settings, "s3://desk-files/a/b?endpoint=https://minio.example.com:9000&region=r&style=path")
    options = default_storage

    assert (options.bucket_name, options.location, options.region_name) == ("desk-files", "a/b", "r")
    assert options.connection.meta.client.meta.endpoint_url == "https://minio.example.com:9000"
    assert options.client_config.s3 == {"addressing_style": "path"}


@pytest.mark.parametrize("url", ["", "files", "file://host/a", "s3:///a", "s3://b?acl=public", "ftp://a/b"])
def test_another_url_is_refused_with_the_forms(url):
    with pytest.raises(ImproperlyConfigured) as refused:
        file_storage(url)

    assert str(refused.value) == storage_settings.FORMS
