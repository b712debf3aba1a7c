"""Commands on clients, their processes and calendars."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from bpo.changes import save_recorded
from bpo.models import Organisation
from contracts.models.parties import BusinessCalendar, CalendarException, Client, Process


@transaction.atomic
def create_client(*, actor: object, name: str, country: str, zone: str, currency: str, **more: object) -> Client:
    organisation = Organisation(kind=Organisation.Kind.CLIENT, name=name)
    save_recorded(organisation, actor=actor)
    client = Client(organisation=organisation, country=country, zone=zone, currency=currency, **more)
    save_recorded(client, actor=actor)
    return client


def create_process(*, actor: object, client: Client, name: str, operation: str, office: str, **more: object) -> Process:
    process = Process(client=client, name=name, operation=operation, office=office, **more)
    save_recorded(process, actor=actor)
    return process


def create_calendar(
    *, actor: object, owner: Organisation | None, name: str, zone: str, week: dict[str, list[list[str]]], **more: object
) -> BusinessCalendar:
    """Create a calendar of one organisation, or a shared one without an owner."""
    calendar = BusinessCalendar(owner=owner, name=name, zone=zone, week=week, **more)
    save_recorded(calendar, actor=actor)
    return calendar


def add_calendar_exception(
    *,
    actor: object,
    calendar: BusinessCalendar,
    on: date,
    reason: str,
    known_from: date,
    windows: Sequence[Sequence[str]] = (),
    is_withdrawn: bool = False,
    now: datetime | None = None,
) -> CalendarException:
    """A date on which the calendar differs; periods closed before `known_from`, or before `now`, keep it as it was.

    Without `now` it came with the calendar, which no running contract may be timed by yet.
    """
    exception = CalendarException(
        calendar=calendar,
        on=on,
        reason=reason,
        known_from=known_from,
        windows=list(windows),
        is_withdrawn=is_withdrawn,
        recorded_at=now,
    )
    save_recorded(exception, actor=actor)
    return exception
