"""How one cell of a file becomes a cell of a result: compiled once a column, asked once a different cell."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from functools import cache, partial
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy

from bpo.strict_values import CellError
from contracts.models.service_levels import Feed
from intake.files.readings.moments import (
    PERIODS,
    Moment,
    instant_text,
    local_day,
    month_label,
    read_moment,
)
from intake.files.readings.numbers import (
    BLANKS,
    PERCENT,
    SECONDS,
    in_micros,
    is_length,
    plain_text,
    read_length,
    read_number,
)
from intake.files.readings.reading import (
    FOLLOWS,
    LEAVE_OUT_ROW,
    NOTHING,
    SWAPPED,
    WEEKDAYS,
    ColumnReading,
    Reading,
    fold_word,
    zone_named,
)
from intake.files.readings.targets import CHOICE, DAY, FLAG, INSTANT, NAME, NUMBER, OUTCOMES, PERIOD, Target, form_of
from intake.kinds import ROW_KINDS

_ = cache(gettext_lazy)
SHARES = frozenset({"value", "score"})
# Days and moments as a workbook types them.
TYPED_KINDS = frozenset({"d", "m"})
MONTHS_OF_A_YEAR = 12
LASTING = (Feed.Kind.CASES, Feed.Kind.DOWNTIME)
# From a cell and its kind in a workbook to the text that the API takes, None for an empty one; raises CellError.
ReadCell = Callable[[str, str], str | None]
FLAG_WORDS: Mapping[str, str] = {
    **dict.fromkeys(
        ["true", "yes", "y", "1", "ja", "j", "wahr", "oui", "vrai", "si", "sí", "sì", "sim", "tak", "ano"], "true"
    ),
    **dict.fromkeys(["false", "no", "n", "0", "nein", "falsch", "non", "faux", "não", "nao", "nie", "ne"], "false"),
}
KNOWN_OUTCOMES = {spelling: word for word in OUTCOMES for spelling in (word, word.replace("_", " "))}


class LeaveOutRow(Exception):
    """A word of the row says that the row is left out."""


STRICT = {name: reader.read_cell for kind in ROW_KINDS.values() for name, reader in kind.columns.items()}


def error_of(column: str, cell: str, error: CellError) -> CellError:
    """Return the error in the words of the API, where the API too refuses the cell as it stands."""
    try:
        STRICT[column](cell) if column in STRICT else None
    except CellError as strict:
        if strict.code != "offset_missing" or error.code == "offset_missing":
            return strict.with_traceback(None)
    return error.with_traceback(None)


def cell_reader(column: ColumnReading, reading: Reading, target: Target, has_times: bool = False) -> ReadCell:
    """Return how the cells of a column are read; in one that `has_times` a day of a workbook is its midnight."""
    read = _reader(column, reading, target, has_times)
    if not column.words or form_of(column.column) in (CHOICE, FLAG, NAME):
        return read

    def read_or_skip(cell: str, kind: str) -> str | None:
        word = column.words.get(fold_word(cell))
        if word == LEAVE_OUT_ROW:
            raise LeaveOutRow
        return None if word == NOTHING else read(cell, kind)

    return read_or_skip


def _reader(column: ColumnReading, reading: Reading, target: Target, has_times: bool) -> ReadCell:
    zone = zone_named(reading.zone)
    form = form_of(column.column)

    def moment_of(cell: str, kind: str) -> Moment:
        moment = read_cell_moment(cell, kind, column)
        is_midnight = has_times and kind == "d" and moment.clock is None
        return moment._replace(clock=time(0)) if is_midnight else moment

    if form == INSTANT:
        return lambda cell, kind: read_instant(moment_of(cell, kind), zone, target)
    if form == DAY:
        return lambda cell, kind: day_text(moment_of(cell, kind), reading, zone, target)
    if form == PERIOD:
        return lambda cell, kind: read_period(cell, partial(moment_of, cell, kind), reading, target)
    if form == NUMBER:
        return _number_reader(column, reading, target)
    return _word_reader(column, target, form)


def read_cell_moment(cell: str, kind: str, column: ColumnReading) -> Moment:
    """Return what a cell says; of a typed date as the reading says for its column. Raises CellError."""
    moment = read_moment(cell, column.form)
    day = moment.day
    if column.typed == SWAPPED and kind in TYPED_KINDS and day.day <= MONTHS_OF_A_YEAR:
        return moment._replace(day=date(day.year, day.day, day.month))
    return moment


def read_instant(moment: Moment, zone: ZoneInfo | None, target: Target) -> str:
    """Return an instant; a day alone is one in the contract's zone, but begins and ends nothing that lasts."""
    if moment.clock is None and target.kind in LASTING:
        raise CellError("not_an_instant", _("There is a day and no time."), _("Say which column has the time."))
    return instant_text(moment, zone if moment.clock else target.zone)


