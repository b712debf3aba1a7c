"""Matches a table's columns with those of results: by name, as in the last file, or as a person chooses."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from bpo.row_errors import UnreadableError
from bpo.strict_columns import NUMBER
from contracts.models.service_levels import Feed, ServiceLevelTerms
from intake.files.tables import Table
from intake.files.texts import EIGHT_BIT
from intake.kinds import COLUMNS, ROW_KINDS
from intake.models.imports import Import
from intake.parsing import Sheet
from intake.unlikely import Unlikely

LEFT_OUT = ""
# The column that our own file of wrong rows adds.
EXPLANATION = "what_is_wrong"
NUMBERS = frozenset(name for kind in ROW_KINDS.values() for name, reader in kind.columns.items() if reader is NUMBER)
COMMA_NUMBER = re.compile(r"-?[0-9]+,[0-9]+")
POINT_NUMBER = re.compile(r"-?[0-9]+\.[0-9]+")
# Either a number with three decimals, or thousands set apart.
GROUPED = re.compile(r"-?[1-9][0-9]{0,2}[.,][0-9]{3}")
FIRST_OF_MONTH = re.compile(r"([0-9]{4}-[0-9]{2})-01(T00:00:00)?")
MIDNIGHT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T00:00:00")
# Lengths are seconds; a clock of three parts is hours, minutes and seconds.
SECONDS = frozenset(name for name in NUMBERS if name.endswith("_seconds"))
CLOCK = re.compile(r"([0-9]{1,4}):([0-5][0-9]):([0-5][0-9])(\.[0-9]{1,6})?")
PERCENTAGES = frozenset({"value", "score"})
PERCENTAGE = re.compile(r"-?[0-9]{1,12}(?:[.,][0-9]+)?[ \u00a0\u202f]?%")
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Matched:
    """The rows under the columns of results, and how their columns were matched."""

    sheet: Sheet
    columns: dict[str, str]
    undecided: list[str]
    is_remembered: bool
    has_decimal_comma: bool
    questions: list[Unlikely]


def match(table: Table, imported: Import) -> Matched:
    """Return the table's rows as they are checked; columns that match nothing are `undecided`."""
    remembered = {} if imported.matching else last_reading(imported, "matching", {})
    columns, undecided = columns_of(table.header, imported.matching or remembered)
    twice = [name for name, count in Counter(filter(None, columns.values())).items() if count > 1]
    if twice:
        raise UnreadableError(
            "bad_header", _("Two columns of the file are matched with %(name)s.") % {"name": twice[0]}
        )
    places = [(place, columns[name]) for place, name in enumerate(table.header) if columns.get(name)]
    has_comma = has_decimal_comma(table, places, imported.decimals)
    address = {}
    if imported.feed:
        address = {"contract": imported.feed.contract.public_id, "feed": imported.feed.code}
    rows = []
    percentages: list[tuple[int, int, str]] = []
    for number, (line, cells) in enumerate(table.rows, 1):
        filled = {column: cells[place] for place, column in places if cells[place] != ""}
        row = filled if "feed" in filled or "service_level" in filled else {**address, **filled}
        percentages += [(number, line, name) for name in PERCENTAGES if PERCENTAGE.fullmatch(row.get(name, ""))]
        rows.append(_as_meant(row, table, has_comma=has_comma))
    questions = [*encoding_question(table), *read_percentages(rows, percentages, imported.feed)]
    sheet = Sheet.of_rows(rows, [line for line, _cells in table.rows])
    return Matched(sheet, columns, undecided, bool(remembered) and not undecided, has_comma, questions)


def last_reading(imported: Import, name: str, default: object) -> Any:
    """Return how the vendor's last imported file for this feed was read."""
    imports = Import.objects.filter(vendor=imported.vendor, feed=imported.feed).exclude(pk=imported.pk)
    earlier = imports.filter(state__in=[Import.State.IMPORTED, Import.State.UNDONE])
    return earlier.order_by("-decided_at", "-pk").values_list(name, flat=True).first() or default


def encoding_question(table: Table) -> list[Unlikely]:
    """Return the question in which encoding a file is written, where nobody has chosen one."""
    if not table.odd_line:
        return []
    as_read = next(code for code, name in EIGHT_BIT.items() if name == table.encoding)
    other = "cp1250" if as_read == "cp1252" else "cp1252"
    detail = _(
        "The file does not say its encoding. As %(first)s line %(line)s has “%(text)s”, as %(other)s “%(else)s”."
    )
    details = {"first": table.encoding, "text": table.encodings[as_read], "line": table.odd_line}
    details |= {"other": EIGHT_BIT[other], "else": table.encodings[other]}
    return [Unlikely("encoding", detail % details, lines=[table.odd_line])]


