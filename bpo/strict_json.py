"""JSON without guessing: numbers keep their text, a key stands once, and nothing is nested out of sight."""

import json
from typing import NoReturn

from django.utils.translation import gettext as _

from bpo.row_errors import UnreadableError
from bpo.size_limits import DEPTH, NUMBER_CHARACTERS

BOM = b"\xef\xbb\xbf"


class Number(str):
    """A JSON number as it was written; no float ever stood between."""

    __slots__ = ()


def parse_json(body: bytes) -> object:
    """The value that a body of UTF-8 JSON holds, its numbers as `Number`."""
    if body.startswith(BOM):
        detail, hint = _("JSON begins without a byte order mark."), _("Save the file as UTF-8 without BOM.")
        raise UnreadableError("malformed_json", detail, hint=hint)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        detail = _("The body is not UTF-8: byte %(at)s is wrong.") % {"at": error.start}
        raise UnreadableError("not_utf8", detail) from error
    try:
        value = _DECODER.decode(text)
        _check_depth(value)
    except json.JSONDecodeError as error:
        detail = _("This is not JSON: line %(line)s, column %(column)s.")
        detail %= {"line": error.lineno, "column": error.colno}
        raise UnreadableError("malformed_json", detail, line=error.lineno) from error
    except RecursionError as error:
        detail = _("JSON may be nested %(depth)s levels deep.") % {"depth": DEPTH}
        raise UnreadableError("too_deep", detail) from error
    return value


def _check_depth(value: object) -> None:
    """Raise RecursionError for what is nested too deep; level by level, so that depth itself costs nothing."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEPTH:
            raise RecursionError
        inner: list[object] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        level = inner if any(isinstance(item, dict | list) for item in inner) else []


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    keys = dict(pairs)
    if len(keys) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _value in pairs if key in seen or seen.add(key))
        detail = _("The key “%(key)s” stands twice in one object.") % {"key": ascii(twice[:100])[1:-1]}
        raise UnreadableError("duplicate_key", detail)
    return keys


def _number(text: str) -> Number:
    if len(text) > NUMBER_CHARACTERS:
        detail = _("A number has at most %(most)s characters.") % {"most": NUMBER_CHARACTERS}
        raise UnreadableError("number_too_long", detail)
    return Number(text)


def _no_constant(name: str) -> NoReturn:
    raise UnreadableError("malformed_json", _("JSON has no %(name)s.") % {"name": name})


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_number, parse_int=_number, parse_constant=_no_constant, strict=True
)
