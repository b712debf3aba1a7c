"""Cases about time: business hours, deadlines, periods and zones."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Literal
from zoneinfo import ZoneInfo

from sla.calendars import BusinessCalendar, Hours
from sla.instants import resolve
from sla.intervals import length
from sla.money import Number
from sla.periods import FISCAL_PATTERNS, WEEK, PeriodKind, PeriodRule, YearEnd, fiscal_year, local_day, span
from sla.tallies import exact
from tests.cases.comparison import printed
from tests.cases.kinds import Outputs, kind

HOUR = 3600
MONTH = PeriodRule(PeriodKind.MONTH)
Pauses = list[tuple[datetime, datetime]]


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar of a case: its week is numbered from 0 for Monday in `week`, or from 1 in `hours`."""

    tz: ZoneInfo
    week: dict[int, list[Hours]] = field(default_factory=dict)
    hours: dict[int, list[Hours]] = field(default_factory=dict)
    holidays: list[str] = field(default_factory=list)
    exceptions: dict[date, list[Hours]] = field(default_factory=dict)

    def business(self) -> BusinessCalendar:
        """Return the engine's calendar; holidays are dates, or month and day where they recur every year."""
        if self.week and self.hours:
            raise ValueError("a calendar has either 'week' or 'hours', not both")
        week = self.week or {day - 1: windows for day, windows in self.hours.items()}
        yearly = frozenset((int(day[:2]), int(day[3:])) for day in self.holidays if len(day) == len("12-25"))
        dates = frozenset(date.fromisoformat(day) for day in self.holidays if len(day) != len("12-25"))
        return BusinessCalendar(self.tz, week, holidays=dates, yearly=yearly, exceptions=self.exceptions)

    def instant(self, stated: datetime) -> datetime:
        """Return an instant; a time without an offset is a wall-clock time of the calendar's zone."""
        return resolve(stated, self.tz).instant if stated.tzinfo is None else stated

    def elapsed(self, start: datetime, end: datetime, pauses: Pauses | None) -> Fraction:
        """Return the seconds of business time between two times of a case."""
        return self.business().elapsed_seconds(self.instant(start), self.instant(end), self.spans(pauses))

    def deadline(self, start: datetime, seconds: Fraction, pauses: Pauses | None) -> datetime:
        """Return when so many seconds of business time have passed, in the calendar's zone."""
        due = self.business().deadline(self.instant(start), seconds, self.spans(pauses))
        return due.astimezone(self.tz)

    def spans(self, pauses: Pauses | None) -> list[tuple[datetime, datetime]]:
        return [(self.instant(start), self.instant(end)) for start, end in pauses or ()]


def local_text(instant: datetime, zone: ZoneInfo, like: str) -> str:
    """Return an instant on the wall clock of a zone, with the zone's name, and with seconds where `like` has them."""
    seconds = ":%S" if like.count(":") == 2 else ""
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M{seconds}} {zone.key}"


def check_local(instant: datetime, local: str) -> None:
    """Raise ValueError where the wall-clock time that a case gives beside an instant is another time."""
    if local and local_text(instant, ZoneInfo(local.rpartition(" ")[2]), local) != local:
        raise ValueError(f"'{local}' is another time than {instant.isoformat()}")


@kind
def elapsed_seconds(
    calendar: Calendar,
    start: datetime,
    end: datetime,
    pauses: Pauses | None = None,
    start_local: str = "",
    end_local: str = "",
) -> Outputs:
    check_local(calendar.instant(start), start_local)
    check_local(calendar.instant(end), end_local)
    return {
        "expected": calendar.elapsed(start, end, pauses),
        "expected_wallclock": length(calendar.instant(start), calendar.instant(end)),
    }


@kind
def deadline(
    calendar: Calendar, start: datetime, seconds: Number, pauses: Pauses | None = None, start_local: str = ""
) -> Outputs:
    check_local(calendar.instant(start), start_local)
    due = calendar.deadline(start, exact(seconds), pauses)
    return {
        "expected": due.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "expected_local": local_text(due, calendar.tz, start_local),
    }


@kind
def bt_elapsed(calendar: Calendar, start: datetime, end: datetime, pauses: Pauses | None = None) -> Outputs:
    return {"business_hours": printed(calendar.elapsed(start, end, pauses) / HOUR)}


@kind
def bt_due(calendar: Calendar, start: datetime, hours: Number, pauses: Pauses | None = None) -> Outputs:
    return {"due": calendar.deadline(start, exact(hours) * HOUR, pauses).replace(tzinfo=None).isoformat()}


@kind
def elapsed(tz: ZoneInfo, start: datetime, end: datetime) -> Outputs:
    real = length(resolve(start, tz).instant, resolve(end, tz).instant)
    wall = length(start.replace(tzinfo=UTC), end.replace(tzinfo=UTC))
    return {"elapsed_hours": printed(real / HOUR), "wall_hours": printed(wall / HOUR)}


@kind
def period_len(year: int, month: int, tzs: list[ZoneInfo]) -> Outputs:
    period = MONTH.containing(date(year, month, 1))
    return {"hours": {zone.key: printed(length(*span(period, zone)) / HOUR) for zone in tzs}}


@kind
def month_of(instant: datetime, tzs: list[ZoneInfo]) -> Outputs:
    return {"month": {zone.key: MONTH.containing(local_day(instant, zone)).label for zone in tzs}}


@kind
def local_to_utc(tz: ZoneInfo, locals: list[tuple[datetime, int]]) -> Outputs:
    resolved = [resolve(wall, tz, fold) for wall, fold in locals]
    return {
        "results": [
            {"utc": f"{local.instant:%Y-%m-%dT%H:%MZ}", "exists": local.exists, "ambiguous": local.ambiguous}
            for local in resolved
        ]
    }


@kind
def periods445(
    start: date,
    pattern: tuple[int, int, int],
    show: list[int],
    extra_week: bool = False,
    weeks: Literal[52, 53] = 52,
    year_end: YearEnd | None = None,
) -> Outputs:
    """A fiscal year; it is long where the case adds a week, counts 53, or gives a rule by which its end needs one."""
    if pattern not in FISCAL_PATTERNS.values():
        raise ValueError(f"no fiscal year has the pattern {pattern}")
    fiscal_kind = next(name for name, lengths in FISCAL_PATTERNS.items() if lengths == pattern)
    periods = fiscal_year(fiscal_kind, start, 53 if extra_week else weeks, start.year)
    if year_end:
        rule = PeriodRule(fiscal_kind, start, year_end)
        rule.check_anchor()
        periods = rule.between(start, start + 52 * WEEK)
    spans = [(period.start, period.end - timedelta(days=1), (period.end - period.start).days) for period in periods]
    return {
        "periods": [[spans[n][0].isoformat(), spans[n][1].isoformat(), spans[n][2]] for n in show],
        "year_end": spans[-1][1].isoformat(),
        "days": sum(days for _, _, days in spans),
    }


@kind
def add_wd(start: date, days: int, weekend: list[int] | None = None, holidays: list[str] | None = None) -> Outputs:
    closed = [6, 7] if weekend is None else weekend
    week: dict[int, list[Hours]] = {day: [("00:00", "24:00")] for day in range(1, 8) if day not in closed}
    calendar = Calendar(ZoneInfo("UTC"), hours=week, holidays=holidays or []).business()
    return {"due": calendar.add_business_days(start, days).isoformat()}
