"""What two habits of spreadsheets leave open: typed dates beside dates as text, and weeks named by another day."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from django.utils.translation import gettext as _

from bpo.formatting import show_day
from bpo.strict_values import CellError
from contracts.models.service_levels import Feed
from intake.files.readings.cells import MONTHS_OF_A_YEAR, TYPED_KINDS, any_time, monday_meant
from intake.files.readings.doubts import TYPED, Doubt, Option
from intake.files.readings.moments import Moment, read_moment, style_of, week_of
from intake.files.readings.reading import FOLLOWS, HOLDS, SWAPPED, WEEKDAYS, WRITTEN, ColumnReading, Reading
from intake.files.readings.survey import Cell, Found, Survey
from intake.files.readings.targets import Target


def typed_doubts(
    reading: Reading, columns: Iterable[ColumnReading], survey: Survey, target: Target
) -> tuple[Reading, list[Doubt]]:
    """Ask whether typed dates are right in columns that have dates as text, too.

    A spreadsheet that expects the month first types 05/11/2026 as the 11th of May, and leaves 13/11/2026 as text.
    """
    doubts = []
    for column in columns:
        cell = _swappable(survey.of(column.name))
        if cell is None:
            reading = reading.with_column(column.name, typed="") if column.typed else reading
        elif not column.typed:
            doubts.append(_typed_doubt(column, cell, survey, target))
    return reading, doubts


def _swappable(found: Found) -> Cell | None:
    """Return a typed date whose day and month may be swapped; None where all dates are typed, or one cannot be."""
    if not any(style_of(text) for text in found.texts):
        return None
    typed = {cell: day for cell in found.cells if cell.kind in TYPED_KINDS and (day := _day_of(cell))}
    if any(day.day > MONTHS_OF_A_YEAR for day in typed.values()):
        return None
    return next((cell for cell, day in typed.items() if day.day != day.month), None)


def _day_of(cell: Cell) -> date | None:
    try:
        return read_moment(cell.text).day
    except CellError:
        return None


def _typed_doubt(column: ColumnReading, cell: Cell, survey: Survey, target: Target) -> Doubt:
    day = read_moment(cell.text).day
    other = date(day.year, day.day, day.month)
    effect = _("“%(text)s” is %(day)s")
    options = [
        Option(WRITTEN, _("The typed dates are right"), effect % {"text": cell.text, "day": show_day(day)}),
        Option(SWAPPED, _("Day and month are swapped in them"), effect % {"text": cell.text, "day": show_day(other)}),
    ]
    days = [_day_of(each) or day for each in survey.of(column.name).cells if each.kind in TYPED_KINDS]
    is_early_or_late = min(days) < target.first_day or max(days) > target.today
    question = _(
        "Some dates in “%(name)s” are texts and others are typed, such as “%(text)s” on line %(line)s. A spreadsheet "
        "may have taken the day for the month when it typed them. Which day is meant?"
    )
    details = {"name": column.name, "text": cell.text, "line": survey.of(column.name).line_of(cell.text)}
    return Doubt(f"{TYPED}:{column.name}", question % details, options, SWAPPED if is_early_or_late else "")


def weeks_of_one_day(moments: Iterable[Moment], target: Target) -> str:
    """Return the day of the week that names all weeks of a weekly feed; empty for days of several and for Mondays."""
    if target.schedule != Feed.Schedule.WEEKLY:
        return ""
    moments = list(moments)
    days = {moment.day.weekday() for moment in moments}
    if len(days) != 1 or 0 in days or any(map(any_time, moments)):
        return ""
    return WEEKDAYS[days.pop()]


def weeks_doubt(reading: Reading, moments: list[tuple[str, Moment]], target: Target) -> tuple[Reading, list[Doubt]]:
    """Ask for the week of the feed where a file names each week by a day that is no Monday."""
    name = weeks_of_one_day((moment for _text, moment in moments), target)
    reading = replace(reading, weeks=reading.weeks if reading.weeks.partition(" ")[0] == name else "")
    if not name or reading.weeks or reading.add_up:
        return reading, []
    text, moment = moments[0]
    options = []
    for how, label in ((HOLDS, _("The week in which the day lies")), (FOLLOWS, _("The week that begins after it"))):
        monday = monday_meant(moment.day, f"{name} {how}")
        details = {"label": week_of(monday), "first": show_day(monday), "last": show_day(monday + timedelta(days=6))}
        options.append(Option(f"{name} {how}", label, _("%(label)s, %(first)s to %(last)s") % details))
    question = _("The feed's weeks begin on Mondays, and “%(text)s” is none. Which week is meant?") % {"text": text}
    return reading, [Doubt("weeks", question, options)]
