"""Days, moments and periods as files write them: `05/Nov/26 9:12 AM`, `16.11.2026`, `Nov-26`, `KW 45/2026`."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy

from bpo.strict_values import MONTH, QUARTER, WEEK, CellError

_ = cache(gettext_lazy)
# Orders of day, month and year in figures; names of months and years of four figures need none.
DAY_FIRST, MONTH_FIRST, YEAR_FIRST = "d/m/y", "m/d/y", "y/m/d"
ORDERS = (DAY_FIRST, MONTH_FIRST, YEAR_FIRST)
NAMES = (
    "january jan januar jaen jaenner janvier janv enero ene gennaio gen janeiro januari leden ledna "
    "styczen stycznia sty",
    "february feb februar februari fevrier fevr febrero febbraio fevereiro fev unor unora luty lutego lut",
    "march mar maerz mrz mars marzo marco maart mrt brezen brezna marzec marca",
    "april apr avril avr abril abr aprile duben dubna kwiecien kwietnia kwi",
    "may mai mayo maggio mag maio mei kveten kvetna maj maja",
    "june jun juni juin junio giugno giu junho cerven cervna czerwiec czerwca cze",
    "july jul juli juillet juil julio luglio lug julho cervenec cervence lipiec lipca lip",
    "august aug aout agosto ago augustus srpen srpna sierpien sierpnia sie",
    "september sep sept septembre septiembre settembre set setembro zari wrzesien wrzesnia wrz",
    "october oct oktober okt octobre octubre ottobre ott outubro out rijen rijna pazdziernik pazdziernika paz",
    "november nov novembre noviembre novembro listopad listopadu listopada lis",
    "december dec dezember dez decembre diciembre dic dicembre dezembro prosinec prosince grudzien grudnia gru",
)
MONTHS = {name: number for number, names in enumerate(NAMES, 1) for name in names.split()}
DAY_NAMES = (
    "mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday sunday",
    "mo di mi do fr sa so montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag",
    "lun mar mer jeu ven sam dim lundi mardi mercredi jeudi vendredi samedi dimanche",
    "mié mie jue vie sáb sab dom lunes martes miércoles miercoles jueves viernes sábado sabado domingo",
    "gio lunedì martedì mercoledì giovedì venerdì sabato domenica",
    "pon wt śr czw pt sob niedz nd poniedziałek wtorek środa czwartek piątek sobota niedziela",
    "po út st čt pá ne pondělí úterý středa čtvrtek pátek neděle",
)
WEEKDAYS = frozenset(name for names in DAY_NAMES for name in names.split())
LETTERS = r"[^\W\d_]+"
FIGURES = re.compile(r"(\d{1,4})([-./])[ ]?(\d{1,2})\2[ ]?(\d{1,4})\.?")
DAY_NAMED = re.compile(
    rf"(\d{{1,2}})(?:\.|st|nd|rd|th|er|º)?[-/ ]*(?:de |of )?({LETTERS})\.?,?[-/ ]*(?:de |del )?(\d{{4}}|\d{{2}})"
)
NAME_FIRST = re.compile(rf"({LETTERS})\.?[- ]*(\d{{1,2}})(?:st|nd|rd|th)?,?[- ]+(\d{{4}})")
YEAR_NAMED = re.compile(rf"(\d{{4}})[- ]({LETTERS})\.?[- ](\d{{1,2}})")
SOLID = re.compile(r"([12]\d{3})(\d{2})(\d{2})")
CLOCK = re.compile(
    r"(\d{1,2})(?::(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*([ap])?(?:\.?m\.?)?\s*"
    r"(?:(Z)|(?:UTC|GMT)?([+-])(\d{2}):?(\d{2})?|(UTC|GMT|WES?T|CES?T|EES?T))?",
    re.IGNORECASE,
)
# Hours from UTC of the abbreviations that only one zone has; CST, EST, IST and BST are those of several.
ABBREVIATED = {"WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3}
BETWEEN = re.compile(r"[T ,\u00a0\u202f]+|$")
ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})")
MONTH_TEXTS = (
    (re.compile(rf"({LETTERS})\.?[-/ ,]*(?:de |del )?'?(\d{{4}}|\d{{2}})"), (2, 1)),
    (re.compile(rf"(\d{{4}})[-/ ]({LETTERS})\.?"), (1, 2)),
    (re.compile(r"(\d{4})[-/.](\d{1,2})"), (1, 2)),
    (re.compile(r"(\d{1,2})[-/.](\d{4})"), (2, 1)),
    (re.compile(r"(20\d{2})(\d{2})"), (1, 2)),
)
WEEK_NAMES = "KW|CW|W|WK|Week|Woche|Kalenderwoche|Semaine|Sem|Semana|Settimana|Tydzień|Tydz"
WEEK_TEXTS = (
    (re.compile(rf"(\d{{4}})[-/ ]?(?:{WEEK_NAMES})\.?[- ]?(\d{{1,2}})", re.IGNORECASE), (1, 2)),
    (re.compile(rf"(?:{WEEK_NAMES})\.?[- ]?(\d{{1,2}})[-/ ,]*(\d{{4}})", re.IGNORECASE), (2, 1)),
    (re.compile(rf"(\d{{1,2}})\. ?(?:{WEEK_NAMES})[-/ ,]*(\d{{4}})", re.IGNORECASE), (2, 1)),
)
QUARTER_TEXTS = (
    (re.compile(r"(\d{4})[-/ ]?Q([1-4])", re.IGNORECASE), (1, 2)),
    (re.compile(r"Q([1-4])[-/ ,]*(\d{4})", re.IGNORECASE), (2, 1)),
)
CENTURY = 2000


class Moment(NamedTuple):
    """What a cell says: a day, perhaps a time on it, perhaps the offset from UTC."""

    day: date
    clock: time | None = None
    offset: timedelta | None = None


class Style(NamedTuple):
    """How a date in figures looks, and the orders in which it names a day; a later file in another style is asked."""

    name: str
    orders: tuple[str, ...]


def style_of(text: str) -> Style | None:
    """Return the style of a date in figures whose order is not told by its form; None for any other text."""
    text = _without_weekday(text)
    found = FIGURES.match(text)
    if not found or len(found[1]) > 2:
        return None
    mark, rest = found[2], text[found.end() :]
    half = " AM" if re.search(r"[ap]\.?m", rest, re.IGNORECASE) else ""
    orders = tuple(order for order in ORDERS if _day_in(found, order))
    return Style(mark + half, orders)


def read_moment(text: str, order: str = "") -> Moment:
    """Return what a cell says; figures are in the `order` that was chosen for the column. Raises CellError."""
    text = _without_weekday(text)
    day, end = _day_at_start(text, order)
    gap = BETWEEN.match(text, end)
    if day is None or gap is None:
        raise not_a_day(text)
    rest = text[gap.end() :]
    if not rest:
        return Moment(day)
    return _with_clock(day, rest, text)


def _without_weekday(text: str) -> str:
    text = " ".join(text.split())
    head, _blank, rest = text.partition(" ")
    # "Mar" is a month in "Mar 5 2026" and a French Tuesday in "mar. 3 nov. 2026".
    is_weekday = head.rstrip(".,").casefold() in WEEKDAYS and not NAME_FIRST.match(text)
    return rest if is_weekday else text


def _day_at_start(text: str, order: str) -> tuple[date | None, int]:
    if found := FIGURES.match(text):
        return _day_in(found, order), found.end()
    for form, groups in ((DAY_NAMED, (3, 2, 1)), (NAME_FIRST, (3, 1, 2)), (YEAR_NAMED, (1, 2, 3))):
        if (found := form.match(text)) and (month := month_named(found[groups[1]])):
            return _day(found[groups[0]], month, found[groups[2]]), found.end()
    found = SOLID.match(text)
    return (_day(found[1], found[2], found[3]), found.end()) if found else (None, 0)


def _day_in(found: re.Match[str], order: str) -> date | None:
    first, second, third = found[1], found[3], found[4]
    if len(first) > 2:
        return _day(first, second, third) if len(first) == 4 and len(third) <= 2 else None
    if order == YEAR_FIRST:
        return _day(first, second, third) if len(first) == len(third) == 2 else None
    if len(third) not in (2, 4) or order not in ORDERS:
        return None
    return _day(third, second, first) if order == DAY_FIRST else _day(third, first, second)


def _day(year: str, month: str | int, day: str) -> date | None:
    try:
        return date(int(year) + (CENTURY if len(year) == 2 else 0), int(month), int(day))
    except ValueError:
        return None


@lru_cache(maxsize=256)
def month_named(name: str) -> int | None:
    """Return the month of a name or its abbreviation, in English, German and a few more languages."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("ä", "ae"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return MONTHS.get(plain) or MONTHS.get(name.casefold())


