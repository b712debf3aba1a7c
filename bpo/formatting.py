"""The one formatter of values, limits, money and times: page = file = API = mail.

What is printed never contradicts the verdict: a value is compared unrounded, and printed with as many decimals
as are needed for it to lie on the right side of every limit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from sla.part_periods import JOINED, PART

Number = Fraction | Decimal | int
MOST_DECIMALS = 6
NO_BREAK = "\u00a0"
SIGNS = {"higher": "≥", "lower": "≤"}
# The units of the measures that are words; other units are printed as the terms write them.
UNITS_OF_ONE = {
    "cases": "case", "contacts": "contact", "days": "day", "hours": "hour", "outages": "outage", "points": "point",
    "values": "value",
}  # fmt: skip


def plain_text(number: Decimal | None) -> str | None:
    """A number with the decimals that it has, whether it was read back or is fresh."""
    return None if number is None else f"{number.normalize():f}"


def rounded(value: Number, decimals: int) -> Decimal:
    """`value` to so many decimals, half up, exactly: a third is not first cut to a float or a long decimal."""
    upper, lower = value.as_integer_ratio()
    whole, rest = divmod(upper * 10**decimals, lower)
    if 2 * rest > lower or (2 * rest == lower and whole >= 0):
        whole += 1
    return Decimal(whole).scaleb(-decimals)


def show_count(value: Number) -> str:
    """A count or a sum of counts: whole where it is whole, else with the decimals it has, at most six."""
    upper, lower = value.as_integer_ratio()
    if lower == 1:
        return f"{upper:,}"
    number = rounded(value, MOST_DECIMALS)
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def with_unit(text: str, unit: str) -> str:
    """A unit is always attached, after a space that does not break: "93.2 %", "104 min", "1 outage"."""
    word = UNITS_OF_ONE.get(unit, unit) if text == "1" else unit
    return f"{text}{NO_BREAK}{word}" if unit else text


def show_value(value: Number | None, *, unit: str, decimals: int, limits: Iterable[Number | None] = ()) -> str:
    """A measured value with its unit; decimals are added until it prints on the right side of each limit."""
    return ValueFormat.of(unit=unit, decimals=decimals, limits=limits).show(value)


@dataclass(frozen=True, slots=True)
class ValueFormat:
    """How values of one service level are printed: unit, decimals, and the limits that they are compared with.

    Each limit is known as it is agreed, as a ratio, and as it is printed.
    """

    unit: str
    decimals: int
    limits: tuple[tuple[int, int, Decimal], ...]

    @classmethod
    def of(cls, *, unit: str, decimals: int, limits: Iterable[Number | None] = ()) -> "ValueFormat":
        known = [limit for limit in limits if limit is not None]
        ratios = ((*limit.as_integer_ratio(), _as_printed(Fraction(limit), decimals)) for limit in known)
        return cls(unit, decimals, tuple(ratios))

    def show(self, value: Number | None) -> str:
        """A value on the right side of each limit."""
        if value is None:
            return "–"
        upper, lower = value.as_integer_ratio()
        gaps = [(upper * below - above * lower, limit) for above, below, limit in self.limits]
        for places in range(self.decimals, max(self.decimals, MOST_DECIMALS) + 1):
            printed = rounded(value, places)
            # A limit is printed with its own digits, whatever the value needs.
            if all((printed > limit) - (printed < limit) == (gap > 0) - (gap < 0) for gap, limit in gaps):
                return with_unit(f"{printed:,f}", self.unit)
        exact = Fraction(value)
        bounds = (Fraction(above, below) for above, below, _limit in self.limits)
        nearest = min(bounds, key=lambda bound: abs(bound - exact))
        text = with_unit(_limit_text(nearest, self.decimals), self.unit)
        return _("just above %s") % text if exact > nearest else _("just below %s") % text


def show_limit(limit: Number | None, *, direction: str, unit: str, decimals: int, high: Number | None = None) -> str:
    """A limit with its sign, "≥ 95.0 %", or a range, "80.0–90.0 %"."""
    if limit is None:
        return "–"
    if high is not None:
        return with_unit(f"{_limit_text(limit, decimals)}–{_limit_text(high, decimals)}", unit)
    sign, text = SIGNS.get(direction), with_unit(_limit_text(limit, decimals), unit)
    return f"{sign}{NO_BREAK}{text}" if sign else text


def show_difference(one: Number, other: Number, *, unit: str, decimals: int) -> str:
    """How far apart two values are; percentages differ in percentage points, "1.8 pp"."""
    gap = abs(Fraction(one) - Fraction(other) if other else Fraction(one))
    for places in range(decimals, MOST_DECIMALS + 1):
        if gap == 0 or rounded(gap, places):
            return with_unit(f"{rounded(gap, places):,f}", "pp" if unit == "%" else unit)
    return _("less than %s") % with_unit("0.000001", "pp" if unit == "%" else unit)


def show_money(amount: Number | None, currency: str) -> str:
    """The ISO code, then the amount, "NOK 61,400" or "EUR 12.50"; cents only where there are any."""
    if amount is None:
        return "–"
    cents = rounded(amount, 2)
    whole = cents == cents.to_integral_value()
    return f"{currency}{NO_BREAK}{cents:,.0f}" if whole else f"{currency}{NO_BREAK}{cents:,.2f}"


def show_day(day: date, language: str | None = None) -> str:
    """ "Wed 5 Nov 2025": month names, never 5/11; in the active language unless one is given."""
    return _day_text(day, language or get_language())


def show_instant(at: datetime, zone: str, language: str | None = None) -> str:
    """ "Wed 5 Nov 2025, 02:14 (Europe/Oslo)": local to a zone that is always named."""
    return _instant_text(at, zone, language or get_language())


def show_hours(starts_at: datetime, ends_at: datetime, zone: str, language: str | None = None) -> str:
    """ "Wed 5 Nov 2025, 09:00 – 14:00 (Europe/Oslo)"; with both days where the hours end on another one."""
    start, end = (show_instant(at, zone, language) for at in (starts_at, ends_at))
    if starts_at.astimezone(ZoneInfo(zone)).date() != ends_at.astimezone(ZoneInfo(zone)).date():
        return f"{start.removesuffix(f' ({zone})')} – {end}"
    return f"{start.removesuffix(f' ({zone})')} – {end.rsplit(', ', 1)[1]}"


def show_period(kind: str, starts_on: date, ends_on: date, label: str) -> str:
    """ "October 2025", "Q4 2025", "Wed 5 Nov 2025", "week 5 Oct – 11 Oct 2025", "year 1 Aug 2024 – 31 Jul 2025".

    "June 2025, 1 Jun – 14 Jun 2025" is a part of a month. Others by label and their first and last day.
    """
    last = ends_on - timedelta(days=1)
    if label.endswith(JOINED) and kind in ("month", "quarter"):
        first, final = (show_period(kind, day, ends_on, "") for day in (starts_on, last))
        return _("%(first)s to %(final)s, joined") % {"first": first, "final": final}
    first = "j M" if starts_on.year == last.year else "j M Y"
    days = f"{date_format(starts_on, first)} – {date_format(last, 'j M Y')}"
    if PART in label and kind in ("month", "quarter"):
        return f"{show_period(kind, starts_on, ends_on, '')}, {days}"
    match kind:
        case "day":
            return show_day(starts_on)
        case "month":
            return date_format(starts_on, "F Y")
        case "quarter":
            return f"Q{(starts_on.month + 2) // 3} {starts_on.year}"
    if kind in ("contract_year", "week_sunday"):
        return (_("year %s") if kind == "contract_year" else _("week %s")) % days
    return f"{label} ({days})"


def show_span(starts_on: date, ends_on: date, zone: str) -> str:
    """ "1–31 Oct 2025 (Europe/Oslo)": the days that a period covers."""
    last = ends_on - timedelta(days=1)
    if starts_on == last:
        return f"{date_format(last, 'j M Y')} ({zone})"
    first = "j" if (starts_on.year, starts_on.month) == (last.year, last.month) else "j M"
    first = first if starts_on.year == last.year else "j M Y"
    return f"{date_format(starts_on, first)}–{date_format(last, 'j M Y')} ({zone})"


@lru_cache(maxsize=4096)
def _instant_text(at: datetime, zone: str, language: str | None) -> str:
    local = at.astimezone(ZoneInfo(zone)).replace(second=0, microsecond=0, tzinfo=None)
    with override(language):
        return f"{date_format(local, 'D j M Y, H:i')} ({zone})"


@lru_cache(maxsize=4096)
def _day_text(day: date, language: str | None) -> str:
    with override(language):
        return date_format(day, "D j M Y")


def _limit_text(limit: Number, decimals: int) -> str:
    return f"{_as_printed(Fraction(limit), decimals):,f}"


@lru_cache(maxsize=1024)
def _as_printed(limit: Fraction, decimals: int) -> Decimal:
    """A limit is agreed, never measured: it prints with the clause's decimals, and with more if it has more."""
    for places in range(decimals, MOST_DECIMALS + 1):
        printed = rounded(limit, places)
        if Fraction(printed) == limit:
            return printed
    return rounded(limit, MOST_DECIMALS)
