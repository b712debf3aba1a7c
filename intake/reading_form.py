"""The form that says how a file is read."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from intake.files.file_readings import FileRead
from intake.files.readings.columns import made_ids
from intake.files.readings.doubts import Doubt, Option, answer
from intake.files.readings.reading import CHECK, LEFT_OUT, Condition, Reading, fold
from intake.files.readings.times import dated
from intake.files.texts import DELIMITERS, EIGHT_BIT, ENCODINGS
from intake.selectors.imports import ShownColumn

# About so many options of selects are on one page.
MOST_CHOICES_ON_PAGE = 600
DECIMAL_CHOICES = [("", _("none is needed")), ("point", _("point: 1234.5")), ("comma", _("comma: 1234,5"))]
ADD_UP_CHOICES = [("no", _("are refused")), ("yes", _("are added up"))]
OTHERS_CHOICES = [("yes", _("are left out")), ("no", _("are asked about"))]
# Settings of a file, by the keys of the doubts about them.
SETTINGS = ("zone", "decimals", "encoding", "id", "add_up")
MOST_CONDITIONS = 5


class ReadingForm(forms.Form):
    """How a file is read: where its table stands, what each column is, and the answers to what is open.

    What is not sent stays as it is, so that one question can be answered alone.
    """

    # What is chosen, as opposed to what is not sent.
    LEFT_OUT = NONE = "-"

    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    heads_line = forms.IntegerField(label=_("Heads in line"), required=False, min_value=0, max_value=1_000_000)
    last_line = forms.IntegerField(label=_("Last line of data"), required=False, min_value=0, max_value=10_000_000)
    zone = forms.ChoiceField(label=_("Time zone of times without one"), required=False)
    decimals = forms.ChoiceField(label=_("Decimal sign"), choices=DECIMAL_CHOICES, required=False)
    encoding = forms.ChoiceField(label=_("Encoding"), required=False)
    id = forms.ChoiceField(label=_("The id of a row is made of"), required=False)
    add_up = forms.ChoiceField(label=_("Lines of the same day and names"), choices=ADD_UP_CHOICES, required=False)
    clock = forms.ChoiceField(label=_("The time of the day stands in"), required=False)
    times = forms.ChoiceField(label=_("The numerator is a mean, to be multiplied by"), required=False)
    leave_out_others = forms.ChoiceField(
        label=_("Other columns of later files"), choices=OTHERS_CHOICES, required=False, initial="yes"
    )
    reading_name = forms.CharField(label=_("Kept as the reading"), max_length=80, required=False)
    reason = forms.CharField(
        label=_("Reason (for corrections, or after a period has closed)"), max_length=200, required=False
    )

    def __init__(self, data: Any = None, *, read: FileRead | None = None, reason: str = "") -> None:
        initial = {"reason": reason} | (_initial_of(read) if read else {})
        super().__init__(data, initial=initial)
        self.read, self.unlisted, self.asked = read, list[str](), set[str]()
        self.names: dict[str, str] = {}
        if read is None:
            self.fields = {"reason": self.fields["reason"]}
            return
        self._set_choices(read)
        self.asked = {doubt.key for doubt in read.proposal.doubts}
        known = [(name, name) for name in read.target.columns]
        choices = [(self.LEFT_OUT, _("left out")), (CHECK, _("check only")), *known]
        by_name, most = read.reading.by_name, MOST_CHOICES_ON_PAGE // len(choices)
        places = sorted(enumerate(read.proposal.heads.names), key=lambda each: not by_name[fold(each[1])].column)
        listed = {place for place, _name in places[:most]}
        for place, name in enumerate(read.proposal.heads.names):
            if place not in listed:
                self.unlisted.append(name)
                continue
            key = f"column_{place}"
            self.names[key] = name
            self.fields[key] = forms.ChoiceField(
                label=name[:100], choices=choices, required=False, initial=by_name[fold(name)].column or self.LEFT_OUT
            )

    def _choose(self, name: str, choices: Iterable[tuple[str, str | Promise]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = list(choices)

    def _set_choices(self, read: FileRead) -> None:
        self._choose("sheet", [(name, name) for name in read.source.sheets])
        zones = dict.fromkeys([read.reading.zone, *read.target.zones])
        self._choose("zone", [("", _("none is needed")), *((zone, zone) for zone in zones if zone)])
        samples = read.source.encodings
        encodings = ((code, EIGHT_BIT[code]) for code in samples)
        self._choose("encoding", [("", _("as the file suggests")), *encodings])
        ids = dict.fromkeys([json.dumps(list(read.reading.id)), *map(json.dumps, made_ids(read.reading, read.target))])
        self._choose("id", [(value, " + ".join(json.loads(value)) or _("its own column")) for value in ids])
        if not read.source.sheets:
            del self.fields["sheet"]
        if not samples:
            del self.fields["encoding"]
        if not made_ids(read.reading, read.target):
            del self.fields["id"]
        if not read.target.day_column:
            del self.fields["add_up"]
        self._set_other_columns(read)

    def _set_other_columns(self, read: FileRead) -> None:
        """Have columns chosen that go with another one, and those whose rows are left out by a value."""
        columns = [(name, name[:100]) for name in read.proposal.heads.names]
        for name, none in (("clock", _("the same column")), ("times", _("it is none"))):
            self._choose(name, [(self.NONE, none), *columns])
        if not dated(read.reading):
            del self.fields["clock"]
        if not read.reading.of("numerator"):
            del self.fields["times"]
        conditions = [*read.reading.leave_out, Condition("", ())][:MOST_CONDITIONS]
        for number, condition in enumerate(conditions, 1):
            self.fields[f"leave_out_{number}"] = forms.ChoiceField(
                label=_("Leave out rows by the column"), choices=[(self.NONE, _("none")), *columns], required=False,
                initial=condition.name or self.NONE,
            )  # fmt: skip
            self.fields[f"values_{number}"] = forms.CharField(
                label=_("where it has one of these values, one on each line"), required=False, max_length=2_000,
                widget=forms.Textarea(attrs={"rows": 2}), initial="\n".join(condition.values),
            )  # fmt: skip

    def set_columns(self, columns: Iterable[ShownColumn]) -> None:
        """Set how the columns are shown; those left out stand apart once they are decided."""
        self.shown_fields: list[tuple[ShownColumn, forms.BoundField]] = []
        self.left_out_fields: list[tuple[ShownColumn, forms.BoundField]] = []
        keys = {name: key for key, name in self.names.items()}
        for column in columns:
            if key := keys.get(column.name):
                is_shown = column.is_used or column.is_undecided or self[key].value() == CHECK
                (self.shown_fields if is_shown else self.left_out_fields).append((column, self[key]))

    @property
    def encoding_name(self) -> str:
        return ENCODINGS[self.read.source.encoding] if self.read and self.read.source.encoding else ""

    @property
    def delimiter_name(self) -> str:
        return DELIMITERS.get(self.read.source.delimiter, self.read.source.delimiter) if self.read else ""

    @property
    def settings(self) -> list[forms.BoundField]:
        """The fields about the file, without what is asked above them."""
        names = ("zone", "decimals", "encoding", "id", "add_up", "leave_out_others", "reading_name")
        return [self[name] for name in names if name in self.fields and name not in self.asked]

    @property
    def other_fields(self) -> list[forms.BoundField]:
        """The fields of columns that go with others, and of rows that are left out."""
        names = (f"{name}_{number}" for number in range(1, MOST_CONDITIONS + 1) for name in ("leave_out", "values"))
        return [self[name] for name in ("clock", "times", *names) if name in self.fields]

    @property
    def has_others(self) -> bool:
        """Whether any of them is set."""
        return any(field.value() not in (self.NONE, "", None) for field in self.other_fields)

    @property
    def place_fields(self) -> list[forms.BoundField]:
        """The fields that say where the table stands."""
        return [self[name] for name in ("sheet", "heads_line", "last_line") if name in self.fields]

    def chosen(self) -> tuple[Reading, list[tuple[str, str]]]:
        """Return the reading as it was sent, and each question that this answers. Raises BadReading."""
        read = self.read
        if read is None:
            return Reading(), []
        given, reading = self.cleaned_data, read.reading
        if moved := self._moved(reading):
            return moved, []
        sent = {name: given[key] for key, name in self.names.items() if given.get(key)}
        for name, column in sent.items():
            reading = reading.with_column(name, column=LEFT_OUT if column == self.LEFT_OUT else column)
        if sent:
            undecided = tuple(name for name in reading.undecided if name not in sent and name not in self.unlisted)
            others = given.get("leave_out_others") != "no"
            reading = replace(reading, undecided=undecided, leave_out_others=others)
        if given.get("last_line") not in (None, self.initial["last_line"]):
            reading = replace(reading, last_line=given["last_line"])
        reading = self._with_other_columns(reading)
        if reading.of("external_id"):
            reading = replace(reading, id=())
        values = {doubt.key: self.data.get(doubt.key, "") for doubt in read.proposal.doubts}
        values |= {name: given[name] for name in SETTINGS if given.get(name) and name in self.fields}
        settings = [Doubt(name, name, [Option(values[name], values[name])]) for name in SETTINGS if name in values]
        doubts = {doubt.key: doubt for doubt in [*settings, *read.proposal.doubts]}
        asked = [doubt for doubt in read.proposal.doubts if values[doubt.key] and doubt.options]
        answers = [(doubt.text, doubt.label_of(values[doubt.key])) for doubt in asked]
        if sent and "columns" in self.asked:
            columns = ", ".join(f"{column.name} → {column.column}" for column in reading.used)
            answers.append((gettext("What is each column?"), columns))
        return _renamed(answer(reading, values, doubts.values()), reading.encoding), answers

    def _with_other_columns(self, reading: Reading) -> Reading:
        """Return the reading with the columns that go with others, and the conditions under which rows are left out."""
        given = self.cleaned_data
        for name, column in (("clock", next(iter(dated(reading)), None)), ("times", reading.of("numerator"))):
            if column and given.get(name):
                other = "" if given[name] in (self.NONE, column.name) else given[name]
                reading = reading.with_column(column.name, **{name: other})
        if not given.get("leave_out_1"):
            return reading
        pairs = [
            (given.get(f"leave_out_{at}"), given.get(f"values_{at}") or "") for at in range(1, MOST_CONDITIONS + 1)
        ]
        conditions = [
            Condition(name, tuple(filter(None, map(str.strip, values.splitlines()))))
            for name, values in pairs
            if name not in (None, "", self.NONE) and values.strip()
        ]
        return replace(reading, leave_out=tuple(conditions))

    def _moved(self, reading: Reading) -> Reading | None:
        """Return a new reading where the table is said to stand elsewhere, whose columns are other ones."""
        given = self.cleaned_data
        sheet, line = given.get("sheet") or "", given.get("heads_line")
        is_other_sheet = bool(sheet) and self.read is not None and sheet != self.read.source.sheet
        is_other_line = line is not None and self.read is not None and line != self.read.proposal.heads.first
        if not is_other_sheet and not is_other_line:
            return None
        return Reading(
            sheet=sheet or reading.sheet, encoding=reading.encoding, delimiter=reading.delimiter, quote=reading.quote,
            heads_line=0 if is_other_sheet else line or 0, heads_lines=1 if line or is_other_sheet else 0,
        )  # fmt: skip


def _renamed(reading: Reading, before: str) -> Reading:
    """Return the reading of a file in another encoding: columns whose names read otherwise now are asked about anew."""
    kept = tuple(column for column in reading.columns if column.name.isascii())
    if reading.encoding == before or len(kept) == len(reading.columns):
        return reading
    ids = reading.id if all(name.isascii() for name in reading.id) else ()
    return replace(reading, columns=kept, id=ids, leave_out_others=False)


def _initial_of(read: FileRead) -> dict[str, object]:
    reading = read.reading
    return {
        "sheet": read.source.sheet,
        "heads_line": read.proposal.heads.first,
        "last_line": reading.last_line or read.proposal.survey.last_line,
        "zone": reading.zone,
        "decimals": {".": "point", ",": "comma"}.get(reading.decimal, ""),
        "encoding": reading.encoding,
        "id": json.dumps(list(reading.id)),
        "add_up": "yes" if reading.add_up else "no",
        "clock": next((column.clock for column in dated(reading)), "") or ReadingForm.NONE,
        "times": getattr(reading.of("numerator"), "times", "") or ReadingForm.NONE,
        "leave_out_others": "yes",
        "reading_name": read.name,
    }