def read_percentages(
    rows: list[dict[str, str]], percentages: list[tuple[int, int, str]], feed: Feed | None
) -> list[Unlikely]:
    """Write percentages as the feed has them: 88 for 88 %, or 0.88 where it takes at most 1; asked where unknown.

    They are given by the row's number, its line, and the column.
    """
    if not percentages:
        return []
    is_part = feed is not None and feed.highest is not None and feed.highest <= 1
    first = rows[percentages[0][0] - 1][percentages[0][2]]
    for number, _line, name in percentages:
        value = Decimal(rows[number - 1][name].rstrip("%\u00a0\u202f ").replace(",", "."))
        rows[number - 1][name] = f"{(value / 100 if is_part else value).normalize():f}"
    if feed and (feed.highest or ServiceLevelTerms.objects.filter(service_level__feed=feed, unit="%").exists()):
        return []
    number, line, name = percentages[0]
    detail = _("Cells are percentages, such as %(text)s in line %(line)s, which is read as %(value)s.")
    details = {"text": first, "line": line, "value": rows[number - 1][name]}
    numbers, lines, _names = zip(*percentages, strict=True)
    return [Unlikely("percent_cells", detail % details, feed, numbers, lines)]


def columns_of(header: list[str], chosen: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the column of each name in the header, and the names that have none yet."""
    columns: dict[str, str] = {}
    undecided: list[str] = []
    for name in header:
        if name in columns:
            raise UnreadableError(
                "bad_header", _("The header has “%(name)s” twice.") % {"name": name[:LONGEST_NAME]}, line=1
            )
        plain = re.sub(r"[\s./-]+", "_", name.strip().lower())
        if name in chosen and (not chosen[name] or chosen[name] in COLUMNS):
            columns[name] = chosen[name]
        elif plain in COLUMNS:
            columns[name] = plain
        else:
            columns[name] = LEFT_OUT
            if name.strip() and name != EXPLANATION:
                undecided.append(name)
    return columns, undecided


def has_decimal_comma(table: Table, places: list[tuple[int, str]], chosen: str) -> bool:
    """Whether the comma is the decimal sign, as `chosen` by a person or as the numbers show. Raises UnreadableError."""
    numbers = [place for place, column in places if column in NUMBERS]
    cells = [(line, row[place]) for line, row in table.rows for place in numbers]
    with_comma = [(line, cell) for line, cell in cells if COMMA_NUMBER.fullmatch(cell)]
    with_point = [(line, cell) for line, cell in cells if POINT_NUMBER.fullmatch(cell)]
    if with_comma and with_point and table.delimiter != "comma":
        raise _ambiguous(with_comma[0], with_point[0])
    if chosen:
        expects_comma = chosen == Import.Decimals.COMMA
        against = with_point if expects_comma else with_comma
        if against and table.delimiter != "comma":
            raise _ambiguous(against[0])
        return expects_comma
    # In a file that is cut at commas, a comma inside a number is none of the file's decimal signs.
    seen = [] if table.delimiter == "comma" else with_comma or with_point
    if seen and all(GROUPED.fullmatch(cell) for _line, cell in seen):
        raise _ambiguous(seen[0])
    return bool(with_comma) and table.delimiter != "comma"


def _ambiguous(*places: tuple[int, str]) -> UnreadableError:
    lines = ", ".join(_("line %(line)s has %(number)s") % {"line": line, "number": cell} for line, cell in places)
    return UnreadableError(
        "ambiguous_decimals",
        _("It is unclear whether the comma or the point is the decimal sign: %(places)s.") % {"places": lines},
        hint=_(
            "Choose the sign under “Decimal sign”, and write all numbers the same way, without thousands separators."
        ),
    )


def _as_meant(row: dict[str, str], table: Table, *, has_comma: bool) -> dict[str, str]:
    """Return the cells in the API's form: decimals with a point, and days and months without the time Excel adds."""
    if has_comma:
        for name in NUMBERS & row.keys():
            if COMMA_NUMBER.fullmatch(row[name]):
                row[name] = row[name].replace(",", ".")
    for name in SECONDS & row.keys():
        if clock := CLOCK.fullmatch(row[name]):
            row[name] = f"{int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3])}{clock[4] or ''}"
    if table.is_workbook:
        for name, form in (("period", FIRST_OF_MONTH), ("date", MIDNIGHT)):
            if found := form.fullmatch(row.get(name, "")):
                row[name] = found[1]
    return row
