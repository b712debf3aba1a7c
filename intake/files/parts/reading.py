"""A large file is looked through once, and then read and checked part by part, each written when it is whole."""

import io
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import islice
from typing import cast

from django.conf import settings
from django.utils.translation import gettext as _

from bpo.personal_data import CUSTOMER
from bpo.row_errors import UnreadableError
from bpo.size_limits import FILE_ROWS, LARGE_FILE_ROWS, WORKBOOK_BYTES
from contracts.models.service_levels import Feed
from intake.files.claims import held, renew
from intake.files.containers import open_container
from intake.files.file_readings import LINES_NAMED, FileRead, set_questions, wish_of
from intake.files.parts.contents import pack_keys, pack_sheet, pack_wrong
from intake.files.parts.outcomes import Outcome, kept_question, outcome_of, summary_of
from intake.files.parts.surveys import SurveyNeeded, look_through, read_large
from intake.files.personal_cells import KEPT, remove_personal_cells
from intake.files.readings.apply import Application
from intake.files.readings.rows import LeftOut, Rows
from intake.files.texts import OpenFile
from intake.files.workbooks import is_for_worker, read_large_workbook, too_many_rows
from intake.models.large_imports import ImportPart, LargeImport

Step = LargeImport.Step
Clock = Callable[[], datetime]


def survey(large: LargeImport, *, clock: Clock) -> None:
    """Look through the file, so that it is known how to read it, or what to ask. Raises UnreadableError."""
    imported = large.imported
    with imported.open_file() as file:
        size = file.seek(0, io.SEEK_END)
    if imported.sheet and is_for_worker(imported.sheet, size):
        _read_workbook(large, clock)
    read = look_through(large, watch=lambda lines: renew(large, now=clock(), lines=lines), now=clock())
    with held(large, "opened", "survey", now=clock()):
        large.step = Step.READ if read.proposal.is_ready else Step.ASK


def _read_workbook(large: LargeImport, clock: Clock) -> None:
    """Read a workbook once more, with the limits of a worker."""
    imported = large.imported
    with open_container(cast(OpenFile, imported.open_file)).open_file() as file:
        content = file.read(WORKBOOK_BYTES)
    imported.sheet = read_large_workbook(content, watch=lambda: renew(large, now=clock()))
    with held(large, now=clock(), is_progress=False):
        imported.save(update_fields=["sheet"])


def read_parts(large: LargeImport, *, until: datetime, clock: Clock) -> None:
    """Go on reading where the last whole part ends, until the file ends or the time is over. Raises UnreadableError."""
    try:
        read = read_large(large, now=clock())
    except SurveyNeeded:
        with held(large, now=clock()):
            large.step = Step.SURVEY
        return
    if not read.proposal.is_ready:
        with held(large, now=clock()):
            large.step = Step.ASK
        return
    if not large.lines_read:
        _remove_customers(large, read, clock)
    application = Application(read.reading, read.proposal.survey, read.target)
    if application.is_added_up or application.shares or read.target.kind == Feed.Kind.COUNTS:
        _read_totals(large, read, application, clock)
    else:
        lines = read.source.lines()
        next(islice(lines, large.lines_read, large.lines_read), None)
        while chunk := list(islice(lines, settings.IMPORT_PART_LINES)):
            rows = application.take(chunk)
            _write_part(large, rows, large.lines_read + len(chunk), clock, is_whole=False)
            if clock() > until:
                return
    _end(large, read, application, clock)


def _read_totals(large: LargeImport, read: FileRead, application: Application, clock: Clock) -> None:
    """Read a file of totals in one part, because one total tells against another; its many lines may be added up."""
    rows, count, lines = Rows(), 0, read.source.lines()
    while chunk := list(islice(lines, settings.IMPORT_PART_LINES)):
        rows.extend(application.take(chunk))
        count += len(chunk)
        if len(rows.lines) + len(application.groups) > FILE_ROWS:
            raise too_many_rows(FILE_ROWS, hint=_("Of totals one file takes so many: send them in several files."))
        renew(large, now=clock(), lines_read=count)
    rows.extend(application.finish())
    large.parts.all().delete()
    large.rows_read = 0
    _write_part(large, rows, count, clock, is_whole=True)


def _write_part(large: LargeImport, rows: Rows, lines_read: int, clock: Clock, *, is_whole: bool) -> None:
    """Check rows, compare them with what is stored, and write them with how far the file is read."""
    if len(rows.lines) + large.rows_read > LARGE_FILE_ROWS:
        raise too_many_rows(LARGE_FILE_ROWS)
    part = _part_of(large, rows, clock(), is_whole=is_whole) if rows.lines else None
    with held(large, now=clock()):
        if part:
            part.save(force_insert=True)
        large.lines_read = lines_read
        large.rows_read += len(rows.lines)
        _add_left_out(large, rows.left_out)


def _part_of(large: LargeImport, rows: Rows, now: datetime, *, is_whole: bool) -> ImportPart:
    imported = large.imported
    feed = imported.feed
    sheet = rows.as_sheet({"contract": feed.contract.public_id, "feed": feed.code} if feed else {})
    outcome = outcome_of(sheet, imported.vendor, imported.uploaded_by, reason=imported.reason, now=now)
    part = ImportPart(
        large=large,
        number=large.parts.count() + 1,
        first_row=large.rows_read,
        rows=sheet.count,
        content=pack_sheet(sheet),
        keys=pack_keys(sheet.count, outcome.checked.blocks),
    )
    set_outcome(part, outcome, is_whole=is_whole, now=now)
    return part


def set_outcome(part: ImportPart, outcome: Outcome, *, is_whole: bool, now: datetime) -> None:
    """Set what a part says of its rows; the row is not saved."""
    part.wrong = pack_wrong(outcome.errors)
    part.summary = summary_of(outcome, part.first_row, is_whole=is_whole, now=now)


def _add_left_out(large: LargeImport, left_out: Sequence[LeftOut]) -> None:
    known = large.summary.setdefault("left_out", {})
    for each in left_out:
        count, lines = known.get(each.code, (0, []))
        known[each.code] = (count + 1, [*lines, each.line] if len(lines) < LINES_NAMED else lines)


def _end(large: LargeImport, read: FileRead, application: Application, clock: Clock) -> None:
    """Ask what the file as a whole asks, and go on to the next step. Raises UnreadableError for a file without rows."""
    if not large.rows_read:
        raise UnreadableError("empty_batch", _("There is no row under the header."))
    set_questions(read, large.imported.feed, application, Rows())
    with held(large, now=clock()):
        large.summary["questions"] = [kept_question(each) for each in read.questions]
        large.step = Step.COMPARE


def _remove_customers(large: LargeImport, read: FileRead, clock: Clock) -> None:
    """Keep no cell of the file that is refused because it tells who a customer is."""
    imported = large.imported
    with held(large, now=clock(), is_progress=False):
        remove_personal_cells(imported, read.cells_of(CUSTOMER), wish_of(read.reading))
        imported.save(update_fields=KEPT)
