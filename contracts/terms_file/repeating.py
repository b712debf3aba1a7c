"""One clause for many rows: an item with `for_each` stands for one item of each row, such as province × priority."""

import re
from collections import Counter
from decimal import Decimal
from itertools import product
from math import prod
from typing import NoReturn
from unicodedata import normalize

from django.utils.translation import gettext as _

from contracts.terms_file.reading import MOST_MADE, VALUE, Document, Item, Mark, Path, TermsFileRefused

FOR_EACH = "for_each"
SECTIONS = ("feeds", "service_levels")
PLACE = re.compile(r"<([A-Za-z_][A-Za-z0-9_]*)>")
# Where a value is text, also if it looks like a number.
TEXTS = frozenset({"code", "name", "clause", "feed", "process", "metric", "only"})
CODE = "code"
MOST_ROWS, LARGEST_SHOWN = 5_000, 10**15
SCALARS = (str, int, Decimal)
Row = Item


def repeat_items(document: Document) -> None:
    """Put its copies in the place of each item with `for_each`; a copy's values stand where the clause does.

    Faults of a `for_each` are added to the problems of the document, and their items left out.
    """
    sections = document.data if isinstance(document.data, dict) else {}
    for section, items in sections.items():
        if not isinstance(items, list) or not any(isinstance(item, dict) and FOR_EACH in item for item in items):
            continue
        if section not in SECTIONS:
            place = next(place for place, item in enumerate(items) if isinstance(item, dict) and FOR_EACH in item)
            sentence = _("for_each is for items of %s.") % _(" and ").join(SECTIONS)
            document.problems.append(document.problem((section, place, FOR_EACH), sentence))
            document.data[section] = [item for item in items if not isinstance(item, dict) or FOR_EACH not in item]
            continue
        copies: list[tuple[int, object, Row]] = []
        for place, item in enumerate(items):
            try:
                copies += ((place, copy, row) for copy, row in copies_of(item, (section, place), document))
            except TermsFileRefused as refused:
                if document.made > MOST_MADE:
                    raise
                document.problems += refused.problems
        document.data[section] = [copy for _place, copy, _row in copies]
        origins = [place for place, _copy, _row in copies]
        document.marks, document.keys = (moved(marks, section, origins) for marks in (document.marks, document.keys))
        places = [places_filled(item) for item in items]
        for number, (place, _copy, row) in enumerate(copies):
            document.origins[section, number] = (section, place)
            document.rows[section, number] = row_text(row)
            document.filled[section, number] = places[place] if row else set()


def copies_of(item: object, path: Path, document: Document) -> list[tuple[object, Row]]:
    """The items for which an item stands, each with its row; itself, with an empty row, where it has no `for_each`."""
    if not isinstance(item, dict) or FOR_EACH not in item:
        return [(item, {})]
    rows = rows_of(item.pop(FOR_EACH), (*path, FOR_EACH), document)
    copies = [(filled(item, row, path, document), row) for row in rows]
    first: dict[str, Row] = {}
    for copy, row in copies:
        code = str(copy.get(CODE, "")) if isinstance(copy, dict) else ""
        if code and first.setdefault(code, row) is not row:
            words = {"code": code, "one": row_text(first[code]), "other": row_text(row)}
            sentence = _(
                "The code “%(code)s” stands here twice: for the row %(one)s, and for the row %(other)s of for_each. "
                "Make it of values that differ in letters or digits."
            )
            refuse(document, (*path, CODE), sentence % words)
    return copies


def rows_of(stated: object, path: Path, document: Document) -> list[Row]:
    """The rows of a `for_each`: each combination of its names' values, or the rows of a list as they stand."""
    if isinstance(stated, list):
        rows = [checked(row, (*path, place), document) for place, row in enumerate(stated)]
    elif isinstance(stated, dict):
        choices = [values_of(name, values, (*path, name), document) for name, values in stated.items()]
        if (number := prod(map(len, choices))) > MOST_ROWS:
            words = {"number": min(number, LARGEST_SHOWN), "most": MOST_ROWS}
            sentence = _("for_each makes %(number)s rows; %(most)s at most: write several items.")
            refuse(document, path, sentence % words)
        names = Counter(name for choice in choices for name in set().union(*choice))
        document.make(number * len(names) * VALUE, path)
        if twice := next((name for name, times in names.items() if times > 1), None):
            refuse(document, path, _("for_each gives “%s” twice: give it another name at one place.") % twice)
        rows = [{name: value for part in parts for name, value in part.items()} for parts in product(*choices)]
    else:
        rows = []
    if not stated or not rows:
        example = "{province: [AB, BC], priority: {P1: {hours: 4}, P2: {hours: 8}}}"
        refuse(document, path, _("for_each gives each name its values, such as %s, or lists rows.") % example)
    return rows


