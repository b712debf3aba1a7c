"""A body becomes columns of cells: by its media type alone, never by a guess at its content."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from bpo.media_types import CSV, JSON, NDJSON
from bpo.row_errors import RowError, UnreadableError
from bpo.size_limits import BULK_BYTES, NUMBER_CHARACTERS, OBJECT_BYTES, ROWS
from bpo.strict_columns import Cells
from bpo.strict_json import BOM, Number, parse_json
from intake.kinds import COLUMNS
from intake.strict_csv import parse_csv

OBJECT, LIST = "object", "list"
BAD_LINES_LISTED = 100
SINGLE = frozenset({str, Number, int, bool, type(None)})
LARGE = 10**18
_DECODER = msgspec.json.Decoder(float_hook=Number)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows as columns of cells as they were sent; a cell is None where a row says nothing.

    `objects` are the places of rows that are objects, as rows have to be. Where all rows give the same names in the
    same order, the sheet `is_uniform`. `rows` are the same rows one by one, which JSON has and CSV has not. `lines`
    number the lines on which rows begin, where a body has lines worth naming. `is_exact` is False where a number may
    have lost the text it was sent as. `errors` are those of rows that could not be read, by place; they are no objects.
    """

    count: int
    columns: Mapping[str, Cells]
    names: frozenset[str]
    objects: Sequence[int]
    is_uniform: bool
    in_list: bool = True
    rows: Sequence[Any] | None = None
    lines: Sequence[int] | None = None
    is_exact: bool = True
    errors: Mapping[int, Sequence[RowError]] = field(default_factory=dict)

    @classmethod
    def of_rows(cls, rows: Sequence[Any], lines: Sequence[int] | None = None, *, in_list: bool = True) -> "Sheet":
        """Return the sheet of rows that are at hand."""
        names, columns, is_uniform = _columns(rows)
        objects = [place for place, row in enumerate(rows) if type(row) is dict]
        return cls(len(rows), columns, names, objects, is_uniform, in_list, rows, lines)

    def names_at(self, place: int) -> list[str]:
        """Return the names that a row gives, in its own order."""
        if self.rows is not None:
            return list(self.rows[place])
        return [name for name, cells in self.columns.items() if cells[place] is not None]

    def cell(self, place: int, name: str) -> Any:
        if self.rows is not None:
            value = self.rows[place].get(name)
        else:
            value = self.columns[name][place] if name in self.columns else None
        return Number(value) if type(value) is int else value


def parse_body(body: bytes, media_type: str, *, shape: str = "", exactly: bool = False) -> Sheet:
    """Return the rows of a body. `shape` is what its sender promises: an object or a list.

    A plain JSON body, which holds single values under names without escapes, is read by a quick parser. Of whole
    numbers that parser keeps the value alone, not the text: `exactly` reads the body without it. Raises
    UnreadableError.
    """
    if len(body) > BULK_BYTES:
        raise too_large(BULK_BYTES)
    sheet = None if exactly or media_type == CSV else _parse_plainly(body, media_type, shape)
    sheet = sheet or PARSERS[media_type](body, shape)
    if sheet.count > ROWS:
        raise too_many_rows(_("Send the rows in several requests."))
    if not sheet.count:
        raise UnreadableError("empty_batch", _("The body has no rows."))
    return sheet


def too_large(most: int) -> UnreadableError:
    return UnreadableError("too_large", _("The body has more than %(most)s bytes.") % {"most": most}, status=413)


def too_many_rows(hint: str = "") -> UnreadableError:
    detail = _("One request takes at most %(most)s rows.") % {"most": ROWS}
    return UnreadableError("too_many_rows", detail, status=413, hint=hint)


def _parse_json(body: bytes, shape: str) -> Sheet:
    is_object = body.lstrip(b" \t\r\n")[:1] == b"{"
    if len(body) > OBJECT_BYTES and (is_object or shape == OBJECT):
        raise too_large(OBJECT_BYTES)
    value = parse_json(body)
    _check_promise(shape, OBJECT if isinstance(value, dict) else LIST)
    if isinstance(value, dict):
        return Sheet.of_rows([value], in_list=False)
    if isinstance(value, list):
        return Sheet.of_rows(value)
    raise UnreadableError("wrong_shape", _("The body has to be an object or a list of objects."))


def _parse_ndjson(body: bytes, shape: str) -> Sheet:
    _check_promise(shape, LIST)
    if body.startswith(BOM):
        raise UnreadableError("malformed_json", _("NDJSON begins without a byte order mark."), line=1)
    rows: list[object] = []
    lines: list[int] = []
    bad: list[dict[str, object]] = []
    # Only a line feed ends a line; what Unicode calls line separators are text.
    for number, line in enumerate(body.split(b"\n"), 1):
        if not line.strip(b" \t\r"):
            continue
        if len(rows) > ROWS:
            raise too_many_rows()
        if len(line) > OBJECT_BYTES:
            raise too_large(OBJECT_BYTES)
        try:
            rows.append(parse_json(line))
            lines.append(number)
        except UnreadableError as error:
            bad.append({"line": number, "code": error.code, "detail": error.detail})
            if len(bad) == BAD_LINES_LISTED:
                break
    if bad:
        detail = _("Line %(line)s is not JSON.") % {"line": bad[0]["line"]}
        raise UnreadableError("malformed_json", detail, errors=bad)
    return Sheet.of_rows(rows, lines)


