"""Matches a table's columns with those of results: by name, as in the last file, or as a person chooses."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from bpo.row_errors import UnreadableError
from bpo.strict_columns import NUMBER
from intake.files.tables import Table
from intake.kinds import COLUMNS, ROW_KINDS
from intake.models.imports import Import
from intake.parsing import Sheet

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
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Matched:
    """The rows under the columns of results, and how their columns were matched."""

    sheet: Sheet
    columns: dict[str, str]
    undecided: list[str]
    is_remembered: bool
    has_decimal_comma: bool


def match(table: Table, imported: Import) -> Matched:
    """Return the table's rows as they are checked; columns that match nothing are `undecided`."""
    remembered: dict[str, str] = {}
    if not imported.matching:
        # As the columns of the vendor's last imported file for this feed were matched.
        imports = Import.objects.filter(vendor=imported.vendor, feed=imported.feed).exclude(pk=imported.pk)
        earlier = imports.filter(state__in=[Import.State.IMPORTED, Import.State.UNDONE])
        remembered = earlier.order_by("-decided_at", "-pk").values_list("matching", flat=True).first() or {}
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
    for _line, cells in table.rows:
        filled = {column: cells[place] for place, column in places if cells[place] != ""}
        row = filled if "feed" in filled or "service_level" in filled else {**address, **filled}
        rows.append(_as_meant(row, table, has_comma=has_comma))
    sheet = Sheet.of_rows(rows, [line for line, _cells in table.rows])
    return Matched(sheet, columns, undecided, bool(remembered) and not undecided, has_comma)


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
    if table.is_workbook:
        for name, form in (("period", FIRST_OF_MONTH), ("date", MIDNIGHT)):
            if found := form.fullmatch(row.get(name, "")):
                row[name] = found[1]
    return row