def values_of(name: str, values: object, path: Path, document: Document) -> list[Row]:
    """The values of one name, each with what a table says of it."""
    if not isinstance(values, dict | list) or not values:
        sentence = _(
            "for_each gives each name its values: “%s” needs a list such as [A, B] or a table {A: {hours: 4}}."
        )
        refuse(document, path, sentence % name)
    if isinstance(values, list):
        rows = [checked({name: value}, (*path, place), document) for place, value in enumerate(values)]
        if twice := next((value for value, times in Counter(values).items() if times > 1), None):
            refuse(
                document,
                path,
                _("for_each has the value “%(value)s” of “%(name)s” twice.") % {"value": twice, "name": name},
            )
        return rows
    rows = []
    for value, more in values.items():
        if more is not None and not isinstance(more, dict):
            words = {"value": value, "name": name}
            sentence = _("What for_each says of “%(value)s” needs names, such as {%(value)s: {hours: 4}}.")
            refuse(document, (*path, value), sentence % words)
        if name in (more or {}):
            refuse(
                document,
                (*path, value, name),
                _("for_each gives “%s” twice: give it another name at one place.") % name,
            )
        rows.append(checked({name: value, **(more or {})}, (*path, value), document))
    return rows


def checked(row: object, path: Path, document: Document) -> Row:
    """A row whose names can be put between < and >, and whose values are texts or numbers."""
    if not isinstance(row, dict) or not row:
        refuse(document, path, _("A row of for_each has names with values, such as {province: AB, share: 95}."))
    for name, value in row.items():
        if not PLACE.fullmatch(f"<{name}>"):
            refuse(document, path, _("“%s” is no name for for_each: these have letters, digits and “_”.") % name)
        if not isinstance(value, SCALARS):
            sentence = _("for_each needs one value for “%s” in each row: a text or a number.")
            refuse(document, (*path, name), sentence % name)
    return row


def row_text(row: Row) -> str:
    """ "province Alberta, priority P1"."""
    return ", ".join(f"{name} {text_of(value)}" for name, value in row.items())


def places_filled(value: object, path: Path = ()) -> set[Path]:
    """Where in an item values of the rows are put, and what holds these places."""
    if isinstance(value, dict):
        inner = (places_filled(part, (*path, name)) for name, part in value.items())
        places = set().union({(*path, name) for name in value if PLACE.search(name)}, *inner)
    elif isinstance(value, list):
        places = set().union(*(places_filled(part, (*path, place)) for place, part in enumerate(value)))
    else:
        places = {path} if isinstance(value, str) and PLACE.search(value) else set()
    return places | {path} if places else places


def filled(value: object, row: Row, path: Path, document: Document, *, key: str = "", as_text: bool = False) -> object:
    """A copy of a value, with the row's values in the place of `<name>`."""
    document.make(VALUE, path)
    if isinstance(value, dict):
        copy = {
            fill_text(name, row, path, document): filled(
                inner, row, (*path, name), document, key=name, as_text=as_text or name in TEXTS
            )
            for name, inner in value.items()
        }
        if len(copy) < len(value):
            sentence = _("Two names are the same in the row %s of for_each.")
            refuse(document, path, sentence % row_text(row))
        return copy
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
            words = {"name": match[1], "names": ", ".join(row), "row": row_text(row)}
            sentence = _("for_each has no “%(name)s” for every row; this one has %(names)s (%(row)s).")
            refuse(document, path, sentence % words)
        text = text_of(row[match[1]])
        document.make(len(text), path)
        return as_code(text) if is_code else text

    if "<" not in text:
        return text
    document.make(len(text), path)
    return PLACE.sub(value_at, text)


def text_of(value: object) -> str:
    """A value as a file writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


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
            # What a clause repeats for is in none of its copies.
            if path[2:3] != (FOR_EACH,):
                by_item.setdefault(path[1], []).append((path[2:], mark))
        else:
            found[path] = mark
    for place, origin in enumerate(origins):
        found |= {(section, place, *rest): mark for rest, mark in by_item.get(origin, ())}
    return found


def refuse(document: Document, path: Path, sentence: str) -> NoReturn:
    raise TermsFileRefused([document.problem(path, sentence)])
