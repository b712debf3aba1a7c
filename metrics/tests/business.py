"""A contract timed by an office calendar, with cases of March that take business hours: for tests of calendars."""

from datetime import UTC, date, datetime, timedelta

from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed
from contracts.services.parties import add_calendar_exception, create_calendar
from metrics.services.nights import run_night
from metrics.tests.worlds import case, receive

CLOSED = datetime(2025, 6, 19, 1, tzinfo=UTC)
LATER = CLOSED + timedelta(days=1)
WEEK = {str(weekday): [["09:00", "17:00"]] for weekday in range(5)}
# A Wednesday in March: a case opened at four on it is done at ten the next morning, two business hours later.
WEDNESDAY = date(2025, 3, 5)


def timed_contract(cast):
    """A running contract that is timed by an office calendar from the start."""
    contract = cast.contracts["A-1"]
    office = create_calendar(
        actor=None, owner=contract.client.organisation, name="Office", zone="Europe/Berlin", week=WEEK, country="DE"
    )
    Contract.objects.filter(pk=contract.pk).update(calendar=office)
    contract.refresh_from_db()
    return contract


def solved(cast, contract, **terms):
    """Cases of March, solved within three business hours; one of them took two, over a night."""
    feed = cast.feed(contract, "TICKETS", Feed.Kind.CASES)
    level = cast.level(feed, "SOLVED", aggregation="share_within", params=within_hours(), **terms)
    receive(feed, [overnight("T-1"), quick("T-2")], at=CLOSED - timedelta(days=2))
    return level


def within_hours():
    return {"of": "resolved_within", "threshold_seconds": 3 * 3600, "clock": "business"}


def overnight(key, *, hour=10):
    opened = datetime(2025, 3, 5, 15, tzinfo=UTC)
    return case(key, opened_at=opened, resolved_at=datetime(2025, 3, 6, hour - 1, tzinfo=UTC))


def quick(key):
    opened = datetime(2025, 3, 4, 9, tzinfo=UTC)
    return case(key, opened_at=opened, resolved_at=opened + timedelta(hours=1))


def close(at=CLOSED):
    run_night(zone="Europe/Berlin", local_date=at.date(), now=at)


def longer_day(calendar, *, on=WEDNESDAY, at=LATER, **more):
    """An exception that has the office open until midnight: the case of that day took eight hours and not two."""
    return add_calendar_exception(
        actor=None, calendar=calendar, on=on, reason="Late opening", known_from=on,
        windows=[["09:00", "24:00"]], now=at, **more,
    )  # fmt: skip


def around_the_clock(contract):
    week = {str(weekday): [["00:00", "24:00"]] for weekday in range(7)}
    return create_calendar(actor=None, owner=contract.client.organisation, name="Always", zone="UTC", week=week)
