"""A record with rows in every kept table."""

from datetime import date, timedelta

from bpo import audit
from contracts.models.agreements import Contract
from contracts.models.calendars import ContractCalendar, HolidayYear
from contracts.models.parties import BusinessCalendar, CalendarException
from contracts.models.service_levels import ServiceLevel
from metrics.models.results import NilResult
from metrics.models.verdicts import Verdict, Withdrawal
from metrics.services.judging import judge_all
from metrics.tests.closed import MARCH, NOW, close, correct, current
from metrics.tests.worlds import case, contact, month, observation, outage, receive
from tests.support.cast import Cast

JUNE = date(2025, 6, 1)


def build_record(cast: Cast) -> ServiceLevel:
    """Months that are closed, one in breach, with a correction that came late, a withdrawal, and results of all kinds.

    June is still open.
    """
    level = cast.levels["A-1/ACCURACY"]
    close(level, 96, 92, 80, 95)
    correct(level, MARCH, 97)
    call = contact("call", NOW)
    call.customer = "c-17"
    singles = [
        call,
        case("ticket", opened_at=NOW, resolved_at=NOW + timedelta(hours=2), pauses=[]),
        observation("sample", NOW, "4.5"),
        outage("outage", NOW, NOW + timedelta(minutes=20)),
        NilResult(key="nothing 2025-05-01 2025-05-02", starts_on=date(2025, 5, 1), ends_on=date(2025, 5, 2)),
    ]
    receive(level.feed, [month(JUNE, 9, 10), *singles], at=NOW)
    judge_all(now=NOW)
    for action in ("close", "correct"):
        audit.record(actor=cast.people["acme-manager"], action=action, thing=level, changes={"value": ("96", "97")})
    Withdrawal.objects.create(verdict=current(level, "2025-02"), at=NOW, reason="cut anew")
    Verdict.objects.filter(withdrawal__isnull=False).update(is_current=False)
    keep_calendars(level.contract)
    return level


def keep_calendars(contract: Contract) -> None:
    """What is said of a calendar long after all that the tests judge."""
    calendar = BusinessCalendar.objects.create(name="Kept", zone="UTC", week={"0": [["09:00", "17:00"]]})
    day = date(2040, 1, 2)
    CalendarException.objects.create(calendar=calendar, on=day, reason="Feast", known_from=day, recorded_at=NOW)
    ContractCalendar.objects.create(contract=contract, calendar=calendar, effective_on=day, recorded_at=NOW)
    HolidayYear.objects.create(calendar=calendar, year=day.year, days=["2040-01-01"])
