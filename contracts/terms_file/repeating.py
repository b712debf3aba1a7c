"""One clause for many rows: an item with `for_each` stands for one item of each row, such as province × priority."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from math import prod
from typing import NoReturn
from unicodedata import normalize

from django.utils.translation import gettext as _

from contracts.terms_file.reading import Document, Item, Mark, Path, TermsFileRefused

FOR_EACH = "for_each"
SECTIONS = ("feeds", "service_levels")
PLACE = re.compile(r"<([A-Za-z_][A-Za-z0-9_]*)>")
# Where a value is text, also if it looks like a number.
TEXTS = frozenset({"code", "name", "clause", "feed", "process", "metric", "only"})
CODE = "code"
MOST_ROWS = 5_000
SCALARS = (str, int, Decimal)
Row = Item


def repeat_items(document: Document) -> None:
    """Put its copies in the place of each item with `for_each`; a copy's values stand where the clause does."""
    for section in SECTIONS:
        items = document.data.get(section) if isinstance(document.data, dict) else None
        if not isinstance(items, list) or not any(isinstance(item, dict) and FOR_EACH in item for item in items):
            continue
        copies: list[tuple[int, object]] = []
        for place, item in enumerate(items):
            path = (section, place)
            rows = rows_of(item.pop(FOR_EACH), (*path, FOR_EACH), document) if FOR_EACH in item else [None]
            copies += [(place, item if row is None else filled(item, row, path, document)) for row in rows]
        document.data[section] = [copy for _place, copy in copies]
        origins = [place for place, _copy in copies]
        document.marks, document.keys = (moved(marks, section, origins) for marks in (document.marks, document.keys))


def rows_of(stated: object, path: Path, document: Document) -> list[Row]:
    """The rows of a `for_each`: each combination of its names' values, or the rows of a list as they stand."""
    if isinstance(stated, list):
        rows = [row if isinstance(row, dict) else {} for row in stated]
    elif isinstance(stated, dict):
        choices = [list(values_of(name, values)) for name, values in stated.items()]
        if (number := prod(map(len, choices))) > MOST_ROWS:
            words = {"number": number, "most": MOST_ROWS}
            refuse(document, path, _("for_each makes %(number)s rows; %(most)s at most.") % words)
        rows = [{name: value for part in parts for name, value in part.items()} for parts in product(*choices)]
    else:
        rows = []
    if not rows or not all(row and all(isinstance(value, SCALARS) for value in row.values()) for row in rows):
        example = "{province: [AB, BC], priority: {P1: {hours: 4}, P2: {hours: 8}}}"
        refuse(document, path, _("for_each gives each name its values, such as %s, or lists rows.") % example)
    return rows


def values_of(name: str, values: object) -> Iterator[Row]:
    """The values of one name, each with what a table says of it."""
    if isinstance(values, dict):
        yield from ({name: value, **(more if isinstance(more, dict) else {})} for value, more in values.items())
    elif isinstance(values, list):
        yield from ({name: value} for value in values)


def filled(value: object, row: Row, path: Path, document: Document, *, key: str = "", as_text: bool = False) -> object:
    """A copy of a value, with the row's values in the place of `<name>`."""
    if isinstance(value, dict):
        return {
            fill_text(name, row, path, document): filled(
                inner, row, (*path, name), document, key=name, as_text=as_text or name in TEXTS
            )
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [
            filled(inner, row, (*path, place), document, key=key, as_text=as_text) for place, inner in enumerate(value)
        ]
    if not isinstance(value, str):
        return value
    whole = PLACE.fullmatch(value)
    if whole and whole[1] in row and not as_text:
        return row[whole[1]]
    return fill_text(value, row, path, document, is_code=key in (CODE, "feed"))


def fill_text(text: str, row: Row, path: Path, document: Document, *, is_code: bool = False) -> str:
    """The text with the row's values; in codes these have capital letters, digits and hyphens."""

    def value_at(match: re.Match[str]) -> str:
        if match[1] not in row:
            words = {"name": match[1], "names": ", ".join(row)}
            refuse(document, path, _("for_each has no “%(name)s” for every row; this one has %(names)s.") % words)
        return as_code(str(row[match[1]])) if is_code else str(row[match[1]])

    return PLACE.sub(value_at, text)


def as_code(text: str) -> str:
    """The text as a part of a code, the same for the same text: "1 - Critical" is 1-CRITICAL."""
    plain = normalize("NFKD", text).encode("ascii", "ignore").decode().upper()
    return re.sub(r"[^A-Z0-9_.]+", "-", plain).strip("-")


def moved(marks: dict[Path, Mark], section: str, origins: list[int]) -> dict[Path, Mark]:
    """The marks of a document in which the section's items are copies of the items at these places."""
    by_item: dict[str | int, list[tuple[Path, Mark]]] = {}
    found = {}
    for path, mark in marks.items():
        if len(path) > 1 and path[0] == section:
            by_item.setdefault(path[1], []).append((path[2:], mark))
        else:
            found[path] = mark
    for place, origin in enumerate(origins):
        found |= {(section, place, *rest): mark for rest, mark in by_item.get(origin, ())}
    return found


def refuse(document: Document, path: Path, sentence: str) -> NoReturn:
    raise TermsFileRefused([document.problem(path, sentence)])
