"""Who gets the nightly mail, and when."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from bpo.models import Membership, Organisation, Role, User
from contracts.models.parties import BusinessCalendar
from sla.calendars import holidays_for

DAY = timedelta(days=1)
CLIENT_ROLES = frozenset({Role.CLIENT_ADMIN, Role.CLIENT_MANAGER})
VENDOR_ROLES = frozenset({Role.VENDOR_MANAGER, Role.VENDOR_REPORTER})
LONGEST_BREAK = 31


class Side(StrEnum):
    """The side of a contract on which a reader stands; it decides the order of the mail's sections."""

    CLIENT = "client"
    VENDOR = "vendor"
    OPERATOR = "operator"


@dataclass(frozen=True)
class Reader:
    """Somebody on one of their local dates; `countries` are those, with subdivisions, whose holidays they keep."""

    user: User
    side: Side
    local_date: date
    organisations: tuple[Organisation, ...] = ()
    countries: frozenset[tuple[str, str]] = frozenset()

    def moment(self, day: date) -> datetime:
        """The instant, in UTC, of the reader's mail hour on a local day; an hour that spring skips follows the gap.

        Python never finds a local time of a skipped or doubled hour equal to an instant, hence UTC.
        """
        return datetime.combine(day, self.user.digest_at, tzinfo=ZoneInfo(self.user.zone)).astimezone(UTC)

    def day_of(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.user.zone)).date()

    def works_on(self, day: date) -> bool:
        """Monday to Friday, less the holidays of the reader's own calendar."""
        if day.weekday() >= 5:
            return False
        return not any(day in _holidays_of(country, area, day.year) for country, area in self.countries)

    def working_day(self, day: date, count: int) -> date:
        """The working day so many working days after `day`, or before it where `count` is negative."""
        step = DAY if count > 0 else -DAY
        for _ in range(abs(count)):
            ahead = (day + step * number for number in range(1, LONGEST_BREAK + 1))
            day = next(filter(self.works_on, ahead), day + step * LONGEST_BREAK)
        return day

    @property
    def starts_week(self) -> bool:
        """Whether this date is the week's first working day, mostly its Monday."""
        monday = self.local_date - self.local_date.weekday() * DAY
        earlier = (monday + number * DAY for number in range(self.local_date.weekday()))
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
    calendars: list[BusinessCalendar | None] = [row.client.calendar for row in organisations if hasattr(row, "client")]
    countries = frozenset((row.country, row.subdivision) for row in calendars if row and row.country)
    return Reader(user, side, day, organisations, countries)


def _people() -> list[User]:
    memberships = Membership.objects.select_related("organisation__client__calendar")
    return list(User.objects.active().prefetch_related(Prefetch("memberships", queryset=memberships)).order_by("pk"))


@lru_cache(maxsize=256)
def _holidays_of(country: str, area: str, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays_for(country, area or None, [year]))
    except ValueError:
        return frozenset()
