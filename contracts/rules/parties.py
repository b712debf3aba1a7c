"""What must hold for clients' calendars and processes; called by the models' `clean`."""

from itertools import pairwise
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from bpo.models import Organisation
from contracts.rules.spans import has, refuse, refuse_any_change, refuse_changes, refuse_outside_contract
from sla.calendars import holidays_for, parse_hours

if TYPE_CHECKING:  # the models call these rules
    from contracts.models.agreements import Contract
    from contracts.models.calendars import ContractCalendar
    from contracts.models.parties import BusinessCalendar, CalendarException, Client

WEEKDAYS = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
DAY_SECONDS = 86_400


def check_calendar(calendar: "BusinessCalendar") -> None:
    """Windows that do not overlap, a country whose holidays are known, and a week that stays as it was."""
    if isinstance(calendar.week, dict):
        check_week(calendar.week)
    if calendar.subdivision and not calendar.country:
        refuse("country", _("A subdivision needs its country."))
    if calendar.country:
        try:
            holidays_for(calendar.country, calendar.subdivision or None, [2025])
        except ValueError as error:
            refuse("subdivision" if calendar.subdivision else "country", str(error))
    if not calendar._state.adding and calendar.times_running_contracts:
        refuse_changes(
            calendar,
            ("zone", "week", "country", "subdivision"),
            _("Contracts are timed by this calendar: add dated exceptions, or make a new calendar."),
        )


def check_week(week: dict[str, list[list[str]]]) -> None:
    """Refuse windows of a week that overlap, those over midnight and Sunday night included."""
    taken: list[tuple[int, int, str]] = []
    for day in range(7):
        for start, end in windows_of(week.get(str(day), [])):
            taken.append((day * DAY_SECONDS + start, day * DAY_SECONDS + end, str(day)))
    if not taken:
        refuse("week", _("A calendar must be open at some time of the week."))
    taken.sort()
    around = [*taken, (taken[0][0] + 7 * DAY_SECONDS, 0, taken[0][2])]
    for (_start, end, _day), (start, _end, day) in pairwise(around):
        if start < end:
            refuse("week", _("Two windows overlap on %(day)s."), day=WEEKDAYS[int(day)])


def check_exception(exception: "CalendarException") -> None:
    """Refuse windows of one date that overlap, edits, and, on a calendar in use, what has no instant of recording."""
    refuse_any_change(exception, _("An exception stays as it was recorded: add another one of that date."))
    if exception.is_withdrawn and exception.windows:
        refuse("windows", _("A date that does not differ after all has no windows of its own."))
    unrecorded = exception._state.adding and exception.recorded_at is None
    if unrecorded and has(exception, "calendar") and exception.calendar.times_running_contracts:
        refuse("on", _("Contracts are timed by this calendar: the exception needs its instant."))
    windows = sorted(windows_of(exception.windows)) if isinstance(exception.windows, list) else []
    for (_start, end), (start, _end) in pairwise(windows):
        if start < end:
            refuse("windows", _("Two windows overlap on %(day)s."), day=exception.on)


def check_contract_calendar(row: "ContractCalendar") -> None:
    """A calendar of the parties', inside the contract's time, of a contract that is no draft; never edited."""
    refuse_any_change(row, _("A contract's calendar stays as it was recorded: record another one from that date on."))
    if not has(row, "contract", "effective_on"):
        return
    if row.contract.status == "draft":
        refuse("contract", _("A draft has one calendar: change it on the contract itself."))
    check_calendar_owner(row, row.contract.client.organisation, row.contract.vendor.organisation)
    refuse_outside_contract(row, start="effective_on")


def windows_of(windows: object) -> list[tuple[int, int]]:
    """Windows as seconds from midnight; what is not a window is left to the field's own check."""
    found = []
    for window in windows if isinstance(windows, list) else []:
        try:
            start, end = parse_hours((window[0], window[1]))
        except (ValueError, TypeError, IndexError, AttributeError):
            continue
        found.append((int(start.total_seconds()), int(end.total_seconds())))
    return found


def check_calendar_owner(row: "Client | Contract | ContractCalendar", *owners: Organisation) -> None:
    """A calendar belongs to one of the parties, or has no owner."""
    calendar = row.calendar if has(row, "calendar") else None
    if calendar and calendar.owner_id not in (None, *(owner.pk for owner in owners)):
        refuse("calendar", _("The calendar “%(name)s” belongs to others."), name=calendar)
