"""A reading: how the files of a feed are read, as people choose it, keep it, export it and send it by API."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from bpo.errors import Refused
from bpo.strict_json import Number
from bpo.validators import ZONES
from intake.files.readings.moments import ORDERS
from intake.files.readings.numbers import HOURS_FIRST, MINUTES_FIRST, SIGN
from intake.files.readings.targets import DAY, INSTANT, NUMBER, PERIOD, form_of
from intake.files.texts import ENCODINGS, QUOTES
from intake.kinds import COLUMNS

FORMAT = 1
LEFT_OUT, CHECK = "", "check"
# What a word of a column can say of its whole row.
LEAVE_OUT_ROW = "(leave out the row)"
# What a word says that stands where a number, a day or a time is missing.
NOTHING = "(nothing)"
UNITS = ("", "plain", "milliseconds", "seconds", "minutes", "hours", "days", "percent", "part")
# Of typed dates of a workbook; of weeks that are named by a day that is no Monday.
WRITTEN, SWAPPED = "written", "swapped"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HOLDS, FOLLOWS = "holds", "follows"
WEEKS = ("", *(f"{day} {how}" for day in WEEKDAYS[1:] for how in (HOLDS, FOLLOWS)))
LENGTHS = ("", "seconds", "minutes", "hours")
NO_DELIMITERS = frozenset({*QUOTES, "\r", "\n", "\0"})
MOST_COLUMNS, MOST_WORDS, LONGEST = 300, 500, 200
BLANKS = re.compile(r"[\s_\u00a0]+")
MARKS = re.compile(r"[^\w%<>]+")


class BadReading(Refused):
    """A reading that cannot be kept: the first thing that is wrong with it, and where."""

    code = "bad_reading"
    status = 422


@dataclass(frozen=True, slots=True)
class ColumnReading:
    """What one column of a file is, and how its cells are read.

    `column` is a column of results, empty where it is left out, or `check`. `form` is the order of days in figures or
    the parts of a clock; `style` how the dates looked for which it was chosen. `unit` is that of plain numbers, `into`
    that in which lengths are given, `day_hours` how long a day is. `words` are cells, folded, and their values.
    `clock` names the column that has the time of the day, `times` that by which the numbers are multiplied. `typed`
    says whether the typed dates of a workbook are taken as `written`, or with day and month `swapped` back.
    """

    name: str
    column: str = LEFT_OUT
    form: str = ""
    style: str = ""
    unit: str = ""
    into: str = ""
    day_hours: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    clock: str = ""
    times: str = ""
    typed: str = ""

    def as_json(self) -> dict[str, object]:
        return {"is" if name == "column" else name: value for name, value in _members(self) if value or name == "name"}


@dataclass(frozen=True, slots=True)
class Condition:
    """Rows whose cell of a column is one of these values are left out."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read. A `heads_line` of 0 is found by the names of the columns, a `last_line` of 0 by the data.

    `three_decimals` says that 1.203 is a number below two. `weeks` says by which day a file names its weeks, where
    that is no Monday, and whether the week holds that day or follows it. `undecided` are columns that nobody has
    confirmed.
    """

    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""
    quote: str = ""
    heads_line: int = 0
    heads_lines: int = 1
    last_line: int = 0
    zone: str = ""
    decimal: str = ""
    three_decimals: bool = False
    columns: tuple[ColumnReading, ...] = ()
    id: tuple[str, ...] = ()
    add_up: bool = False
    leave_out: tuple[Condition, ...] = ()
    leave_out_others: bool = False
    day_bounds: str = ""
    weeks: str = ""
    undecided: tuple[str, ...] = ()

    @property
    def by_name(self) -> dict[str, ColumnReading]:
        """The columns by their folded names."""
        return {fold(column.name): column for column in self.columns}

    @property
    def used(self) -> list[ColumnReading]:
        """The columns that are read."""
        return [column for column in self.columns if column.column not in (LEFT_OUT, CHECK)]

    def of(self, name: str) -> ColumnReading | None:
        """Return the column that gives a column of results."""
        return next((column for column in self.columns if column.column == name), None)

    def with_column(self, name: str, **changes: object) -> "Reading":
        """Return the reading with changes to a column, which it may not have yet."""
        changed = replace(self.by_name.get(fold(name)) or ColumnReading(name), **changes)  # type: ignore[arg-type]
        kept = [changed if fold(column.name) == fold(name) else column for column in self.columns]
        return replace(self, columns=tuple(kept if changed in kept else [*kept, changed]))

    def as_json(self) -> dict[str, object]:
        """Return the reading as it is kept and exported, without what is as usual."""
        members: dict[str, object] = {"format": FORMAT}
        for name, value in _members(self):
            if value and value != USUAL[name]:
                members[name] = list(value) if isinstance(value, tuple) else value
        members["columns"] = [column.as_json() for column in self.columns]
        if self.leave_out:
            members["leave_out"] = [{"name": each.name, "values": list(each.values)} for each in self.leave_out]
        return members

    def to_keep(self) -> dict[str, object]:
        """Return what the next file is read by: nothing that is true of one file alone."""
        return replace(self, last_line=0, heads_line=0, undecided=()).as_json()


USUAL: Mapping[str, object] = {each.name: each.default for each in fields(Reading)}


def _members(thing: object) -> list[tuple[str, object]]:
    return [(each.name, getattr(thing, each.name)) for each in fields(thing)]  # type: ignore[arg-type]


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Return a name or word by which spellings are compared: case, blanks and marks do not matter."""
    plain = BLANKS.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()
    return MARKS.sub(" ", plain).strip() or plain


