"""Doubts: questions about a file that its data do not decide, with samples; an answer becomes part of the reading."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from intake.files.readings.reading import BadReading, Reading, bad_member, reading_from

DECIMALS = {"point": ".", "comma": ","}
FORM, UNIT, INTO, DAY_HOURS, TYPED, WORD = "form", "unit", "into", "day_hours", "typed", "word"


@dataclass(frozen=True, slots=True)
class Option:
    """One answer: the value to send, how a person reads it, and what it makes of a sample."""

    value: str
    label: str
    effect: str = ""


@dataclass(frozen=True, slots=True)
class Doubt:
    """One question. `key` is under what it is answered; `proposed` the option that is likely, if one is.

    Without options it is answered elsewhere on the page: by what each column is, or where the table begins.
    """

    key: str
    text: str
    options: Sequence[Option] = ()
    proposed: str = ""

    @property
    def code(self) -> str:
        return self.key.partition(":")[0]

    def as_json(self) -> dict[str, object]:
        """Return the question as the API lists it."""
        options = [{"value": each.value, "label": each.label, "effect": each.effect} for each in self.options]
        return {"key": self.key, "question": self.text, "options": options, "proposed": self.proposed}

    def label_of(self, value: str) -> str:
        """Return an answer as it was read."""
        return next((option.label for option in self.options if option.value == value), value)


def answer(reading: Reading, answers: Mapping[str, str], doubts: Iterable[Doubt]) -> Reading:
    """Return the reading with the answers to its doubts; those to other questions are not looked at.

    Raises BadReading for an answer that is no option.
    """
    for doubt in doubts:
        value = answers.get(doubt.key, "")
        if not value or not doubt.options:
            continue
        if value not in {option.value for option in doubt.options}:
            raise bad_member(doubt.key, f"“{value[:60]}”")
        reading = _with_answer(reading, doubt, value)
    return reading_from(reading.as_json())


def _with_answer(reading: Reading, doubt: Doubt, value: str) -> Reading:
    kind, _colon, rest = doubt.key.partition(":")
    if kind == FORM:
        for column in reading.used:
            if column.style == rest:
                reading = reading.with_column(column.name, form=value)
        return reading
    if kind in (UNIT, INTO, DAY_HOURS, TYPED):
        return reading.with_column(rest, **{kind: value})
    if kind == "clock":
        return reading.with_column(rest, form=value)
    if kind == WORD:
        name, word = json.loads(rest)
        column = next(column for column in reading.columns if column.name == name)
        return reading.with_column(name, words={**column.words, word: value})
    if kind == "decimals":
        sign, _blank, three = value.partition(" ")
        return replace(reading, decimal=DECIMALS[sign], three_decimals=bool(three))
    if kind == "id":
        return replace(reading, id=tuple(json.loads(value)))
    if kind == "add_up":
        return replace(reading, add_up=value == "yes")
    if kind in ("zone", "encoding", "day_bounds", "weeks"):
        return replace(reading, **{kind: value})  # type: ignore[arg-type]
    raise BadReading(doubt.key)


def word_key(name: str, word: str) -> str:
    """Return under what the meaning of a word of a column is answered."""
    return f"{WORD}:{json.dumps([name, word], ensure_ascii=False)}"
