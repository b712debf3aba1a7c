"""Half-open spans of local days over which service levels are judged."""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sla.labels import Labelled
from sla.labels import gettext_noop as _

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)


class PeriodKind(Labelled):
    """How long a judged span is, and where it begins."""

    DAY = "day", _("day")
    WEEK = "week", _("week from Monday")
    WEEK_SUNDAY = "week_sunday", _("week from Sunday")
    MONTH = "month", _("month")
    QUARTER = "quarter", _("quarter")
    CONTRACT_YEAR = "contract_year", _("contract year")
    P445 = "p445", _("4-4-5 fiscal period")
    P454 = "p454", _("4-5-4 fiscal period")
    P544 = "p544", _("5-4-4 fiscal period")


class YearEnd(Labelled):
    """Which of the days before the anchor's weekday ends a fiscal year, in the month at whose end a year ends."""

    NEAREST = "nearest", _("nearest to the end of the month")
    LAST = "last", _("last in the month")


FISCAL_PATTERNS: dict[PeriodKind, tuple[int, int, int]] = {
    PeriodKind.P445: (4, 4, 5),
    PeriodKind.P454: (4, 5, 4),
    PeriodKind.P544: (5, 4, 4),
}
FIRST_WEEKDAYS = {PeriodKind.WEEK: 0, PeriodKind.WEEK_SUNDAY: 6}
MONTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3}
ANCHORED = frozenset({PeriodKind.CONTRACT_YEAR, *FISCAL_PATTERNS})
# How long after the first of the following month a fiscal year may start.
LATEST_STARTS = {YearEnd.NEAREST: 3 * DAY, YearEnd.LAST: 0 * DAY}


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Local days from `start` up to, but not including, `end`; `label` is how people and URLs name it."""

    kind: PeriodKind
    start: date
    end: date
    label: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"a period must end after it starts, got {self.start} to {self.end}")
        if not self.label:
            object.__setattr__(self, "label", plain_label(self.kind, self.start))

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def days(self) -> Iterator[date]:
        """Every local day of the period, in order."""
        for number in range((self.end - self.start).days):
            yield self.start + timedelta(days=number)


def plain_label(kind: PeriodKind, start: date) -> str:
    """The label of a period whose start alone says which one it is."""
    if kind is PeriodKind.WEEK:
        year, week, _ = start.isocalendar()
        return f"{year:04}-W{week:02}"
    if kind is PeriodKind.WEEK_SUNDAY:
        return f"S{start.isoformat()}"
    if kind is PeriodKind.MONTH:
        return f"{start.year:04}-{start.month:02}"
    if kind is PeriodKind.QUARTER:
        return f"{start.year:04}-Q{(start.month + 2) // 3}"
    if kind is PeriodKind.CONTRACT_YEAR:
        return f"Y{start.isoformat()}"
    if kind in FISCAL_PATTERNS:
        raise ValueError("a fiscal period is named by its rule, because its start alone does not say its number")
    return start.isoformat()


def add_months(day: date, months: int) -> date:
    """The same day so many calendar months on (negative: back), or the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def fiscal_year(kind: PeriodKind, start: date, weeks: int, name: int) -> list[Period]:
    """The twelve periods of the fiscal year `name` that starts on that day; a 53rd week belongs to the last one."""
    if weeks not in (52, 53):
        raise ValueError(f"a fiscal year has 52 or 53 weeks, got {weeks}")
    lengths = list(FISCAL_PATTERNS[kind]) * 4
    lengths[-1] += weeks - 52
    periods = []
    for number, length in enumerate(lengths, start=1):
        end = start + length * WEEK
        periods.append(Period(kind, start, end, f"F{name:04}-P{number:02}"))
        start = end
    return periods


LABEL_FORMS: dict[PeriodKind, str] = {
    PeriodKind.DAY: r"(\d{4}-\d\d-\d\d)",
    PeriodKind.WEEK: r"(\d{4})-W(\d\d)",
    PeriodKind.WEEK_SUNDAY: r"S(\d{4}-\d\d-\d\d)",
    PeriodKind.MONTH: r"(\d{4})-(\d\d)",
    PeriodKind.QUARTER: r"(\d{4})-Q([1-4])",
    PeriodKind.CONTRACT_YEAR: r"Y(\d{4}-\d\d-\d\d)",
    **dict.fromkeys(FISCAL_PATTERNS, r"F(\d{4})-P(\d\d)"),
}


