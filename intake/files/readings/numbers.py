"""Numbers and lengths of time as files write them: `1.402,50`, `1 402`, `88 %`, `4h 32m`, `0:05:41`."""

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache
from typing import NamedTuple

from django.utils.translation import gettext_lazy

from bpo.strict_values import CellError

_ = cache(gettext_lazy)
BLANKS = " \u00a0\u202f\u2009'’"
SIGN = {",": ".", ".": ","}
GROUPED_BY_BLANKS = re.compile(rf"-?\d{{1,3}}(?:[{BLANKS}]\d{{3}})+(?:[.,]\d+)?")
PLAIN = {sign: re.compile(rf"-?(?:\d+(?:{re.escape(sign)}\d*)?|{re.escape(sign)}\d+)") for sign in SIGN}
# By thousands, or as in India by hundreds of thousands.
GROUPED = {
    sign: re.compile(
        rf"-?(?:\d{{1,3}}(?:{re.escape(other)}\d{{3}})+|\d{{1,2}}(?:{re.escape(other)}\d{{2}})+{re.escape(other)}\d{{3}})"
        rf"(?:{re.escape(sign)}\d+)?"
    )
    for sign, other in SIGN.items()
}
THREE = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}")
PERCENT = re.compile(rf"(.*?)[{BLANKS}]?%")
CLOCK3 = re.compile(r"(-)?(\d{1,5}):([0-5]?\d):([0-5]?\d)(?:[.,](\d{1,6}))?")
CLOCK2 = re.compile(r"(-)?(\d{1,5}):([0-5]\d)")
DAYS_CLOCK = re.compile(r"(\d{1,4})(?:[.:]| days?,? )(\d{1,2}):([0-5]\d):([0-5]\d)")
# ISO 8601, such as PT5M41S; a day of it has 24 hours.
ISO_LENGTH = re.compile(
    r"P(?=[T\d]*\d)(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,9}(?:[.,]\d{1,6})?)S)?)?"
)
PART = re.compile(r"(\d+(?:[.,]\d+)?)\s*([^\W\d_]+)\.?,?\s*(?:and |und )?", re.IGNORECASE)
UNITS = {
    name: unit
    for unit, names in {
        "days": "d day days tag tage",
        "hours": "h hr hrs hour hours std stunde stunden",
        "minutes": "m min mins minute minutes minuten",
        "seconds": "s sec secs second seconds sek sekunde sekunden",
        "milliseconds": "ms msec millisecond milliseconds",
    }.items()
    for name in names.split()
}
SECONDS = {
    "milliseconds": Decimal("0.001"), "seconds": Decimal(1), "minutes": Decimal(60), "hours": Decimal(3600),
    "days": Decimal(86400),
}  # fmt: skip
MICRO = Decimal("0.000001")
MINUTES_FIRST, HOURS_FIRST = "m:ss", "h:mm"


class Evidence(NamedTuple):
    """What numbers show of their decimal sign: those that prove one, and those that could have either."""

    proofs: dict[str, str]
    unclear: tuple[str, ...]


def read_number(text: str, decimal: str) -> Decimal:
    """Return a number whose decimal sign is known, or that needs none: the other sign sets thousands apart."""
    plain = text.strip().replace("\u2212", "-").removeprefix("+")
    if GROUPED_BY_BLANKS.fullmatch(plain):
        plain = re.sub(f"[{BLANKS}]", "", plain)
    if plain.removeprefix("-").isdecimal() and plain.isascii():
        return Decimal(plain)
    sign = decimal or next(iter(proof_of(plain)), "")
    if sign and plain.isascii():
        if PLAIN[sign].fullmatch(plain):
            return Decimal(plain.replace(sign, "."))
        if GROUPED[sign].fullmatch(plain):
            return Decimal(plain.replace(SIGN[sign], "").replace(sign, "."))
    hint = _("The decimal sign of the file is “%(sign)s”.") % {"sign": sign} if sign else ""
    raise CellError("not_a_number", _("This is no number in the form of its column."), hint)


