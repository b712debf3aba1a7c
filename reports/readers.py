"""Who gets the nightly mail, and when."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from bpo.models import Membership, Organisation, Role, User
from contracts.models.parties import Client
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
    """Somebody on one of their local dates."""

    user: User
    side: Side
    local_date: date
    organisations: tuple[Organisation, ...] = ()
    countries: frozenset[tuple[str, str]] = frozenset()

    @property
    def zone(self) -> str:
        return self.user.zone

    @cached_property
    def mail_at(self) -> datetime:
        return self.moment(self.local_date)

    def moment(self, day: date) -> datetime:
        """The instant of the reader's mail hour on a local day."""
        return mail_time(day, self.user.digest_at, self.zone)

    def day_of(self, at: datetime) -> date:
        """The reader's local day of an instant."""
        return at.astimezone(ZoneInfo(self.zone)).date()

    def works_on(self, day: date) -> bool:
        """Monday to Friday, less the holidays of the reader's own calendar."""
        if day.weekday() >= 5:
            return False
        return not any(day in _holidays_of(country, area, day.year) for country, area in self.countries)

    def working_day_before(self, day: date) -> date:
        return self._nearest(day, -DAY)

    def working_day_after(self, day: date) -> date:
        return self._nearest(day, DAY)

    def working_days_later(self, day: date, count: int) -> date:
        """The working day so many working days after `day`."""
        for _ in range(count):
            day = self.working_day_after(day)
        return day

    @property
    def starts_week(self) -> bool:
        """Whether this date is the week's first working day, mostly its Monday."""
        monday = self.local_date - self.local_date.weekday() * DAY
        earlier = (monday + number * DAY for number in range(self.local_date.weekday()))
        return self.works_on(self.local_date) and not any(self.works_on(day) for day in earlier)

    def _nearest(self, day: date, step: timedelta) -> date:
        for _ in range(LONGEST_BREAK):
            day += step
            if self.works_on(day):
                break
        return day


def mail_time(day: date, at: time, zone: str) -> datetime:
    """Return the instant, in UTC, of a clock time on a local day; an hour that spring skips comes right after the gap.

    Python never finds a local time of a skipped or doubled hour equal to an instant, hence UTC.
    """
    return datetime.combine(day, at, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def readers_due(now: datetime) -> list[Reader]:
    """Return everybody whose mail hour has come on a working day of theirs; operators get mail on any day."""
    readers = (make_reader(user, now.astimezone(ZoneInfo(user.zone)).date()) for user in _people())
    return [
        reader
        for reader in readers
        if reader and now >= reader.mail_at and (reader.side == Side.OPERATOR or reader.works_on(reader.local_date))
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
    return Reader(user, side, day, organisations, frozenset(filter(None, map(_country, organisations))))


def _people() -> list[User]:
    memberships = Membership.objects.select_related("organisation__client__calendar")
    return list(User.objects.active().prefetch_related(Prefetch("memberships", queryset=memberships)).order_by("pk"))


@lru_cache(maxsize=256)
def _holidays_of(country: str, area: str, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays_for(country, area or None, [year]))
    except ValueError:
        return frozenset()


def _country(organisation: Organisation) -> tuple[str, str] | None:
    """Country and subdivision of the organisation's own calendar; None where it keeps no holidays."""
    client: Client | None = getattr(organisation, "client", None)
    calendar = client.calendar if client else None
    return (calendar.country, calendar.subdivision) if calendar and calendar.country else None