def _with_clock(day: date, rest: str, text: str) -> Moment:
    found = CLOCK.fullmatch(rest)
    if not found or (found[2] is None and found[5] is None):
        detail = _("The time of the day cannot be read.")
        raise CellError("not_an_instant", detail, _("A time looks like 14:05:00, 2:05 PM or 14:05:00+01:00."))
    hour, minute, second = (int(part or 0) for part in found.group(1, 2, 3))
    if found[5]:
        if not 1 <= hour <= 12:
            raise not_a_day(text)
        hour = hour % 12 + (12 if found[5].lower() == "p" else 0)
    if (hour, minute, second) == (24, 0, 0):
        day, hour = day + timedelta(days=1), 0
    try:
        clock = time(hour, minute, second, int((found[4] or "0").ljust(6, "0")[:6]))
    except ValueError as error:
        raise CellError("not_an_instant", _("There is no such time.")) from error
    offset = timedelta(hours=ABBREVIATED.get((found[10] or "").upper(), 0)) if found[6] or found[10] else None
    if found[7]:
        offset = timedelta(hours=int(found[8]), minutes=int(found[9] or 0)) * (-1 if found[7] == "-" else 1)
    return Moment(day, clock, offset)


def not_a_day(text: str) -> CellError:
    """Return the error of a text that names no day in the column's form."""
    return CellError(
        "not_a_date",
        _("This is no day in the form of its column."),
        _("Write it as the other rows, or as 2026-11-05; see what was chosen for the column."),
    )


