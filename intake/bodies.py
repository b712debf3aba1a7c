"""A body becomes rows: by its media type alone, never by a guess at its content."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from bpo.media_types import CSV, JSON, NDJSON
from bpo.row_errors import UnreadableError
from bpo.size_limits import BULK_BYTES, OBJECT_BYTES, ROWS
from bpo.strict_json import BOM, parse_json
from intake.rows import COLUMNS
from intake.strict_csv import parse_csv

OBJECT, LIST = "object", "list"
BAD_LINES_LISTED = 100


@dataclass(frozen=True, slots=True)
class Body:
    """Rows as they were sent, each with its line where lines mean something."""

    rows: list[tuple[int | None, Any]]
    in_list: bool


def read_body(body: bytes, media_type: str, *, shape: str = "") -> Body:
    """The rows of a body; `shape` says what its sender promises, one object or a list."""
    if len(body) > BULK_BYTES:
        raise too_large(BULK_BYTES)
    read = READERS[media_type](body, shape)
    if len(read.rows) > ROWS:
        raise UnreadableError(
            "too_many_rows",
            _("One request takes at most %(most)s rows.") % {"most": ROWS},
            status=413,
            hint=_("Send the rows in several requests."),
        )
    if not read.rows:
        raise UnreadableError("empty_batch", _("There is no row in it."))
    return read


def too_large(most: int) -> UnreadableError:
    return UnreadableError("too_large", _("The body has more than %(most)s bytes.") % {"most": most}, status=413)


def _read_json(body: bytes, shape: str) -> Body:
    is_object = body.lstrip(b" \t\r\n")[:1] == b"{"
    if len(body) > OBJECT_BYTES and (is_object or shape == OBJECT):
        raise too_large(OBJECT_BYTES)
    value = parse_json(body)
    _check_promise(shape, OBJECT if isinstance(value, dict) else LIST)
    if isinstance(value, dict):
        return Body([(None, value)], in_list=False)
    if isinstance(value, list):
        return Body([(None, row) for row in value], in_list=True)
    raise UnreadableError("wrong_shape", _("An object, or a list of objects, is needed."))


def _read_ndjson(body: bytes, shape: str) -> Body:
    _check_promise(shape, LIST)
    if body.startswith(BOM):
        raise UnreadableError("malformed_json", _("NDJSON begins without a byte order mark."), line=1)
    rows: list[tuple[int | None, Any]] = []
    bad: list[dict[str, Any]] = []
    # Only a line feed ends a line; what Unicode calls line separators are text.
    for number, line in enumerate(body.split(b"\n"), 1):
        if not line.strip(b" \t\r"):
            continue
        if len(rows) > ROWS or len(line) > OBJECT_BYTES:
            raise (
                too_large(OBJECT_BYTES)
                if len(rows) <= ROWS
                else UnreadableError(
                    "too_many_rows", _("One request takes at most %(most)s rows.") % {"most": ROWS}, status=413
                )
            )
        try:
            rows.append((number, parse_json(line)))
        except UnreadableError as error:
            bad.append({"line": number, "code": error.code, "detail": error.detail})
            if len(bad) == BAD_LINES_LISTED:
                break
    if bad:
        raise UnreadableError("malformed_json", _("Line %(line)s is not JSON.") % {"line": bad[0]["line"]}, errors=bad)
    return Body(rows, in_list=True)


def _read_csv(body: bytes, shape: str) -> Body:
    _check_promise(shape, LIST)
    rows: list[tuple[int | None, Any]] = []
    for row in parse_csv(body, columns=COLUMNS):
        rows.append(row)
        if len(rows) > ROWS:
            break
    return Body(rows, in_list=True)


def _check_promise(shape: str, found: str) -> None:
    if shape and shape != found:
        raise UnreadableError(
            "wrong_shape", _("The address promises one %(shape)s, the body holds another shape.") % {"shape": shape}
        )


READERS: dict[str, Callable[[bytes, str], Body]] = {JSON: _read_json, NDJSON: _read_ndjson, CSV: _read_csv}
