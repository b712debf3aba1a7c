"""One uploaded file read by its reading: what is proposed, what is open, and the rows once nothing is."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import BinaryIO, TypedDict, cast

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bpo.formatting import rounded, show_count
from bpo.row_errors import UnreadableError
from bpo.size_limits import FILE_ROWS
from contracts.models.service_levels import Feed, ServiceLevelTerms
from intake.files.feed_targets import target_of
from intake.files.keeping import earlier_readings
from intake.files.part_days import part_day_question
from intake.files.readings.apply import Application
from intake.files.readings.cells import cell_reader
from intake.files.readings.checks import CheckedShare
from intake.files.readings.heads import LOOKED_AT
from intake.files.readings.numbers import is_percent, plain_text
from intake.files.readings.propose import Proposal, propose, with_fitting_sheet
from intake.files.readings.reading import FOLLOWS, HOLDS, SWAPPED, ColumnReading, Reading, reading_from
from intake.files.readings.rows import LeftOut, Rows, Total
from intake.files.readings.shipped_readings import ShippedReading, shipped_for
from intake.files.readings.targets import Target
from intake.files.sources import Line, Source, Wish, open_source
from intake.files.texts import OpenFile
from intake.files.workbooks import Kept, too_many_rows
from intake.models.imports import Import
from intake.parsing import Sheet
from intake.unlikely import Unlikely
from vendors.models import Vendor

SHARES = ("value", "score")
CHUNK = 1_000
LINES_NAMED = 5


class How(TypedDict):
    """Limits of reading that are not the usual ones, as `Source` has them."""

    most_lines: int
    watch: Callable[[int], object]


@dataclass
class FileRead:
    """A file and its reading. Without doubts it has the rows as they are checked, and what was left out and asked.

    `shipped` are readings that a file with doubts could be read by, where none of the vendor's own fits.
    """

    source: Source
    target: Target
    proposal: Proposal
    name: str = ""
    sheet: Sheet | None = None
    left_out: list[LeftOut] = field(default_factory=list)
    total: Total = field(default_factory=Total)
    shares: Sequence[CheckedShare] = ()
    lines: int = 0
    questions: list[Unlikely] = field(default_factory=list)
    shipped: list[ShippedReading] = field(default_factory=list)

    @property
    def reading(self) -> Reading:
        return self.proposal.reading

    def cells_of(self, column: str) -> Iterator[str]:
        """Give the cells of a column of results as they stand in the file, of odd lines, too."""
        own = self.reading.of(column)
        place = self.proposal.heads.place(own.name) if own else None
        if place is not None:
            yield from (line.cells[place] for line in self.source.lines() if place < len(line.cells))


def read_import(imported: Import, *, now: datetime, is_applied: bool = True, how: How | None = None) -> FileRead:
    """Read an uploaded file as a person has said, or as the earlier files of its feed. Raises UnreadableError.

    `how` says how many lines are read at most, and who is told of them.
    """
    own = reading_from(imported.reading) if imported.reading else None
    return read_file(
        lambda: cast("BinaryIO", imported.open_file()),
        vendor=imported.vendor,
        feed=imported.feed,
        own=own,
        name=imported.reading_name,
        kept=imported.sheet,
        now=now,
        is_applied=is_applied,
        how=how,
    )


def read_file(
    open_file: OpenFile,
    *,
    vendor: Vendor,
    feed: Feed | None,
    own: Reading | None,
    name: str,
    kept: Kept | None,
    now: datetime,
    earlier: list[tuple[str, Reading]] | None = None,
    is_applied: bool = True,
    how: How | None = None,
) -> FileRead:
    """Read a file by its `own` reading, or by the first of the `earlier` ones that fits. Raises UnreadableError."""
    if earlier is None:
        earlier = [] if own else earlier_readings(vendor, feed)
    target = target_of(feed, vendor, now=now)
    first = own or next((reading for _name, reading in earlier), Reading())
    source = _limited(open_source(open_file, wish_of(own or Reading(encoding=first.encoding)), kept=kept), how)
    if own is None or not own.sheet:
        source = with_fitting_sheet(source, target, earlier)
    proposal = propose(source, target, own, earlier)
    if proposal.known_as and wish_of(proposal.reading) != wish_of(first):
        source = _limited(open_source(open_file, wish_of(proposal.reading), kept=kept), how)
        proposal = propose(source, target, None, [each for each in earlier if each[0] == proposal.known_as])
    read = FileRead(source, target, proposal, proposal.known_as or name)
    if not proposal.survey.rows:
        raise UnreadableError("empty_batch", _("There is no row under the header."))
    if proposal.is_ready and is_applied:
        _apply(read, feed)
    elif own is None and not proposal.known_as:
        read.shipped = shipped_for(target, source.peek(lines=LOOKED_AT))
    return read


def _limited(source: Source, how: How | None) -> Source:
    return replace(source, most_lines=how["most_lines"], watch=how["watch"]) if how else source


def wish_of(reading: Reading) -> Wish:
    """Return how a reading wants its file to be opened."""
    return Wish(reading.sheet, reading.encoding, reading.delimiter, reading.quote)


def _apply(read: FileRead, feed: Feed | None) -> None:
    application = Application(read.reading, read.proposal.survey, read.target)
    rows, lines = Rows(), _counted(read)
    while chunk := list(islice(lines, CHUNK)):
        rows.extend(application.take(chunk))
        # Not only at the end, when all of them are in memory.
        if len(rows.lines) + len(application.groups) > FILE_ROWS:
            raise too_many_rows()
    rows.extend(application.finish())
    if not rows.lines:
        raise UnreadableError("empty_batch", _("There is no row under the header."))
    address = {"contract": feed.contract.public_id, "feed": feed.code} if feed else {}
    read.sheet, read.left_out = rows.as_sheet(address), rows.left_out
    set_questions(read, feed, application, rows)


def set_questions(read: FileRead, feed: Feed | None, application: Application, rows: Rows) -> None:
    """Set what a file as a whole asks, once all of its lines are read; `rows` are those that a question may name."""
    read.total, read.shares = application.total, application.shares
    read.questions = [*total_question(read, feed), *percent_question(read, feed, rows)]
    read.questions += [*part_day_question(feed, application.hours), *share_questions(read, feed)]


def _counted(read: FileRead) -> Iterator[Line]:
    for line in read.source.lines():
        read.lines += 1
        yield line


def total_question(read: FileRead, feed: Feed | None) -> list[Unlikely]:
    """Ask where a total line says something else than the rows above it."""
    wrong = read.total.disagreements
    if not wrong:
        return []
    line, name, stated, counted = wrong[0]
    details = {"line": line, "name": name, "stated": plain_text(stated), "counted": plain_text(counted)}
    detail = _("The total in line %(line)s has %(name)s %(stated)s, the rows come to %(counted)s.") % details
    return [Unlikely("total_differs", detail, feed, lines=[each[0] for each in wrong])]


def percent_question(read: FileRead, feed: Feed | None, rows: Rows) -> list[Unlikely]:
    """Ask about percentages where the feed does not say that it takes some."""
    for column in (each for each in read.reading.used if each.column in SHARES):
        cells = read.proposal.survey.of(column.name).cells
        found = {cell: counts for cell, counts in cells.items() if is_percent(cell.text)}
        if not found or (feed and feed.highest):
            continue
        if feed and ServiceLevelTerms.objects.filter(service_level__feed=feed, unit="%").exists():
            continue
        cell, (_count, line) = next(iter(found.items()))
        value = cell_reader(column, read.reading, read.target)(cell.text, cell.kind)
        detail = _("Cells are percentages, such as %(text)s in line %(line)s, which is read as %(value)s.")
        details = {"text": cell.text, "line": line, "value": value}
        places = [place + 1 for place, each in enumerate(rows.lines) if each >= line]
        return [Unlikely("percent_cells", detail % details, feed, places, rows.lines)]
    return []


def share_questions(read: FileRead, feed: Feed | None) -> list[Unlikely]:
    """Ask where shares of the file, which are only checked, are others than those of its counts."""
    questions = []
    for share in read.shares:
        if share.first_other is None:
            continue
        line, stated, counted = share.first_other
        others, lines = show_count(share.compared - share.agreed), show_count(share.compared)
        details = {"name": share.name, "stated": stated, "line": line, "counted": show_count(rounded(counted, 2))}
        detail = _("“%(name)s” has %(stated)s in line %(line)s, the counts come to %(counted)s %%.") % details
        more = _("%(others)s of %(lines)s lines differ.") % {"others": others, "lines": lines}
        questions.append(Unlikely("share_differs", f"{detail} {more}", feed, lines=[line]))
    return questions


def left_out_text(left_out: Iterable[LeftOut]) -> list[str]:
    """Return a sentence for each reason for which lines are no rows."""
    by_code: dict[str, list[int]] = {}
    for each in left_out:
        by_code.setdefault(each.code, []).append(each.line)
    return [left_out_sentence(code, len(lines), lines[:LINES_NAMED]) for code, lines in by_code.items()]


def left_out_sentence(code: str, count: int, first_lines: Sequence[int]) -> str:
    """Return why so many lines are no rows, and the first of them."""
    lines = ", ".join(map(str, first_lines)) + (" …" if count > len(first_lines) else "")
    reasons = {
        "title": _("above the heads"),
        "total": _("totals"),
        "after": _("after the last line of data"),
        "condition": _("by a condition"),
        "word": _("by a word"),
    }
    number = ngettext("%(count)s line", "%(count)s lines", count) % {"count": show_count(count)}
    return _("%(count)s left out, %(why)s: line %(lines)s") % {"count": number, "why": reasons[code], "lines": lines}


def form_text(column: ColumnReading, reading: Reading) -> str:
    """Return how the cells of a column are read, in words."""
    orders = {"d/m/y": _("day/month/year"), "m/d/y": _("month/day/year"), "y/m/d": _("year/month/day")}
    parts = [orders.get(column.form, column.form)]
    if column.unit not in ("", "plain"):
        parts.append({"part": _("parts of 1, times 100"), "days": _("parts of a day")}.get(column.unit, column.unit))
    if column.into:
        parts.append(_("lengths in %(unit)s") % {"unit": column.into})
    if column.words:
        parts.append("; ".join(f"{word} → {meaning}" for word, meaning in list(column.words.items())[:5]))
    if column.typed == SWAPPED:
        parts.append(_("day and month of typed dates swapped"))
    if column.column == "period" and reading.weeks:
        weeks = {HOLDS: _("the week that holds the day"), FOLLOWS: _("the week that follows the day")}
        parts.append(weeks[reading.weeks.split()[1]])
    if column.times:
        parts.append(_("times %(name)s") % {"name": column.times})
    if column.clock:
        parts.append(_("with the time in %(name)s") % {"name": column.clock})
    return ", ".join(filter(None, parts))