def fold_word(text: str) -> str:
    """Return a word of a cell by which spellings are compared: case and blanks do not matter, all else does."""
    return " ".join(text.split()).casefold()


def reading_from(value: object) -> Reading:
    """Return the reading that JSON holds. Raises BadReading."""
    members = _object(value, "", {"format", *USUAL})
    # The strict parser keeps numbers as they were written.
    members = {name: int(each) if type(each) is Number and each.isdecimal() else each for name, each in members.items()}
    if members.pop("format", FORMAT) != FORMAT:
        raise BadReading(_("This reading has another format than %(format)s.") % {"format": FORMAT})
    columns = _list(members.pop("columns", []), "columns")
    conditions = _list(members.pop("leave_out", []), "leave_out")
    given: dict[str, object] = {}
    for name, member in members.items():
        usual = USUAL[name]
        is_names = isinstance(usual, tuple)
        given[name] = _texts(member, name) if is_names else _of_type(member, type(usual), name)
    reading = Reading(
        **given,  # type: ignore[arg-type]
        columns=tuple(_column(each, f"columns/{at}") for at, each in enumerate(columns)),
        leave_out=tuple(_condition(each, f"leave_out/{at}") for at, each in enumerate(conditions)),
    )
    _check(reading)
    return reading


def _column(value: object, path: str) -> ColumnReading:
    names = {"is" if each.name == "column" else each.name for each in fields(ColumnReading)}
    members = _object(value, path, names)
    words = members.pop("words", {})
    if not isinstance(words, dict) or len(words) > MOST_WORDS:
        raise bad_member(f"{path}/words", _("an object of at most %(most)s words is needed") % {"most": MOST_WORDS})
    texts = {fold_word(str(word)): _of_type(meaning, str, f"{path}/words") for word, meaning in words.items()}
    given = {
        "column" if name == "is" else name: _of_type(each, str, f"{path}/{name}") for name, each in members.items()
    }
    if not given.get("name"):
        raise bad_member(path, _("a name is needed"))
    return ColumnReading(**given, words=texts)  # type: ignore[arg-type]


def _condition(value: object, path: str) -> Condition:
    members = _object(value, path, {"name", "values"})
    return Condition(_of_type(members.get("name"), str, path), _texts(members.get("values"), path))  # type: ignore[arg-type]