def day_text(moment: Moment, reading: Reading, zone: ZoneInfo | None, target: Target) -> str:
    """Return the day on which something counts in the contract's zone."""
    is_day = not any_time(moment) and moment.offset is None and not (reading.add_up and reading.zone)
    if is_day or reading.day_bounds == "written":
        return moment.day.isoformat()
    return local_day(moment, zone, target.zone).isoformat()


def any_time(moment: Moment) -> bool:
    """Whether a moment is another than the midnight with which spreadsheets write days."""
    clock = moment.clock
    return clock is not None and (clock.hour, clock.minute, clock.second, clock.microsecond) != (0, 0, 0, 0)


def read_period(cell: str, moment_of: Callable[[], Moment], reading: Reading, target: Target) -> str:
    """Return the label of a week, month, quarter or year, named as such or by the day with which it begins."""
    form = PERIODS.get(target.schedule)
    if target.schedule == "yearly":
        return cell
    label = form.read(cell) if form else month_label(cell)
    if label:
        return label
    form = form or PERIODS["monthly"]
    try:
        moment = moment_of()
    except CellError:
        return cell  # the feed says what its periods look like
    day = date.fromisoformat(day_text(moment, reading, zone_named(reading.zone), target))
    if target.schedule == "weekly" and reading.weeks:
        return form.of_day(monday_meant(day, reading.weeks))
    if not form.begins(day) and not reading.add_up:
        detail = _("The day begins no period of the feed.")
        raise CellError("not_a_period", detail, _("Name the period, or have the days added up."))
    return form.of_day(day)


def monday_meant(day: date, weeks: str) -> date:
    """Return the Monday of the week that a day names, where weeks are named by a day that is no Monday.

    Raises CellError for another day of the week than that.
    """
    name, _blank, how = weeks.partition(" ")
    if WEEKDAYS[day.weekday()] != name:
        raise CellError("not_a_period", _("The other weeks are named by another day of the week."))
    return day + timedelta(days=(7 if how == FOLLOWS else 0) - day.weekday())


def _number_reader(column: ColumnReading, reading: Reading, target: Target) -> ReadCell:
    in_seconds = column.column.endswith("_seconds")
    factor = SECONDS.get(column.unit, Decimal(1))
    into = SECONDS[column.into or "seconds"]

    def read(cell: str, kind: str) -> str:
        if kind == "n":
            number = Decimal(cell)
        elif found := PERCENT.fullmatch(cell):
            if column.column not in SHARES:
                raise CellError("not_a_number", _("A percentage is no count and no length."))
            number = read_number(found[1], "." if kind == "p" else reading.decimal)
            return plain_text(number / 100 if target.highest is not None and target.highest <= 1 else number)
        elif is_length(cell):
            if not in_seconds and not column.into:
                raise CellError("not_a_number", _("A length of time has no unit here."), _("Say its unit."))
            return plain_text(in_micros(read_length(cell, column.form, column.day_hours) / into))
        else:
            number = read_number(cell, reading.decimal)
        return plain_text(_in_unit(number, column, factor, into, in_seconds=in_seconds) if column.unit else number)

    return read


def _in_unit(number: Decimal, column: ColumnReading, factor: Decimal, into: Decimal, *, in_seconds: bool) -> Decimal:
    if column.unit == "plain":
        return number
    if column.unit == "percent":
        return number / 100
    if column.unit == "part":
        return number * 100
    if column.unit == "days" and in_seconds:
        # Parts of a day have no more digits than those of a second.
        return in_micros(number * factor).quantize(Decimal(1))
    return in_micros(number * factor / into)


def _word_reader(column: ColumnReading, target: Target, form: str) -> ReadCell:
    known: Mapping[str, str] = {}
    if form == CHOICE:
        known = KNOWN_OUTCOMES
    elif form == FLAG:
        known = FLAG_WORDS
    elif form == NAME:
        known = spellings(target.names.get(column.column, ()))

    def read(cell: str, _kind: str) -> str:
        folded = fold_word(cell)
        word = column.words.get(folded)
        if word == LEAVE_OUT_ROW:
            raise LeaveOutRow
        if word is None:
            word = known.get(folded)
        if word is None and form in (CHOICE, FLAG):
            raise CellError("unknown_choice", _("The word has no meaning in its column."), _("Say what it means."))
        return word if word is not None else (" ".join(cell.strip(BLANKS).split()) if form == NAME else cell)

    return read


def spellings(names: Iterable[str]) -> dict[str, str]:
    """Return the one spelling of each folded name; a name of several spellings is left as it is written."""
    found: dict[str, str] = {}
    twice = set()
    for name in names:
        if found.setdefault(fold_word(name), name) != name:
            twice.add(fold_word(name))
    return {folded: name for folded, name in found.items() if folded not in twice}
