"""How one cell is read: exactly as it was sent, or not at all."""

import re
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import cache
from itertools import pairwise
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from bpo.fields import tidy
from bpo.row_errors import UnreadableError
from bpo.size_limits import EXTERNAL_ID_CHARACTERS, LABEL_CHARACTERS, PAUSES
from bpo.strict_json import Number, parse_json

Reader = Callable[[object], Any]
# The same few sentences stand in many thousand errors of a batch: each is made once, and translated where it is shown.
_ = cache(gettext_lazy)

PLAIN_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,12})?"
    r"(?:([Zz])|([+-][0-9]{2}):?([0-5][0-9]))"
)
NAIVE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(\.[0-9]+)?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
WEEK = re.compile(r"([0-9]{4})-W([0-5][0-9])")
QUARTER = re.compile(r"([0-9]{4})-Q([1-4])")
EXTERNAL_ID = re.compile(rf"[\x21-\x7e]{{1,{EXTERNAL_ID_CHARACTERS}}}")
# Control characters but tab and line ends, overrides of writing direction, line separators, halves of characters.
UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
LINE_END = re.compile("[\t\r\n]")
# What a spreadsheet makes of a number of more than 15 digits; its other digits are gone.
SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]{2,3}")
# No clock on earth is further from UTC.
MOST_OFFSET = timedelta(hours=14)
WHOLE_DIGITS = 12
DECIMALS = 6


class CellError(Exception):
    """A cell that cannot be read: a code, a sentence, and a hint how to correct it.

    Sentence and hint may be lazy: of the many errors of a batch few are shown, and only those are translated.
    """

    def __init__(self, code: str, detail: str | Promise, hint: str | Promise = "") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.hint = hint


def read_number(raw: object) -> Decimal:
    """A decimal with at most 12 digits before the point and 6 after it; nothing is rounded."""
    if not isinstance(raw, str):
        raise CellError("not_a_number", _("A number is needed."))
    if not isinstance(raw, Number) and not PLAIN_NUMBER.fullmatch(raw):
        raise CellError("not_a_number", _("This is not a plain decimal number."), _number_hint(raw))
    try:
        number = Decimal(raw)
    except InvalidOperation as error:
        raise CellError("number_too_large", _("The number is too large.")) from error
    if not number:
        return Decimal(0)
    if number.adjusted() >= WHOLE_DIGITS:
        raise CellError("number_too_large", _("A number has at most 12 digits before the point."))
    if number.as_tuple().exponent < -DECIMALS:
        raise CellError("too_many_decimals", _("A number has at most 6 decimals; it is never rounded here."))
    return tidy(number)


def _number_hint(raw: str) -> Promise:
    if "," in raw:
        return _("Decimals are separated by a point, and thousands not at all: 1234.5.")
    if raw.endswith("%"):
        return _("Leave out the percent sign.")
    return _("Digits 0 to 9, a point, nothing else: 1234.5.")


def read_instant(raw: object) -> datetime:
    """A moment in RFC 3339 with an explicit offset, in UTC; finer fractions than a microsecond are cut off."""
    found = INSTANT.fullmatch(raw) if type(raw) is str else None
    if not found:
        if type(raw) is str and NAIVE.fullmatch(raw):
            hint = _("Add Z or an offset: %(example)s.") % {"example": f"{raw[:10]}T{raw[11:16]}:00+01:00"}
            raise CellError("offset_missing", _("The time has no offset from UTC."), hint)
        raise CellError("not_an_instant", _("A time looks like 2025-10-31T14:05:00+01:00."))
    day, clock, fraction, zulu, hours, minutes = found.groups()
    offset = "+00:00" if zulu else f"{hours}:{minutes}"
    try:
        at = datetime.fromisoformat(f"{day}T{clock}{(fraction or '.0')[:7]}{offset}")
        if abs(at.utcoffset() or timedelta(0)) > MOST_OFFSET:
            raise CellError("not_an_instant", _("An offset from UTC is at most 14 hours."))
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise CellError("not_an_instant", _("There is no such time.")) from error


def read_day(raw: object) -> date:
    if type(raw) is str and DAY.fullmatch(raw):
        try:
            return date.fromisoformat(raw)
        except ValueError as error:
            raise CellError("not_a_date", _("There is no such day.")) from error
    raise CellError("not_a_date", _("A day looks like 2025-10-31."))


def read_month(raw: object) -> tuple[date, date]:
    """The first day of a month such as 2025-10, and of the month after it."""
    found = MONTH.fullmatch(raw) if type(raw) is str else None
    if not found or not 1 < int(found[1]) < 9999:
        raise CellError("not_a_period", _("A month looks like 2025-10."))
    first = date(int(found[1]), int(found[2]), 1)
    return first, (first + timedelta(days=31)).replace(day=1)


def read_quarter(raw: object) -> tuple[date, date]:
    """The first day of a quarter such as 2025-Q4, and of the quarter after it."""
    found = QUARTER.fullmatch(raw) if type(raw) is str else None
    if not found or not 1 < int(found[1]) < 9999:
        raise CellError("not_a_period", _("A quarter looks like 2025-Q4."))
    first = date(int(found[1]), 3 * int(found[2]) - 2, 1)
    return first, (first + timedelta(days=93)).replace(day=1)