def proof_of(text: str) -> str:
    """Return the decimal sign that a number proves; empty where it has none or could have either."""
    text = text.strip().removeprefix("+").replace("\u2212", "-")
    text = re.sub(rf"(?<=\d)[{BLANKS}](?=\d{{3}})", "", text)
    if not any(sign in text for sign in SIGN) or THREE.fullmatch(text):
        return ""
    for sign, other in SIGN.items():
        if GROUPED[sign].fullmatch(text) and (sign in text or text.count(other) > 1):
            return sign
    return next((sign for sign in SIGN if sign in text and PLAIN[sign].fullmatch(text)), "")


def evidence_of(texts: Iterable[str]) -> Evidence:
    """Return what the texts of a file show of their decimal sign; texts that are no numbers show nothing."""
    proofs: dict[str, str] = {}
    unclear: dict[str, None] = {}
    for text in texts:
        plain = (found[1] if (found := PERCENT.fullmatch(text.strip())) else text).strip()
        if THREE.fullmatch(plain):
            unclear.setdefault(plain)
        elif sign := proof_of(plain):
            proofs.setdefault(sign, text)
    return Evidence(proofs, tuple(unclear))


def is_percent(text: str) -> bool:
    """Whether a cell is written as a percentage."""
    return text.rstrip().endswith("%")


def in_micros(number: Decimal) -> Decimal:
    """Return a number that was worked out, rounded to six decimals."""
    try:
        return number.quantize(MICRO, ROUND_HALF_UP)
    except InvalidOperation as error:
        raise CellError("number_too_large", _("The number is too large.")) from error


def plain_text(number: Decimal) -> str:
    """Return a number as the API takes it."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def is_length(text: str) -> bool:
    """Whether a cell is written as a length of time, such as a clock or with units."""
    forms = (CLOCK3, CLOCK2, DAYS_CLOCK, ISO_LENGTH)
    return any(form.fullmatch(text) for form in forms) or _has_units(text)


def needs_form(text: str) -> bool:
    """Whether a clock could have hours and minutes, or minutes and seconds."""
    return CLOCK2.fullmatch(text) is not None


def has_days(text: str) -> bool:
    """Whether a length is given in days with units, which may be days of work."""
    return _has_units(text) and any(UNITS[unit.casefold()] == "days" for _number, unit in PART.findall(text))


def _has_units(text: str) -> bool:
    plain = text.strip().removeprefix("-").strip()
    if not plain or PART.sub("", plain):
        return False
    return all(unit.casefold() in UNITS for _number, unit in PART.findall(plain))


def read_length(text: str, form: str, day_hours: str) -> Decimal:
    """Return seconds. `form` tells clocks of two parts, `day_hours` how long a day with units is. Raises CellError."""
    text = text.strip()
    if found := CLOCK3.fullmatch(text):
        seconds = int(found[2]) * 3600 + int(found[3]) * 60 + int(found[4]) + Decimal(f"0.{found[5] or 0}")
        return -seconds if found[1] else seconds
    if found := DAYS_CLOCK.fullmatch(text):
        return Decimal(int(found[1]) * 86400 + int(found[2]) * 3600 + int(found[3]) * 60 + int(found[4]))
    if found := ISO_LENGTH.fullmatch(text):
        days, hours, minutes = (int(part or 0) for part in found.group(1, 2, 3))
        return (days * 24 + hours) * 3600 + minutes * 60 + Decimal((found[4] or "0").replace(",", "."))
    if (found := CLOCK2.fullmatch(text)) and form in (MINUTES_FIRST, HOURS_FIRST):
        seconds = Decimal((int(found[2]) * 60 + int(found[3])) * (60 if form == HOURS_FIRST else 1))
        return -seconds if found[1] else seconds
    if _has_units(text) and (day_hours or not has_days(text)):
        parts = ((Decimal(number.replace(",", ".")), UNITS[unit.casefold()]) for number, unit in PART.findall(text))
        a_day = Decimal(day_hours or 24) * 3600
        total = sum((number * (a_day if unit == "days" else SECONDS[unit]) for number, unit in parts), Decimal(0))
        return -total if text.startswith("-") else total
    raise CellError(
        "not_a_number", _("This is no length of time in the form of its column."), _("Write it as 0:05:41 or 5m 41s.")
    )
