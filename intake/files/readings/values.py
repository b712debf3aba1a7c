"""What the numbers, lengths and words of a file leave open: the decimal sign, units, what words mean."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bpo.strict_values import CellError
from intake.files.readings.cells import FLAG_WORDS, KNOWN_OUTCOMES
from intake.files.readings.doubts import DAY_HOURS, INTO, UNIT, Doubt, Option, word_key
from intake.files.readings.numbers import (
    HOURS_FIRST,
    MINUTES_FIRST,
    SIGN,
    evidence_of,
    has_days,
    is_length,
    is_percent,
    needs_form,
    plain_text,
    read_length,
    read_number,
)
from intake.files.readings.reading import CHECK, LEAVE_OUT_ROW, NOTHING, ColumnReading, Reading, fold_word
from intake.files.readings.survey import Found, Survey
from intake.files.readings.targets import CHOICE, DAY, FLAG, INSTANT, NUMBER, OUTCOMES, Target, form_of

MOST_WORDS = 12
NOTHING_WORDS = frozenset({"-", "--", "–", "—", "n/a", "na", "n.a.", "null", "none", "nan", "nil", "k.a.", "(blank)"})
PERCENT = 100
# Words of others for the outcomes of a call or chat; proposed, never taken without a question.
OUTCOME_WORDS: Mapping[str, str] = {
    **dict.fromkeys(
        [
            "handled",
            "connected",
            "accepted",
            "completed",
            "answer",
            "ok",
            "agent",
            "success",
            "successful",
            "angenommen",
            "beantwortet",
            "served",
        ],
        "answered",
    ),
    **dict.fromkeys(
        ["abandon", "lost", "missed", "hangup", "disconnected", "aufgelegt", "verloren", "unanswered"], "abandoned"
    ),
    **dict.fromkeys(["busy", "rejected", "blockiert", "besetzt"], "blocked"),
}
FLAG_PROPOSALS: Mapping[str, str] = {
    **dict.fromkeys(["met", "achieved", "within", "passed", "x", "on", "t", "resolved"], "true"),
    **dict.fromkeys(["breached", "missed", "failed", "violated", "off", "f"], "false"),
}
UNIT_HINTS = {
    "ms": "milliseconds", "milliseconds": "milliseconds", "min": "minutes", "mins": "minutes", "minutes": "minutes",
    "minuten": "minutes", "hours": "hours", "hrs": "hours", "h": "hours", "stunden": "hours",
}  # fmt: skip


def propose_values(reading: Reading, survey: Survey, target: Target, *, is_own: bool) -> tuple[Reading, list[Doubt]]:
    """Return the reading with what the cells decide, and the doubts."""
    reading, doubts = _decimal(reading, survey, is_own=is_own)
    for column in reading.used:
        found, form = survey.of(column.name), form_of(column.column)
        if form == NUMBER:
            doubts += _length_doubts(column, found)
            doubts += _unit_doubts(column, found, reading, target)
        elif form in (CHOICE, FLAG):
            doubts += _word_doubts(column, found, form)
        if form in (NUMBER, DAY, INSTANT):
            doubts += _nothing_doubts(column, found)
    return reading, doubts


def _decimal(reading: Reading, survey: Survey, *, is_own: bool) -> tuple[Reading, list[Doubt]]:
    """Decide the decimal sign of the file by its numbers, or by what was said before where they could have either."""
    columns = [column for column in reading.columns if form_of(column.column) == NUMBER or column.column == CHECK]
    texts = [text for column in columns for text in survey.of(column.name).texts if not is_length(text)]
    evidence = evidence_of(texts)
    signs = list(evidence.proofs)
    unclear = {next(sign for sign in SIGN if sign in text) for text in evidence.unclear}
    if is_own and reading.decimal:
        return reading, []
    if len(signs) == 1:
        (sign,) = signs
        is_three = reading.three_decimals and sign == reading.decimal
        if reading.decimal in ("", sign) or not unclear:
            return replace(reading, decimal=sign, three_decimals=is_three), []
    if not signs and not unclear:
        return reading, []
    if not signs and reading.decimal and (reading.three_decimals or reading.decimal not in unclear):
        return reading, []
    return reading, [_decimal_doubt(columns, survey, [*evidence.unclear, *evidence.proofs.values()])]


def _decimal_doubt(columns: list[ColumnReading], survey: Survey, texts: list[str]) -> Doubt:
    text = texts[0]
    name = next((column.name for column in columns if survey.of(column.name).line_of(text)), "")
    options = []
    for sign, name_of_sign, label in ((".", "point", _("The point")), (",", "comma", _("The comma"))):
        value = f"{name_of_sign} three" if sign in text and len(text.rsplit(sign, 1)[-1]) == 3 else name_of_sign
        try:
            effect = _("“%(text)s” is %(number)s") % {"text": text, "number": plain_text(read_number(text, sign))}
        except CellError:
            effect = _("“%(text)s” is refused") % {"text": text}
        options.append(Option(value, label, effect))
    details = {"text": text, "name": name, "line": survey.of(name).line_of(text) if name else 0}
    question = _("Which sign begins the decimals? “%(text)s” in “%(name)s”, line %(line)s, could be either.")
    return Doubt("decimals", question % details, options)


def _length_doubts(column: ColumnReading, found: Found) -> list[Doubt]:
    doubts = []
    lengths = [text for text in found.texts if is_length(text)]
    details: dict[str, object] = {"name": column.name}
    if not column.form and (text := next(filter(needs_form, lengths), "")):
        options = [
            Option(
                form, label, _("“%(text)s” is %(seconds)s s") % {"text": text, "seconds": read_length(text, form, "")}
            )
            for form, label in ((MINUTES_FIRST, _("minutes and seconds")), (HOURS_FIRST, _("hours and minutes")))
        ]
        question = _("Is “%(text)s” in “%(name)s” minutes and seconds, or hours and minutes?")
        doubts.append(Doubt(f"clock:{column.name}", question % (details | {"text": text}), options))
    if not column.day_hours and (text := next(filter(has_days, lengths), "")):
        options = [
            Option(
                hours, label, _("“%(text)s” is %(seconds)s s") % {"text": text, "seconds": read_length(text, "", hours)}
            )
            for hours, label in (("24", _("24 hours")), ("8", _("8 hours of work")))
        ]
        question = _("How long is a day in “%(name)s”, as in “%(text)s”?")
        doubts.append(Doubt(f"{DAY_HOURS}:{column.name}", question % (details | {"text": text}), options))
    any_length = next(iter(lengths), "") or next((cell.text for cell in found.cells if cell.kind == "c"), "")
    if any_length and not column.column.endswith("_seconds") and not column.into:
        options = [Option("seconds", _("seconds")), Option("minutes", _("minutes")), Option("hours", _("hours"))]
        question = _("In which unit does the feed take “%(name)s”, such as “%(text)s”?")
        doubts.append(Doubt(f"{INTO}:{column.name}", question % (details | {"text": any_length}), options))
    return doubts


def _unit_doubts(column: ColumnReading, found: Found, reading: Reading, target: Target) -> list[Doubt]:
    """Ask for the unit where the head names one, or where all numbers are parts of one."""
    if column.unit:
        return []
    numbers: dict[str, Decimal] = {}
    for cell in found.cells:
        if not is_length(cell.text) and not is_percent(cell.text):
            try:
                numbers[cell.text] = Decimal(cell.text) if cell.kind == "n" else read_number(cell.text, reading.decimal)
            except CellError:
                continue
    in_parts = [text for text, number in numbers.items() if 0 < number < 1]
    are_parts = bool(in_parts) and all(0 <= number <= 1 for number in numbers.values())
    if column.column.endswith("_seconds"):
        hint = next((UNIT_HINTS[word] for word in _words_of(column.name) if word in UNIT_HINTS), "")
        if are_parts or (hint and numbers):
            return [_unit_doubt(column, (in_parts or list(numbers))[0], "days" if are_parts else hint)]
    is_share = column.column in ("value", "score") and target.highest == PERCENT
    has_percent = any(is_percent(cell.text) for cell in found.cells)
    if is_share and in_parts and (are_parts or has_percent):
        text = in_parts[0]
        effect = _("“%(text)s” is %(number)s")
        options = [
            Option(unit, label, effect % {"text": text, "number": plain_text(numbers[text] * times)})
            for unit, label, times in (("plain", _("As it is"), 1), ("part", _("A part of 1"), 100))
        ]
        details = {"name": column.name, "text": text, "line": found.line_of(text)}
        question = _("The feed goes up to 100. Is “%(text)s” in “%(name)s”, line %(line)s, a part of 1?")
        return [Doubt(f"{UNIT}:{column.name}", question % details, options)]
    return []


def _words_of(name: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in name.casefold()).split()


def _unit_doubt(column: ColumnReading, text: str, proposed: str) -> Doubt:
    labels = {
        "seconds": _("seconds"), "milliseconds": _("milliseconds"), "minutes": _("minutes"), "hours": _("hours"),
        "days": _("parts of a day, as spreadsheets keep lengths"),
    }  # fmt: skip
    options = [Option(unit, label) for unit, label in labels.items()]
    details = {"name": column.name, "text": text}
    question = _("In which unit is “%(name)s”, such as “%(text)s”?") % details
    return Doubt(f"{UNIT}:{column.name}", question, options, proposed)


def _nothing_doubts(column: ColumnReading, found: Found) -> list[Doubt]:
    """Ask what a dash or the like means in a column of numbers, days or times."""
    doubts = []
    words = {fold_word(text): text for text in reversed(found.texts)}
    for word, text in words.items():
        if word in NOTHING_WORDS and word not in column.words:
            options = [Option(NOTHING, _("Nothing: the cell is empty")), Option(LEAVE_OUT_ROW, _("Leave the rows out"))]
            details = {"word": text, "name": column.name, "line": found.line_of(text)}
            question = _("What does “%(word)s” mean in “%(name)s”? It stands first on line %(line)s.") % details
            doubts.append(Doubt(word_key(column.name, word), question, options, NOTHING))
    return doubts


def _word_doubts(column: ColumnReading, found: Found, form: str) -> list[Doubt]:
    """Ask what each word means that has no known meaning."""
    known = KNOWN_OUTCOMES if form == CHOICE else FLAG_WORDS
    proposals = OUTCOME_WORDS if form == CHOICE else FLAG_PROPOSALS
    meanings = OUTCOMES if form == CHOICE else ("true", "false")
    counts: dict[str, list[int]] = {}
    shown: dict[str, str] = {}
    for cell, (count, line) in found.cells.items():
        word = fold_word(cell.text)
        if word not in known and word not in column.words:
            counts.setdefault(word, [0, line])[0] += count
            shown.setdefault(word, cell.text)
    doubts = []
    for word in list(counts)[:MOST_WORDS]:
        options = [*(Option(meaning, meaning) for meaning in meanings)]
        options.append(Option(LEAVE_OUT_ROW, _("Leave the rows out")))
        count, line = counts[word]
        details = {"word": shown[word][:60], "name": column.name, "rows": count, "line": line}
        question = ngettext(
            "What does “%(word)s” mean in “%(name)s”? %(rows)s row, on line %(line)s.",
            "What does “%(word)s” mean in “%(name)s”? %(rows)s rows, the first on line %(line)s.",
            count,
        )
        doubts.append(Doubt(word_key(column.name, word), question % details, options, proposals.get(word, "")))
    return doubts