def instant_text(moment: Moment, zone: ZoneInfo | None) -> str:
    """Return a moment as the API takes it. Raises CellError where its zone is unknown or its clock stands twice."""
    at = utc_of(moment, zone)
    return at.isoformat() if at.microsecond else f"{at:%Y-%m-%dT%H:%M:%S}Z"


def utc_of(moment: Moment, zone: ZoneInfo | None) -> datetime:
    """Return the instant; a day alone begins at midnight."""
    naive = datetime.combine(moment.day, moment.clock or time(0))
    if moment.offset is not None:
        return (naive - moment.offset).replace(tzinfo=UTC)
    if zone is None:
        raise CellError("offset_missing", _("The time has no offset from UTC."), _("Say the zone of the column."))
    at, later = (naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if at.utcoffset() != later.utcoffset():
        is_gap = at.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != naive
        detail = _("The clock skips this time.") if is_gap else _("The clock shows this time twice.")
        raise CellError("not_an_instant", detail, _("Export the column with its offset from UTC, or in UTC."))
    return at.astimezone(UTC)


def local_day(moment: Moment, zone: ZoneInfo | None, own: ZoneInfo) -> date:
    """Return the day in the contract's zone; a time of the contract's own zone lies on the day that is written."""
    if moment.clock is None or (moment.offset is None and zone is not None and zone.key == own.key):
        return moment.day
    return utc_of(moment, zone).astimezone(own).date()


def month_label(text: str) -> str | None:
    """Return `2026-11` for the name of a month; None for what names none."""
    if MONTH.fullmatch(text):
        return text
    for form, (year, month) in MONTH_TEXTS:
        if found := form.fullmatch(text):
            number = int(found[month]) if found[month].isdecimal() else month_named(found[month])
            if number and 1 <= number <= 12:
                years = int(found[year]) + (CENTURY if len(found[year]) == 2 else 0)
                return f"{years:04}-{number:02}"
    return None


def week_label(text: str) -> str | None:
    """Return `2026-W45` for the name of an ISO week."""
    if WEEK.fullmatch(text):
        return text
    found = next(((found, at) for form, at in WEEK_TEXTS if (found := form.fullmatch(text))), None)
    return f"{found[0][found[1][0]]}-W{int(found[0][found[1][1]]):02}" if found else None


def quarter_label(text: str) -> str | None:
    """Return `2026-Q4` for the name of a quarter."""
    if QUARTER.fullmatch(text):
        return text
    found = next(((found, at) for form, at in QUARTER_TEXTS if (found := form.fullmatch(text))), None)
    return f"{found[0][found[1][0]]}-Q{found[0][found[1][1]]}" if found else None


def week_of(day: date) -> str:
    """Return the ISO week of a day."""
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02}"


def quarter_of(day: date) -> str:
    """Return the quarter of a day."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def month_of(day: date) -> str:
    """Return the month of a day."""
    return f"{day.year:04}-{day.month:02}"


class PeriodForm(NamedTuple):
    """How a feed's periods are named in a file: by their own names, or by a day of theirs, which begins them."""

    read: Callable[[str], str | None]
    of_day: Callable[[date], str]
    begins: Callable[[date], bool]


PERIODS = {
    "weekly": PeriodForm(week_label, week_of, lambda day: day.weekday() == 0),
    "monthly": PeriodForm(month_label, month_of, lambda day: day.day == 1),
    "quarterly": PeriodForm(quarter_label, quarter_of, lambda day: day.day == 1 and day.month % 3 == 1),
}