def _parse_csv(body: bytes, shape: str) -> Sheet:
    _check_promise(shape, LIST)
    header, rows, lines = parse_csv(body, columns=COLUMNS, most_rows=ROWS + 1)
    columns = {
        name: [cell or None for cell in cells] if "" in cells else cells
        for name, cells in zip(header, zip(*rows, strict=True), strict=False)
    }
    return Sheet(len(rows), columns, frozenset(header), range(len(rows)), is_uniform=True, lines=lines)


def _check_promise(shape: str, found: str) -> None:
    if shape and shape != found:
        raise UnreadableError(
            "wrong_shape", _("The address promises one %(shape)s, the body holds another shape.") % {"shape": shape}
        )


PARSERS: dict[str, Callable[[bytes, str], Sheet]] = {JSON: _parse_json, NDJSON: _parse_ndjson, CSV: _parse_csv}


def _columns(rows: Sequence[Any]) -> tuple[frozenset[str], dict[str, Cells], bool]:
    """Return all names in the rows, the columns that a result can have, and whether all rows have the same names."""
    if set(map(type, rows)) != {dict}:
        rows = [row if type(row) is dict else {} for row in rows]
    first = tuple(rows[0]) if rows else ()
    if len(first) > 1 and set(map(tuple, rows)) == {first}:
        cells = zip(*map(itemgetter(*first), rows), strict=True)
        columns = dict(zip(first, cells, strict=True))
        return frozenset(first), {name: columns[name] for name in first if name in COLUMNS}, True
    names = dict.fromkeys(chain.from_iterable(rows))
    return frozenset(names), {name: [row.get(name) for row in rows] for name in names if name in COLUMNS}, False


def _parse_plainly(body: bytes, media_type: str, shape: str) -> Sheet | None:
    """Return the rows of a plain body; None where the strict parser has to look at it."""
    if b"\\" in body:
        return None
    lines: list[int] | None = None
    is_object = False
    try:
        if media_type == JSON:
            rows = _DECODER.decode(body)
            is_object = type(rows) is dict
            rows = [rows] if is_object else rows
        else:
            texts = body.split(b"\n")
            lines = [number for number, line in enumerate(texts, 1) if line.strip(b" \t\r")]
            rows = _decode_lines([texts[number - 1] for number in lines if number])
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None
    if shape not in ("", OBJECT if is_object else LIST) or (is_object and len(body) > OBJECT_BYTES):
        return None
    return _plain_sheet(rows, body, in_list=not is_object, lines=lines)


def _decode_lines(lines: Sequence[bytes]) -> object:
    """Decode lines that hold one object each; None where one may hold something else.

    No string reaches over a line end, so that a line's first brace opens an object; that each line holds one whole
    object follows from there being as many objects as lines.
    """
    if not all(line.startswith(b"{") and len(line) <= OBJECT_BYTES for line in lines):
        return None
    rows = _DECODER.decode(b"[" + b",\n".join(lines) + b"]")
    return rows if len(rows) == len(lines) else None


def _plain_sheet(rows: object, body: bytes, *, in_list: bool, lines: list[int] | None) -> Sheet | None:
    if type(rows) is not list or not 0 < len(rows) <= ROWS or set(map(type, rows)) != {dict}:
        return None
    names, columns, is_uniform = _columns(rows)
    if len(names) > len(COLUMNS):
        return None
    others = [[row.get(name) for row in rows] for name in names - columns.keys()]
    texts, is_exact = 0, True
    for cells in (*columns.values(), *others):
        types = set(map(type, cells))
        if not types <= SINGLE:
            return None
        texts += len(cells) if types == {str} else sum(type(cell) is str for cell in cells)
        is_exact = is_exact and (types == {str} or all(map(_keeps_its_text, cells)))
    # Without escapes every quote begins or ends a name or a text; more of them than were read mean that a name stood
    # twice in some object.
    in_rows = len(names) * len(rows) if is_uniform else sum(map(len, rows))
    if body.count(b'"') != 2 * (in_rows + texts):
        return None
    return Sheet(len(rows), columns, names, range(len(rows)), is_uniform, in_list, rows, lines, is_exact)


def _keeps_its_text(cell: object) -> bool:
    """Whether a cell is as it was sent: of 0 and -0, and beyond all range, whole numbers do not tell."""
    if type(cell) is int:
        return cell != 0 and abs(cell) < LARGE
    return type(cell) is not Number or len(cell) <= NUMBER_CHARACTERS