def _check(reading: Reading) -> None:
    """Refuse what no file could be read by."""
    _one_of(reading.encoding, ("", *ENCODINGS), "encoding")
    _one_of(reading.quote, ("", *QUOTES), "quote")
    if reading.delimiter and (len(reading.delimiter) > 1 or reading.delimiter in NO_DELIMITERS):
        raise bad_member("delimiter", _("one sign is needed"))
    _one_of(reading.decimal, ("", *SIGN), "decimal")
    _one_of(reading.zone, ("", *ZONES), "zone")
    _one_of(reading.day_bounds, ("", "written", "begins"), "day_bounds")
    _one_of(reading.weeks, WEEKS, "weeks")
    if len(reading.columns) > MOST_COLUMNS:
        raise bad_member("columns", _("at most %(most)s are possible") % {"most": MOST_COLUMNS})
    seen: dict[str, str] = {}
    for column in reading.columns:
        path = f"columns/{column.name}"
        _one_of(column.column, (LEFT_OUT, CHECK, *sorted(COLUMNS)), f"{path}/is")
        _one_of(column.form, ("", *ORDERS, MINUTES_FIRST, HOURS_FIRST), f"{path}/form")
        _one_of(column.unit, UNITS, f"{path}/unit")
        _one_of(column.into, LENGTHS, f"{path}/into")
        _one_of(column.day_hours, ("", "24", "8"), f"{path}/day_hours")
        _one_of(column.typed, ("", WRITTEN, SWAPPED), f"{path}/typed")
        form = form_of(column.column) if column.column in COLUMNS else ""
        if column.clock and form not in ("", DAY, INSTANT, PERIOD):
            raise bad_member(f"{path}/clock", _("only a day or a time has its time of the day in another column"))
        if column.times and form not in ("", NUMBER):
            raise bad_member(f"{path}/times", _("only a number is multiplied"))
        if column.column not in (LEFT_OUT, CHECK) and seen.setdefault(column.column, column.name) != column.name:
            raise bad_member(path, _("two columns are %(column)s") % {"column": column.column})
    if reading.id and "external_id" in seen:
        raise bad_member("id", _("the id is a column, or made of columns, but not both"))
    names = reading.by_name
    if len(names) < len(reading.columns):
        raise bad_member("columns", _("two columns have the same name"))
    others = [*reading.id, *(each.name for each in reading.leave_out)]
    others += [name for column in reading.columns for name in (column.clock, column.times) if name]
    for name in others:
        if fold(name) not in names:
            raise bad_member("columns", _("there is no column “%(name)s”") % {"name": name})


def _one_of(value: str, choices: Collection[str], path: str) -> None:
    if value not in choices:
        shown = ", ".join(f"“{each}”" for each in list(choices)[:20])
        raise bad_member(path, _("“%(value)s” is none of %(choices)s") % {"value": value[:LONGEST], "choices": shown})


def _object(value: object, path: str, names: Collection[str]) -> dict[str, object]:
    if not isinstance(value, dict):
        raise bad_member(path, _("an object is needed"))
    for name in value:
        if name not in names:
            raise bad_member(f"{path}/{name}".strip("/"), _("there is no such member"))
    return dict(value)


def _list(value: object, path: str) -> Sequence[object]:
    if not isinstance(value, list):
        raise bad_member(path, _("a list is needed"))
    return value


def _texts(value: object, path: str) -> tuple[str, ...]:
    texts = _list(value, path)
    return tuple(_of_type(text, str, path) for text in texts)  # type: ignore[misc]


def _of_type(value: object, kind: type, path: str) -> object:
    if type(value) is not kind:
        kinds = {str: _("text"), int: _("number")}
        raise bad_member(path, _("a %(kind)s is needed") % {"kind": kinds.get(kind, _("flag"))})
    if isinstance(value, str) and len(value) > LONGEST:
        raise bad_member(path, _("a text has at most %(most)s characters") % {"most": LONGEST})
    return value


def bad_member(path: str, why: str) -> BadReading:
    """Return the error of one member of a reading."""
    return BadReading(_("%(path)s: %(why)s.") % {"path": path or "/", "why": why})


def zone_named(name: str) -> ZoneInfo | None:
    """Return a zone; None where none is said."""
    return ZoneInfo(name) if name else None
