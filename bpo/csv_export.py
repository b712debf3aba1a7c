"""Lists as CSV files: the same rows, filters and order as the page, and nothing that a spreadsheet would run."""

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from io import StringIO
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils.text import slugify

from bpo.viewpoint import Viewpoint

TAIL = ("id", "url", "raw_value")
# What makes a spreadsheet take text for a formula.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NUMBER = re.compile(r"-?\d+(\.\d+)?")

Value = str | int | Decimal | None


def wants_csv(request: HttpRequest) -> bool:
    return request.GET.get("format") == "csv"


def csv_file(
    *, viewpoint: Viewpoint, what: str, header: Sequence[str], rows: Iterable[Sequence[Value]], now: datetime
) -> HttpResponse:
    """The file, in UTF-8 with the mark that spreadsheets ask for; its name says whose, what, and as of when."""
    text = StringIO()
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow([*header, *TAIL])
    writer.writerows([safe(value) for value in row] for row in rows)
    zone = viewpoint.user.zone
    day = now.astimezone(ZoneInfo(zone)).date().isoformat()
    name = f"{slugify(str(viewpoint)) or 'desk'}_{slugify(what)}_{day}_{zone.replace('/', '-')}.csv"
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def safe(value: Value) -> str:
    """A cell that stays what it is: numbers are left alone, text that looks like a formula is quoted."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    text = str(value)
    if text.startswith(DANGEROUS) and not NUMBER.fullmatch(text):
        return f"'{text}"
    return text
