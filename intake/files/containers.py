"""What a file is by its first bytes, and the one file inside of an archive, unpacked within limits."""

import gzip
import io
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bpo.row_errors import UnreadableError
from bpo.size_limits import FILE_BYTES, WORKBOOK_BYTES
from intake.files.texts import OpenFile

if TYPE_CHECKING:
    from typing_extensions import Buffer

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLS = "application/vnd.ms-excel"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
SAVE_AGAIN = gettext_noop("Open it in Excel or another spreadsheet, and save it as .xlsx or as “CSV UTF-8”.")
PDF = (gettext_noop("a PDF"), gettext_noop("Send the table that it was made of, as .xlsx or “CSV UTF-8”."))
JSON = (gettext_noop("JSON"), gettext_noop("Programs send JSON to the API."))
PAGE, XML = (gettext_noop("a web page"), SAVE_AGAIN), (gettext_noop("an XML file"), SAVE_AGAIN)
OTHERS = {
    **dict.fromkeys((b"<!doctype html", b"<html", b"<table", b"<head", b"<meta", b"<body", b"<div"), PAGE),
    **dict.fromkeys((b"<?xml", b"<workbook", b"<?mso"), XML),
    **dict.fromkeys((b'{"', b"[{"), JSON),
    b"%pdf": PDF,
}
ZIP, OLD_OFFICE, GZIP = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b"
START = 512
# An archive's list of files stands at its end, after which there may be a comment of so many bytes.
END_OF_LIST, COMMENT, WIDE_LIST = b"PK\x05\x06", 65_535, b"PK\x06\x07"
LIST = struct.Struct("<4s6xHL")
FILES_LISTED, LIST_BYTES = 1_000, 1024 * 1024
# What some systems add to every archive.
BESIDE = ("__MACOSX/", ".DS_Store", "Thumbs.db")


class Closeable(Protocol):
    def close(self) -> None: ...


class Readable(Closeable, Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Opened(NamedTuple):
    """A text or workbook, out of the archive that it came in."""

    open_file: OpenFile
    media_type: str

    @property
    def is_workbook(self) -> bool:
        return self.media_type != CSV


class Unpacked(io.RawIOBase):
    """A packed stream that ends in an error where more comes out of it than a file may have."""

    def __init__(self, stream: Readable, *below: Closeable) -> None:
        self.stream = stream
        self.below = below
        self.left = FILE_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "Buffer") -> int:
        view = memoryview(buffer)
        try:
            piece = self.stream.read(len(view))
        except (EOFError, OSError, ValueError, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
            raise _bad_archive() from error
        self.left -= len(piece)
        if self.left < 0:
            raise too_large(FILE_BYTES)
        view[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        for each in (self.stream, *self.below):
            each.close()
        super().close()


def open_container(open_file: OpenFile) -> Opened:
    """Return what is in a file: itself, or the only file of a .zip or .gz. Raises UnreadableError."""
    if opened := _opened(open_file):
        return opened
    with open_file() as file:
        is_gzip = file.read(len(GZIP)) == GZIP
    inner = _in_memory_if_workbook(_out_of_gzip(open_file) if is_gzip else _out_of_zip(open_file))
    if opened := _opened(inner):
        return opened
    raise UnreadableError("bad_archive", _("The archive holds another archive."), hint=_only_one())


def too_large(most: int) -> UnreadableError:
    """Return the refusal of a file of more bytes than `most`."""
    return UnreadableError(
        "too_large", _("The file has more than %(most)s MB.") % {"most": most // 1_000_000}, status=413,
        hint=_("Save a workbook as “CSV UTF-8”, and send a longer text in several files."),
    )  # fmt: skip


def _opened(open_file: OpenFile) -> Opened | None:
    """The file as it stands; None for an archive. Raises UnreadableError for what is neither text nor workbook."""
    with open_file() as file:
        start = file.read(START)
        if start.startswith(GZIP):
            return None
        if start.startswith(OLD_OFFICE):
            return Opened(open_file, XLS)
        if start.startswith((ZIP, END_OF_LIST)):
            media_type = _workbook_type(_names(file))
            return Opened(open_file, media_type) if media_type else None
    _refuse_others(start)
    return Opened(open_file, CSV)


def _workbook_type(names: list[str]) -> str:
    if "xl/workbook.bin" in names:
        raise UnreadableError(
            "bad_workbook", _("This is a binary workbook (.xlsb)."), hint=_("Save it as .xlsx or as “CSV UTF-8”.")
        )
    if "[Content_Types].xml" in names:
        return XLSX
    return ODS if "mimetype" in names and "content.xml" in names else ""


def _refuse_others(start: bytes) -> None:
    """Refuse what is often named like a table and is none, by what it is."""
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    found = next((other for begin, other in OTHERS.items() if text.startswith(begin)), None)
    if found:
        kind, hint = found
        detail = _("This is %(kind)s, whatever its name says.") % {"kind": _(kind)}
        raise UnreadableError("no_table", detail, hint=_(hint))


def _names(file: BinaryIO) -> list[str]:
    """The names in an archive, whose list must be short before it is read."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - COMMENT - 22))
    end = file.read()
    at = end.rfind(END_OF_LIST)
    if at < 0 or len(end) - at < LIST.size:
        raise _bad_archive()
    _sign, count, length = LIST.unpack_from(end, at)
    if count > FILES_LISTED or length > LIST_BYTES or end[max(at - 20, 0) : at].startswith(WIDE_LIST):
        raise UnreadableError("bad_archive", _("The archive lists too many files."), hint=_only_one())
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _bad_archive() from error


def _out_of_gzip(open_file: OpenFile) -> OpenFile:
    def unpacked() -> BinaryIO:
        packed = open_file()
        return io.BufferedReader(Unpacked(gzip.GzipFile(fileobj=packed), packed))

    return unpacked


def _out_of_zip(open_file: OpenFile) -> OpenFile:
    with open_file() as file:
        names = [name for name in _names(file) if not name.endswith(BESIDE[1:]) and not name.startswith(BESIDE[0])]
    files = [name for name in names if not name.endswith("/")]
    if len(files) != 1:
        raise UnreadableError(
            "bad_archive", _("The archive holds %(count)s files.") % {"count": len(files)}, hint=_only_one()
        )

    def unpacked() -> BinaryIO:
        packed = open_file()
        archive = zipfile.ZipFile(packed)
        try:
            return io.BufferedReader(Unpacked(archive.open(files[0]), archive, packed))
        except (RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
            packed.close()
            detail = _("The archive is protected by a password, or packed in a way that is not read here.")
            raise UnreadableError("bad_archive", detail, hint=_only_one()) from error

    return unpacked


def _in_memory_if_workbook(open_file: OpenFile) -> OpenFile:
    """A workbook out of an archive is read from memory, because its end is read first."""
    with open_file() as file:
        start = file.read(len(ZIP))
        if start not in (ZIP, OLD_OFFICE):
            return open_file
        content = start + file.read(WORKBOOK_BYTES)
    if len(content) > WORKBOOK_BYTES:
        raise too_large(WORKBOOK_BYTES)
    return lambda: io.BytesIO(content)


def _bad_archive() -> UnreadableError:
    return UnreadableError("bad_archive", _("The archive is damaged."), hint=_only_one())


def _only_one() -> str:
    return _("Send one .csv or .xlsx, or a .zip or .gz with that one file.")
