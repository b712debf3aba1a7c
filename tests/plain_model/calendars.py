"""Days and hours of the worlds: local days, weeks with hours, and business time, counted window by window."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
NONE = timedelta(0)
ZONE = ZoneInfo("Europe/Berlin")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Germany, the whole country: days of each year, and Good Friday, Easter Monday, Ascension, Whit Monday from 2024 on.
FIXED_HOLIDAYS = ("01-01", "05-01", "10-03", "12-25", "12-26")
EASTER_HOLIDAYS = {
    "2024-03-29", "2024-04-01", "2024-05-09", "2024-05-20", "2025-04-18", "2025-04-21", "2025-05-29", "2025-06-09",
    "2026-04-03", "2026-04-06", "2026-05-14", "2026-05-25", "2027-03-26", "2027-03-29", "2027-05-06", "2027-05-17",
    "2028-04-14", "2028-04-17", "2028-05-25", "2028-06-05", "2029-03-30", "2029-04-02", "2029-05-10", "2029-05-21",
}  # fmt: skip
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Calendar:
    """The hours of each weekday, with holidays or without, and days that have other hours."""

    week: dict[int, tuple[str, ...]]
    has_holidays: bool = False
    exceptions: dict[date, tuple[str, ...]] = field(default_factory=dict)

    def windows(self, day: date) -> list[Span]:
        """The open spans that begin on a day."""
        hours = self.week.get(day.weekday(), ())
        if self.has_holidays and (f"{day:%m-%d}" in FIXED_HOLIDAYS or day.isoformat() in EASTER_HOLIDAYS):
            hours = ()
        spans = []
        for window in self.exceptions.get(day, hours):
            begins, ends = (time.fromisoformat(clock) for clock in window.split("-"))
            spans.append((local(day, begins), local(day if begins < ends else day + DAY, ends)))
        return spans

    def is_business_day(self, day: date) -> bool:
        return bool(self.windows(day))

    def after(self, day: date, business_days: int) -> date:
        """The n-th business day after a day."""
        while business_days:
            day += DAY
            business_days -= self.is_business_day(day)
        return day

    def open_spans(self, begins: datetime, ends: datetime) -> list[Span]:
        """The open time between two instants."""
        days = days_of(day_of(begins) - DAY, day_of(ends) + DAY)
        return both([(begins, ends)], [window for day in days for window in self.windows(day)])


OFFICE = Calendar(dict.fromkeys(range(5), ("09:00-17:00",)))


def local(day: date, clock: time = time(0)) -> datetime:
    """The instant of a local time."""
    return datetime.combine(day, clock, tzinfo=ZONE).astimezone(UTC)


def day_of(instant: datetime) -> date:
    return instant.astimezone(ZONE).date()


def days_of(begins: date, ends: date) -> list[date]:
    return [begins + DAY * number for number in range((ends - begins).days)]


def both(spans: list[Span], others: list[Span]) -> list[Span]:
    """The time that lies in one of the spans and in one of the others; the others do not overlap."""
    shared = [(max(one[0], two[0]), min(one[1], two[1])) for one in spans for two in others]
    return sorted((begins, ends) for begins, ends in shared if begins < ends)


def without(spans: list[Span], others: list[Span]) -> list[Span]:
    """The spans less the time of the others."""
    for begins, ends in others:
        pieces = [piece for span in spans for piece in ((span[0], min(span[1], begins)), (max(span[0], ends), span[1]))]
        spans = [piece for piece in pieces if piece[0] < piece[1]]
    return sorted(spans)


def merged(spans: list[Span]) -> list[Span]:
    """The time of the spans without overlaps."""
    found: list[Span] = []
    for begins, ends in sorted(spans):
        if found and begins <= found[-1][1]:
            found[-1] = found[-1][0], max(ends, found[-1][1])
        elif begins < ends:
            found.append((begins, ends))
    return found


def length(spans: list[Span]) -> timedelta:
    """How long spans that do not overlap are together."""
    return sum((ends - begins for begins, ends in spans), NONE)
