"""Lists as CSV files: the same rows, filters and order as the page, and nothing that a spreadsheet would run."""

import csv
import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils.text import slugify

from bpo.lists import ListDefinition, Row
from bpo.viewpoint import Viewpoint

NUMBER = re.compile(r"-?\d+(\.\d+)?")
# A spreadsheet that separates cells by semicolons begins a new one inside of the text. Apostrophes that stand there are
# kept apart from the one that is added.
AFTER_SEPARATOR = re.compile(r"([;\t\r\n][\s\"]*)(?='*[=+\-@＝＋－＠])")
AT_START = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
ADDED_AT_START = re.compile(r"'(?='*[=+\-@\t\r\n＝＋－＠])")
ADDED = re.compile(r"([;\t\r\n][\s\"]*)'(?='*[=+\-@＝＋－＠])")

Value = str | int | Decimal | date | None


def wants_csv(request: HttpRequest) -> bool:
    return request.GET.get("format") == "csv"


def csv_response(
    request: HttpRequest,
    definition: ListDefinition[Row],
    rows: Iterable[Row],
    *,
    viewpoint: Viewpoint,
    what: str,
    now: datetime,
) -> HttpResponse:
    """The rows of a list as a file, named by whose it is, what it lists, and the day of `now` in the reader's zone."""
    columns, zone = definition.csv_columns, viewpoint.user.zone
    lines: list[Iterable[Value]] = [[column.name for column in columns]]
    for row in rows:
        cells = zip(columns, definition.csv_cells(row), strict=True)
        lines.append([request.build_absolute_uri(cell) if column.is_url else cell for column, cell in cells])
    day = now.astimezone(ZoneInfo(zone)).date().isoformat()
    return csv_file(f"{slugify(str(viewpoint)) or 'desk'}_{slugify(what)}_{day}_{zone.replace('/', '-')}.csv", lines)


def csv_file(name: str, rows: Iterable[Iterable[Value]]) -> HttpResponse:
    """Rows as a file to download, in UTF-8 with a byte order mark, which spreadsheets need."""
    text = StringIO()
    text.write("\ufeff")
    csv.writer(text).writerows([safe(cell) for cell in row] for row in rows)
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def safe(value: Value) -> str:
    """A cell as text: dates in ISO format, numbers unchanged, and an apostrophe before what a spreadsheet would run."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    text = AFTER_SEPARATOR.sub(r"\1'", str(value))
    return f"'{text}" if AT_START.match(text) and not NUMBER.fullmatch(text) else text


def restored(text: str) -> str:
    """Return the text of a cell that `safe` wrote, or that a person kept from being a formula in the same way."""
    return ADDED.sub(r"\1", text[1:] if ADDED_AT_START.match(text) else text)
