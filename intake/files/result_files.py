"""Files of a feed's rows to fill in or to correct, and to bring back: as a workbook with typed cells, or as CSV.

Whatever stands in such a file reads back as it was, so that only what somebody changes is a correction.
"""

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped]
from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from bpo.csv_export import csv_file
from bpo.errors import Refused
from bpo.size_limits import ROWS
from bpo.strict_columns import DAY, FLAG, FLAG_OR_FALSE, NUMBER, ColumnReader
from bpo.viewpoint import Viewpoint
from contracts.models.service_levels import Feed, ServiceLevelTerms
from contracts.terms import NARROWING
from intake.awaited import reading
from intake.due import DueReport
from intake.files.containers import XLSX
from intake.kinds import CONTENT, ROW_KINDS
from intake.tables import as_text, row_naming
from metrics.models.results import DAY_COLUMN, RESULT_TABLES, ContactResult, Result

TYPES = ("xlsx", "csv")
ADDRESS = ("contract", "feed")
# What a person seldom fills in.
NOT_OFFERED = frozenset({"void", "reason", "nothing"})
# A spreadsheet keeps so many digits of a number; one with more is text.
EXACT_DIGITS = 15
DAY_FORMAT, TEXT_FORMAT = "yyyy-mm-dd", "@"
LISTS = "lists"
LAST_ROW = 1_048_575
WIDTHS = {"occurred_at": 26, "note": 40, "reason": 40}
Cells = Mapping[str, object]


class TooManyRows(Refused):
    """A file would have more rows than one may bring back."""

    code = "too_many_rows"
    status = 413


@dataclass(frozen=True)
class ResultFile:
    """Rows of a feed under the columns that it takes; `known` are the values that a column is known to have."""

    feed: Feed
    columns: Mapping[str, ColumnReader | None]
    rows: Sequence[Cells]
    known: Mapping[str, Sequence[str]]

    def response(self, type_: str, what: str) -> HttpResponse:
        """Return it as a file to download."""
        name = f"{self.feed.contract.reference}_{self.feed.code}_{what}.{type_}"
        if type_ == "csv":
            lines = ([_as_csv(row.get(column)) for column in self.columns] for row in self.rows)
            return csv_file(name, [list(self.columns), *lines])
        response = HttpResponse(self.workbook(), content_type=XLSX)
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def workbook(self) -> bytes:
        """Return it as a workbook: typed columns, locked heads, and lists of what is known."""
        out = io.BytesIO()
        with Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
            sheet = book.add_worksheet(self.feed.code[:31].translate(NO_SIGNS) or "rows")
            forms = {
                name: book.add_format({"num_format": form, "locked": False})
                for name, form in (("day", DAY_FORMAT), ("text", TEXT_FORMAT), ("number", "General"))
            }
            head = book.add_format({"bold": True, "locked": True, "num_format": TEXT_FORMAT})
            for place, (name, reader) in enumerate(self.columns.items()):
                sheet.set_column(place, place, WIDTHS.get(name, 16), forms[_form_of(reader)])
                sheet.write_string(0, place, name, head)
            for number, row in enumerate(self.rows, 1):
                for place, (name, reader) in enumerate(self.columns.items()):
                    _write(sheet, number, place, row.get(name), _form_of(reader), forms)
            _offer(book, sheet, list(self.columns), self.known)
            sheet.freeze_panes(1, 0)
            allowed = ("format_cells", "format_columns", "format_rows", "insert_rows", "delete_rows", "sort")
            sheet.protect("", dict.fromkeys((*allowed, "autofilter"), True))
        return out.getvalue()


# What a sheet's name may not hold.
NO_SIGNS = str.maketrans("", "", "[]:*?/\\'")


def due_file(feed: Feed, reports: Iterable[DueReport]) -> ResultFile:
    """Return the rows that a feed owes, to fill in; of single facts only the columns."""
    is_total = feed.kind == Feed.Kind.COUNTS and feed.schedule != Feed.Schedule.EVENT
    owed = [report.as_row() for report in reports if is_total and report.feed.pk == feed.pk and report.state.is_owed]
    return ResultFile(feed, _columns(feed, NOT_OFFERED), owed, known_values(feed))


