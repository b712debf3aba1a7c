"""The rows of one part as they were read: packed for its row, and unpacked as they are checked."""

import zlib
from array import array
from collections.abc import Iterable
from hashlib import blake2b

import msgspec
from django.utils.translation import gettext as _

from bpo.row_errors import RowError
from intake.checking import Block
from intake.models.large_imports import ImportPart, Json
from intake.parsing import Sheet

# A digest of a key has so many bytes; of a row without a key it is nothing but zeros.
WIDTH = 8


def pack_sheet(sheet: Sheet) -> bytes:
    """Pack the cells of rows, their lines, and the errors that were found in reading them."""
    errors = {
        place: [[each.field, each.code, str(each.detail), str(each.hint), each.value] for each in found]
        for place, found in sheet.errors.items()
    }
    content = {"columns": sheet.columns, "lines": sheet.lines, "errors": errors}
    return zlib.compress(msgspec.json.encode(content), 1)


def sheet_of(part: ImportPart) -> Sheet:
    """Return the rows of a part as they are checked; those that stand in an earlier part have an error."""
    content: Json = msgspec.json.decode(zlib.decompress(part.content))
    lines = content["lines"]
    errors = {
        int(place): [RowError(int(place) + 1, lines[int(place)], *each) for each in found]
        for place, found in content["errors"].items()
    }
    for place, earlier in part.repeated.items():
        detail = _("Line %(line)s is the same result.") % {"line": earlier}
        errors[int(place)] = [RowError(int(place) + 1, lines[int(place)], "", "duplicate_in_batch", detail)]
    objects = [place for place in range(len(lines)) if place not in errors]
    names = frozenset(content["columns"])
    return Sheet(
        len(lines),
        content["columns"],
        names,
        objects,
        is_uniform=True,
        lines=lines,
        errors=dict(sorted(errors.items())),
    )


def pack_keys(count: int, blocks: Iterable[Block]) -> bytes:
    """Return a digest of the key of each row, by its place; of a row that has none, zeros."""
    digests = [bytes(WIDTH)] * count
    for block in blocks:
        feed = f"{block.rules.feed.pk} ".encode()
        for place, key in zip(block.places, block.keys, strict=True):
            digests[place] = blake2b(feed + key.encode(), digest_size=WIDTH).digest()
    return b"".join(digests)


def digests_of(part: ImportPart) -> "array[int]":
    """Return the digests of a part as numbers, by place; 0 where a row has no key."""
    digests = array("Q")
    digests.frombytes(bytes(part.keys))
    return digests


def pack_wrong(errors: Iterable[RowError]) -> bytes:
    """Pack what is wrong with each line."""
    lines: dict[int, list[str]] = {}
    for error in errors:
        field = f"{error.field}: " if error.field else ""
        lines.setdefault(error.line or 0, []).append(f"{field}{error.detail} {error.hint}".strip())
    return zlib.compress(msgspec.json.encode({line: " / ".join(texts) for line, texts in lines.items()}), 1)


def wrong_lines(part: ImportPart) -> dict[int, str]:
    """Return what is wrong with each wrong line of a part."""
    return {int(line): text for line, text in msgspec.json.decode(zlib.decompress(part.wrong)).items()}
