"""Who gets the nightly mail, and when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from bpo.models import Membership, Organisation, Role, User
from contracts.clocks import standing_exceptions
from sla.calendars import SATURDAY_AND_SUNDAY, holidays_for, weekend_of

DAY = timedelta(days=1)
CLIENT_ROLES = frozenset({Role.CLIENT_ADMIN, Role.CLIENT_MANAGER})
VENDOR_ROLES = frozenset({Role.VENDOR_MANAGER, Role.VENDOR_REPORTER})
LONGEST_BREAK = 31
WEEKDAYS = frozenset(range(7))
# On which weekday a week begins, the likeliest first: Monday, Sunday, Saturday.
FIRST_WEEKDAYS = (0, 6, 5, 1, 2, 3, 4)


class Side(StrEnum):
    """The side of a contract on which a reader stands; it decides the order of the mail's sections."""

    CLIENT = "client"
    VENDOR = "vendor"
    OPERATOR = "operator"


@dataclass(frozen=True)
class WorkingDays:
    """The days on which an organisation works: not its weekend, nor holidays of its calendar, save dated exceptions."""

    weekend: frozenset[int] = SATURDAY_AND_SUNDAY
    country: str = ""
    subdivision: str = ""
    exceptions: Mapping[date, bool] = field(default_factory=dict, hash=False)

    def include(self, day: date) -> bool:
        if day in self.exceptions:
            return self.exceptions[day]
        is_holiday = bool(self.country) and day in _holidays_of(self.country, self.subdivision, day.year)
        return day.weekday() not in self.weekend and not is_holiday


@dataclass(frozen=True)
class Reader:
    """Somebody on one of their local dates; they work on the days on which one of their organisations does."""

    user: User
    side: Side
    local_date: date
    organisations: tuple[Organisation, ...] = ()
    working_days: tuple[WorkingDays, ...] = (WorkingDays(),)

    def moment(self, day: date) -> datetime:
        """The instant, in UTC, of the reader's mail hour on a local day; an hour that spring skips follows the gap.

        Python never finds a local time of a skipped or doubled hour equal to an instant, hence UTC.
        """
        return datetime.combine(day, self.user.digest_at, tzinfo=ZoneInfo(self.user.zone)).astimezone(UTC)

    def day_of(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.user.zone)).date()

    def works_on(self, day: date) -> bool:
        return any(days.include(day) for days in self.working_days)

    def working_day(self, day: date, count: int) -> date:
        """The working day so many working days after `day`, or before it where `count` is negative."""
        step = DAY if count > 0 else -DAY
        for _ in range(abs(count)):
            ahead = (day + step * number for number in range(1, LONGEST_BREAK + 1))
            day = next(filter(self.works_on, ahead), day + step * LONGEST_BREAK)
        return day

    def next_moment(self, now: datetime) -> datetime:
        """The instant of the next mail hour on a working day."""
        today = self.moment(self.local_date)
        if now < today and self.works_on(self.local_date):
            return today
        return self.moment(self.working_day(self.local_date, 1))

    @property
    def starts_week(self) -> bool:
        """Whether this date is the week's first working day; a week begins after the weekend, mostly on Monday."""
        weekend = frozenset.intersection(*(days.weekend for days in self.working_days))
        begins = (weekday for weekday in FIRST_WEEKDAYS if weekday not in weekend and (weekday - 1) % 7 in weekend)
        number = (self.local_date.weekday() - next(begins, FIRST_WEEKDAYS[0])) % 7
        earlier = (self.local_date - before * DAY for before in range(1, number + 1))
        return self.works_on(self.local_date) and not any(self.works_on(day) for day in earlier)


def readers_due(now: datetime) -> list[Reader]:
    """Return everybody whose mail hour has come on a working day of theirs; operators get mail on any day."""
    readers = (make_reader(user, now.astimezone(ZoneInfo(user.zone)).date()) for user in _people())
    return [
        reader
        for reader in readers
        if reader
        and now >= reader.moment(reader.local_date)
        and (reader.side == Side.OPERATOR or reader.works_on(reader.local_date))
    ]


def readers_on(day: date) -> list[Reader]:
    """Return everybody, on a date that an operator names, whatever the hour and the weekday."""
    return [reader for user in _people() if (reader := make_reader(user, day))]


def make_reader(user: User, day: date) -> Reader | None:
    """Return the person as a reader of that date's mail, or None for those who get none."""
    memberships = [row for row in user.memberships.all() if row.organisation.is_active]
    roles = {row.role for row in memberships}
    if user.is_operator_admin or Role.OPERATOR_ADMIN in roles:
        return Reader(user, Side.OPERATOR, day)
    side = Side.CLIENT if roles & CLIENT_ROLES else Side.VENDOR if roles & VENDOR_ROLES else None
    if side is None or not user.wants_digest:
        return None
    organisations = tuple(row.organisation for row in memberships)
    return Reader(user, side, day, organisations, tuple(map(_working_days, organisations)))


def _working_days(organisation: Organisation) -> WorkingDays:
    """A client's calendar, or else the weekend of the client's or the vendor's country."""
    party = getattr(organisation, "client", None) or getattr(organisation, "vendor", None)
    weekend = weekend_of(party.country) if party else SATURDAY_AND_SUNDAY
    calendar = getattr(party, "calendar", None)
    if calendar is None:
        return WorkingDays(weekend)
    closed = WEEKDAYS - {int(weekday) for weekday, windows in calendar.week.items() if windows}
    # One that never closes times a service, and nobody works every day.
    has_weekend = closed and closed != WEEKDAYS
    exceptions = {exception.on: bool(exception.windows) for exception in standing_exceptions(calendar)}
    return WorkingDays(closed if has_weekend else weekend, calendar.country, calendar.subdivision, exceptions)


def _people() -> list[User]:
    memberships = Membership.objects.select_related("organisation__client__calendar", "organisation__vendor")
    exceptions = memberships.prefetch_related("organisation__client__calendar__exceptions")
    return list(User.objects.active().prefetch_related(Prefetch("memberships", queryset=exceptions)).order_by("pk"))


@lru_cache(maxsize=256)
def _holidays_of(country: str, area: str, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays_for(country, area or None, [year]))
    except ValueError:
        return frozenset()