def results_file(feed: Feed, results: Iterable[Result]) -> ResultFile:
    """Return results as they would be sent, with a column for why one is corrected. Raises TooManyRows."""
    rows: list[Cells] = []
    for result in results:
        content = as_text({name: getattr(result, name) for name in CONTENT[feed.kind]})
        own = {name: cell for name, cell in content.items() if not name.endswith("_on")}
        rows.append(row_naming(feed, result.key) | own)
        if len(rows) > ROWS:
            raise TooManyRows(
                _("There are more than %(most)s results, and a file takes no more.") % {"most": ROWS},
                hint=_("Choose fewer days."),
            )
    return ResultFile(feed, _columns(feed, NOT_OFFERED - {"reason"}), rows, known_values(feed))


def results_within(viewpoint: Viewpoint, feed: Feed, first: date, last: date) -> QuerySet[Result]:
    """Return the feed's results of these days that the reader sees, in the order of their days."""
    day = DAY_COLUMN[feed.kind]
    rows: QuerySet[Result] = RESULT_TABLES[feed.kind].objects.visible_to(viewpoint).filter(feed=feed)
    return rows.filter(**{f"{day}__gte": first, f"{day}__lte": last}).order_by(day, "key")


def known_values(feed: Feed) -> dict[str, list[str]]:
    """Return the values of each column that a service level reads by name, and those of columns with a fixed choice."""
    known: dict[str, set[str]] = {column: set() for column in NARROWING.get(feed.kind, ())}
    terms = ServiceLevelTerms.objects.filter(reading([feed.pk]))
    levels = ("service_level__feed", "narrowing", "service_level__per_feed", "per")
    for own, narrowing, other, per in terms.values_list(*levels):
        for pk, only in ((own, narrowing), (other, per.get("only", {}))):
            for column, values in only.items() if pk == feed.pk else ():
                known.setdefault(column, set()).update(values)
    lists = {column: sorted(filter(None, values)) for column, values in known.items()}
    columns = ROW_KINDS[feed.kind, feed.schedule].columns
    lists |= {name: ["true", "false"] for name, reader in columns.items() if reader in (FLAG, FLAG_OR_FALSE)}
    return lists | ({"outcome": list(ContactResult.Outcome.values)} if feed.kind == Feed.Kind.CONTACTS else {})


def _columns(feed: Feed, left_out: frozenset[str]) -> dict[str, ColumnReader | None]:
    own = ROW_KINDS[feed.kind, feed.schedule].columns
    return dict.fromkeys(ADDRESS) | {name: reader for name, reader in own.items() if name not in left_out}


def _form_of(reader: ColumnReader | None) -> str:
    return "day" if reader is DAY else "number" if reader is NUMBER else "text"


def _write(sheet: Worksheet, row: int, place: int, value: object, form: str, forms: Mapping[str, object]) -> None:
    """Write a cell by what its column holds; moments are text, which keeps their offset."""
    text = _as_csv(value)
    if not text:
        sheet.write_blank(row, place, None, forms[form])
    elif form == "day":
        sheet.write_datetime(row, place, date.fromisoformat(text), forms[form])
    elif form == "number" and len(text.lstrip("-").replace(".", "").lstrip("0")) <= EXACT_DIGITS:
        sheet.write_number(row, place, float(text), forms[form])
    else:
        sheet.write_string(row, place, text, forms["text"])


def _as_csv(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)


def _offer(book: Workbook, sheet: Worksheet, columns: Sequence[str], known: Mapping[str, Sequence[str]]) -> None:
    """Offer the known values of a column as a list in its cells; others may be entered after a question."""
    offered = [name for name in columns if known.get(name)]
    if not offered:
        return
    lists = book.add_worksheet(LISTS)
    lists.hide()
    for place, name in enumerate(offered):
        lists.write_column(0, place, known[name])
        letter = xl_col_to_name(place)
        rule = {
            "validate": "list",
            "source": f"={LISTS}!${letter}$1:${letter}${len(known[name])}",
            "error_type": "warning",
            "error_title": _("New name"),
            "error_message": _("No service level reads this value. Keep it all the same?"),
        }
        sheet.data_validation(1, columns.index(name), LAST_ROW, columns.index(name), rule)
