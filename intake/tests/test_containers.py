"""What a file is shows in its bytes; an archive gives its one file, within limits."""

import gzip
import io
import struct
import zipfile
from io import BytesIO

import pytest

from bpo.row_errors import UnreadableError
from intake.files import containers
from intake.files.containers import CSV, XLSX, open_container
from intake.files.sources import open_source
from intake.tests.workbooks import workbook

pytestmark = pytest.mark.any_database
TEXT = b"a,b\n1,2\n"


def archive(*files: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files:
            packed.writestr(name, content)
    return file.getvalue()


def opened(content: bytes) -> containers.Opened:
    return open_container(lambda: BytesIO(content))


def refusal(content: bytes) -> UnreadableError:
    with pytest.raises(UnreadableError) as refused:
        list(open_source(lambda: BytesIO(content)).lines())
    return refused.value


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(TEXT),
        archive(("calls.csv", TEXT)),
        archive(("exports/", b""), ("exports/calls.csv", TEXT), ("__MACOSX/calls.csv", b"x"), (".DS_Store", b"x")),
    ],
    ids=["gz", "zip", "zip with what systems add"],
)
def test_an_archive_of_one_file_is_that_file(content):
    source = open_source(lambda: BytesIO(content))

    assert [line.cells for line in source.lines()] == [["a", "b"], ["1", "2"]]
    assert source.media_type == CSV


@pytest.mark.parametrize("pack", [gzip.compress, lambda content: archive(("calls.xlsx", content))], ids=["gz", "zip"])
def test_a_workbook_in_an_archive_is_a_workbook(pack):
    content = workbook([["a"]])

    found = opened(pack(content))

    assert (found.media_type, found.open_file().read()) == (XLSX, content)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([("a.csv", TEXT), ("b.csv", TEXT)], "holds 2 files"),
        ([], "holds 0 files"),
        ([("a.zip", archive(("a.csv", TEXT)))], "another archive"),
        ([("a.csv.gz", gzip.compress(TEXT))], "another archive"),
    ],
    ids=["two", "none", "zip", "gz"],
)
def test_an_archive_of_no_file_or_of_several_is_refused(files, words):
    assert words in refusal(archive(*files)).detail


def test_the_name_inside_an_archive_opens_nothing_else():
    source = open_source(lambda: BytesIO(archive(("../../etc/passwd", TEXT))))

    assert [line.cells for line in source.lines()] == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize("pack", [gzip.compress, lambda content: archive(("calls.csv", content))], ids=["gz", "zip"])
def test_what_unpacks_to_more_than_a_file_may_have_is_refused(pack, monkeypatch):
    monkeypatch.setattr(containers, "FILE_BYTES", 1_000_000)

    assert refusal(pack(b"1,2\n" * 250_001)).code == "too_large"


def test_an_archive_that_says_it_lists_very_many_files_is_not_opened():
    content = bytearray(archive(("a.csv", TEXT)))
    struct.pack_into("<H", content, len(content) - 12, 60_000)

    assert "too many files" in refusal(bytes(content)).detail


def test_a_wide_list_of_files_is_not_read():
    packed = archive(("a.csv", TEXT))
    content = packed[:-22] + b"PK\x06\x07" + bytes(16) + packed[-22:]

    assert "too many files" in refusal(content).detail


@pytest.mark.parametrize(
    "content",
    [gzip.compress(TEXT)[:-9], archive(("a.csv", TEXT))[:40] + b"x" * 30, b"\x1f\x8b\x08xx"],
    ids=["gz", "zip", "head alone"],
)
def test_a_damaged_archive_is_said_to_be_one(content):
    assert refusal(content).code == "bad_archive"


def test_a_packed_file_with_a_password_is_refused():
    content = bytearray(archive(("a.csv", TEXT)))
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(sign) + place] |= 1

    assert "password" in refusal(bytes(content)).detail


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html><body><table><tr><td>1", "a web page"),
        (b"\xef\xbb\xbf\n<!DOCTYPE HTML PUBLIC", "a web page"),
        (b'<?xml version="1.0"?><Workbook', "an XML file"),
        (b"%PDF-1.7", "a PDF"),
        (b'[{"feed": "CALLS"}]', "JSON"),
    ],
)
def test_what_is_no_table_is_named_as_what_it_is(content, words):
    refused = refusal(content)

    assert (refused.code, words in refused.detail, bool(refused.hint)) == ("no_table", True, True)


def test_a_binary_workbook_is_to_be_saved_in_another_form():
    assert ".xlsx" in refusal(archive(("[Content_Types].xml", b""), ("xl/workbook.bin", b""))).hint