@dataclass(frozen=True, slots=True)
class PeriodRule:
    """How a contract cuts time into periods.

    `anchor` is the contract's first day for contract years, and the first day of any fiscal year for 4-4-5 and its
    kin. These end on the weekday before the anchor's, nearest to the end of a month or last in it as `year_end` says;
    the month is the one whose end lies nearest to the anchor. This adds a 53rd week every five or six years. Where the
    anchor lies in July or later, a fiscal year is named after the next year.
    """

    kind: PeriodKind
    anchor: date | None = None
    year_end: YearEnd = YearEnd.NEAREST

    def __post_init__(self) -> None:
        if self.kind in ANCHORED:
            self._origin()

    def _origin(self) -> date:
        if self.anchor is None:
            raise ValueError(f"periods of kind {self.kind} need the date from which they are counted")
        return self.anchor

    def check_anchor(self) -> None:
        """Raise ValueError where no fiscal year starts on the anchor; it names the days near it that are right.

        Periods are cut without this check, so that terms stay readable that were agreed under an earlier rule.
        """
        anchor = self._origin()
        first = anchor.replace(day=1)
        before, after = self._start_near(first), self._start_near(add_months(first, 1))
        if anchor not in (before, after):
            raise ValueError(
                f"No fiscal year starts on {anchor} by the rule '{self.year_end}': {before} or {after} would be right."
            )

    def containing(self, day: date) -> Period:
        """The period in which that local day lies."""
        if self.kind in FISCAL_PATTERNS:
            names = (day.year + 1, day.year, day.year - 1)
            name = next(name for name in names if self._fiscal_start(name) <= day)
            return next(period for period in self._fiscal_year(name) if day in period)
        if self.kind in FIRST_WEEKDAYS:
            start = day - timedelta(days=(day.weekday() - FIRST_WEEKDAYS[self.kind]) % 7)
            return Period(self.kind, start, start + WEEK)
        if self.kind in MONTHS:
            months = MONTHS[self.kind]
            start = date(day.year, (day.month - 1) // months * months + 1, 1)
            return Period(self.kind, start, add_months(start, months))
        if self.kind is PeriodKind.CONTRACT_YEAR:
            year = day.year if self._anniversary(day.year) <= day else day.year - 1
            return Period(self.kind, self._anniversary(year), self._anniversary(year + 1))
        return Period(self.kind, day, day + DAY)

    def next(self, period: Period) -> Period:
        """The period that begins where this one ends."""
        return self.containing(period.end)

    def between(self, first_day: date, last_day_exclusive: date) -> list[Period]:
        """Every period that shares a day with the half-open span, in order."""
        periods: list[Period] = []
        day = first_day
        while day < last_day_exclusive:
            periods.append(self.containing(day))
            day = periods[-1].end
        return periods

    def parse(self, label: str) -> Period:
        """The period of that label; ValueError says in a sentence why there is none."""
        match = re.fullmatch(LABEL_FORMS[self.kind], label, re.ASCII)
        try:
            period = self.containing(self._day_named(match)) if match else None
        except (ValueError, OverflowError):
            period = None
        if period is None or period.label != label:
            raise ValueError(f"'{label}' does not name a period of kind {self.kind}")
        return period

    def _day_named(self, match: re.Match[str]) -> date:
        parts = match.groups()
        if self.kind is PeriodKind.WEEK:
            return date.fromisocalendar(int(parts[0]), int(parts[1]), 1)
        if self.kind in MONTHS:
            return date(int(parts[0]), MONTHS[self.kind] * (int(parts[1]) - 1) + 1, 1)
        if self.kind in FISCAL_PATTERNS:
            periods = self._fiscal_year(int(parts[0]))
            if not 1 <= int(parts[1]) <= len(periods):
                raise ValueError(f"a fiscal year has periods 1 to {len(periods)}, got {parts[1]}")
            return periods[int(parts[1]) - 1].start
        return date.fromisoformat(parts[0])

    def _anniversary(self, year: int) -> date:
        return add_months(self._origin(), 12 * (year - self._origin().year))

    def _start_near(self, first: date) -> date:
        """The day on which a fiscal year starts whose predecessor ends with the month before `first`."""
        latest = first + LATEST_STARTS[self.year_end]
        return latest - timedelta(days=(latest.weekday() - self._origin().weekday()) % 7)

    def _fiscal_start(self, name: int) -> date:
        anchor = self._origin()
        first = (anchor + 2 * WEEK).replace(day=1)
        return self._start_near(add_months(first, 12 * (name - anchor.year - (anchor.month > 6))))

    def _fiscal_year(self, name: int) -> list[Period]:
        start, end = self._fiscal_start(name), self._fiscal_start(name + 1)
        return fiscal_year(self.kind, start, (end - start).days // 7, name)


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which that local day begins; where clocks skip midnight, the instant of the skip."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def day_span(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A local day as a half-open span of UTC instants: 23, 24 or 25 hours long."""
    return day_start(day, zone), day_start(day + DAY, zone)


def span(period: Period, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A period as a half-open span of UTC instants, cut at local midnights."""
    return day_start(period.start, zone), day_start(period.end, zone)


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """The local day in which that aware instant lies."""
    if instant.tzinfo is None:
        raise ValueError(f"an instant needs its offset, got {instant.isoformat()} without one")
    return instant.astimezone(zone).date()