def read_week(raw: object) -> tuple[date, date]:
    """The Monday of an ISO week such as 2025-W41, and the Monday after it."""
    found = WEEK.fullmatch(raw) if type(raw) is str else None
    try:
        if found and 1 < int(found[1]) < 9999:
            monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
            return monday, monday + timedelta(days=7)
    except ValueError as error:
        raise CellError("not_a_period", _("There is no such week.")) from error
    raise CellError("not_a_period", _("A week looks like 2025-W41."))


def read_external_id(raw: object) -> str:
    """A row's own id at the vendor: visible ASCII, kept byte for byte."""
    if type(raw) is not str or not EXTERNAL_ID.fullmatch(raw):
        hint = _("Send the id as text, in quotes.") if isinstance(raw, Number) else ""
        detail = _("An external_id is a text of 1 to 128 visible ASCII characters without blanks.")
        raise CellError("bad_external_id", detail, hint)
    if SCIENTIFIC.fullmatch(raw):
        raise digits_lost()
    return raw


def digits_lost() -> CellError:
    """Return the error of a text that a spreadsheet has made of a long number."""
    return CellError(
        "digits_lost",
        _("A number of more than 15 digits has lost digits in a spreadsheet."),
        _("Format the column as text before the numbers are put in, and export it again."),
    )


def read_flag(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if type(raw) is str and raw in ("true", "false"):
        return raw == "true"
    raise CellError("not_true_or_false", _("The value has to be true or false."))


def text_reader(most: int, *, lines: bool) -> Callable[[object], str]:
    """A reader of text of so many characters, on one line or several."""

    def read(raw: object) -> str:
        if type(raw) is not str:
            raise CellError("not_text", _("A text is needed."))
        if len(raw) > most:
            detail = _("The text has %(length)s of at most %(most)s characters.")
            raise CellError("text_too_long", detail % {"length": len(raw), "most": most})
        unfit = UNFIT.search(raw) or (None if lines else LINE_END.search(raw))
        if unfit:
            detail = _("Character %(at)s, U+%(code)s, is not allowed in a text.")
            raise CellError("unfit_character", detail % {"at": unfit.start() + 1, "code": f"{ord(unfit[0]):04X}"})
        if not lines and SCIENTIFIC.fullmatch(raw):
            raise digits_lost()
        return raw

    return read


read_short_text = text_reader(LABEL_CHARACTERS, lines=False)
# Blanks and dashes of any kind part the digits.
PHONE = re.compile(r"(?:tel:)?(?:\+?[0-9][0-9\s()/.‐-–-]*[\s()/.‐-–-][0-9\s()/.‐-–-]*[0-9]|\+[0-9]+)")


def is_personal(text: str) -> bool:
    """Whether a text looks like an address or a telephone number, which tell who somebody is."""
    return "@" in text or PHONE.fullmatch(text.strip()) is not None


def read_pseudonym(raw: object) -> str:
    """What stands for a customer: the same text each time, and nobody's address or number."""
    found = read_short_text(raw)
    if is_personal(found):
        hint = _("Send a pseudonym, such as a keyed hash of it, that stays the same over the customer's contacts.")
        raise CellError("personal_data", _("This looks like an address or a telephone number; it is not kept."), hint)
    return found


def choice_reader(choices: Collection[str]) -> Callable[[object], str]:
    """A reader of one word out of a list."""

    def read(raw: object) -> str:
        if type(raw) is str and raw in choices:
            return raw
        near = get_close_matches(raw, choices, 1) if type(raw) is str and len(raw) < 40 else []
        hint = _("Did you mean %(name)s?") % {"name": near[0]} if near else ""
        raise CellError("unknown_choice", _("One of %(choices)s is needed.") % {"choices": ", ".join(choices)}, hint)

    return read


def read_pauses(raw: object) -> list[list[str]]:
    """Spans in which a case's clock stood still, [[from, to, reason?], …], in order and without overlap."""
    if type(raw) is str:
        try:
            raw = parse_json(raw.encode("utf-8", "replace"))
        except UnreadableError as error:
            raise CellError("bad_pauses", error.detail) from error
    if not isinstance(raw, list) or len(raw) > PAUSES:
        raise CellError("bad_pauses", _("Pauses are a list of at most %(most)s [from, to, reason].") % {"most": PAUSES})
    pauses = sorted((_read_pause(pause) for pause in raw), key=lambda pause: pause[0])
    for (_start, end, _why), (start, _end, _reason) in pairwise(pauses):
        if end is None or start < end:
            raise CellError("bad_pauses", _("Two pauses overlap."))
    return [[start.isoformat(), end and end.isoformat(), reason] for start, end, reason in pauses]


def _read_pause(pause: object) -> tuple[datetime, datetime | None, str]:
    if not isinstance(pause, list) or len(pause) not in (2, 3):
        raise CellError("bad_pauses", _("A pause is [from, to] or [from, to, reason]; to is null while it lasts."))
    start, end = read_instant(pause[0]), None if pause[1] is None else read_instant(pause[1])
    if end is not None and end <= start:
        raise CellError("bad_pauses", _("A pause ends after it began."))
    return start, end, read_short_text(pause[2]) if len(pause) == 3 else ""
