"""On which days people get mail: the working days of their own organisation."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bpo.models import Membership, Organisation, Role, User
from contracts.models.parties import BusinessCalendar, CalendarException, Client
from reports.models import Edition, Message
from reports.readers import Reader, make_reader, readers_due
from reports.tests.conftest import DAY, NIGHT_ENDED, WEDNESDAY, World
from vendors.models import Vendor

THURSDAY, FRIDAY, SATURDAY, SUNDAY, MONDAY = (WEDNESDAY + number * DAY for number in range(1, 6))
OFFICE = [["08:00", "17:00"]]
SUNDAY_TO_THURSDAY = dict.fromkeys("60123", OFFICE)
ALWAYS = {weekday: [["00:00", "24:00"]] for weekday in "0123456"}


def reader(person: User, day: date = WEDNESDAY) -> Reader:
    made = make_reader(User.objects.get(pk=person.pk), day)
    assert made is not None
    return made


def days_worked(person: User) -> list[date]:
    """Those of one week from a Wednesday on which the person works."""
    week = [WEDNESDAY + number * DAY for number in range(7)]
    return [day for day in week if reader(person).works_on(day)]


def follow(week: dict[str, list[list[str]]], **columns: str) -> BusinessCalendar:
    """Acme gets a calendar."""
    calendar = BusinessCalendar.objects.create(name="Own", zone="Asia/Riyadh", week=week, **columns)
    Client.objects.filter(organisation__name="Acme").update(calendar=calendar)
    return calendar


def due_at(instant: datetime) -> set[str]:
    return {found.user.email for found in readers_due(instant)}


def test_a_client_whose_calendar_has_hours_from_sunday_to_thursday_gets_mail_on_these_days(world: World) -> None:
    follow(SUNDAY_TO_THURSDAY)

    noons = [datetime(day.year, day.month, day.day, 12, tzinfo=UTC) for day in (THURSDAY, FRIDAY, SATURDAY, SUNDAY)]
    mailed = [noon.date() for noon in noons if world.manager.email in due_at(noon)]
    assert mailed == [THURSDAY, SUNDAY]


def test_a_calendar_that_never_closes_leaves_the_weekend_of_the_country(world: World) -> None:
    follow(ALWAYS)
    Client.objects.filter(organisation__name="Acme").update(country="EG")

    assert not {FRIDAY, SATURDAY} & set(days_worked(world.manager))
    assert SUNDAY in days_worked(world.manager)


@pytest.mark.parametrize(("country", "off"), [("EG", [FRIDAY, SATURDAY]), ("PH", [SATURDAY, SUNDAY]), ("IR", [FRIDAY])])
def test_a_vendor_has_the_weekend_of_its_country(world: World, country: str, off: list[date]) -> None:
    Vendor.objects.filter(organisation__name="Brightline").update(country=country)

    worked = days_worked(world.vendor)

    assert [day for day in (FRIDAY, SATURDAY, SUNDAY) if day not in worked] == off


def test_a_dated_exception_closes_a_working_day_or_opens_one_of_the_weekend(world: World) -> None:
    calendar = follow(SUNDAY_TO_THURSDAY)
    for day, windows in ((THURSDAY, []), (SATURDAY, OFFICE)):
        CalendarException.objects.create(calendar=calendar, on=day, windows=windows, reason="Eid", known_from=WEDNESDAY)

    worked = days_worked(world.manager)

    assert THURSDAY not in worked
    assert SATURDAY in worked


def test_a_holiday_of_the_calendars_country_is_no_working_day(world: World) -> None:
    follow(SUNDAY_TO_THURSDAY, country="SA")
    national_day = date(2025, 9, 23)

    assert not reader(world.manager, national_day).works_on(national_day)


def test_who_belongs_to_two_organisations_works_when_either_does(world: World) -> None:
    follow(SUNDAY_TO_THURSDAY)
    zenith = Organisation.objects.get(name="Zenith")
    Membership.objects.create(user=world.manager, organisation=zenith, role=Role.CLIENT_MANAGER)

    worked = days_worked(world.manager)

    assert {FRIDAY, SUNDAY} <= set(worked)
    assert SATURDAY not in worked


@pytest.mark.parametrize("day", [THURSDAY, FRIDAY, SATURDAY, SUNDAY, MONDAY])
def test_a_week_begins_after_the_readers_own_weekend(world: World, day: date) -> None:
    follow(SUNDAY_TO_THURSDAY)

    assert reader(world.manager, day).starts_week is (day == SUNDAY)


def test_where_the_first_day_is_a_holiday_the_week_begins_on_the_next(world: World) -> None:
    calendar = follow(SUNDAY_TO_THURSDAY)
    CalendarException.objects.create(calendar=calendar, on=SUNDAY, windows=[], reason="Eid", known_from=WEDNESDAY)

    assert reader(world.manager, MONDAY).starts_week


def test_the_weekly_check_of_a_quiet_week_comes_on_the_readers_first_day(world: World) -> None:
    follow(SUNDAY_TO_THURSDAY)
    for number in range(6):
        world.ran(day=WEDNESDAY + number * DAY)
    world.verdict(world.level, "met")
    world.standing(world.level, last_closed=world.level.verdicts.get())

    assert world.morning(world.manager, THURSDAY).outcome == Edition.Outcome.EMPTY
    assert "weekly check" in world.morning(world.manager, SUNDAY).message.subject


def test_mail_and_page_name_the_next_working_day(world: World, client, time_machine) -> None:
    follow(SUNDAY_TO_THURSDAY)
    world.ran(day=THURSDAY)
    world.breach(at=NIGHT_ENDED + DAY)
    world.morning(world.manager, THURSDAY)
    time_machine.move_to(datetime(2025, 11, 6, 12, tzinfo=UTC), tick=False)
    client.force_login(world.manager)

    page = client.get("/me").content.decode().replace("\u00a0", " ")

    sentence = "Next mail: Sun 9 Nov 2025, 06:30 (Europe/Berlin), if something changes."
    assert sentence in " ".join(Message.objects.get().text.split())
    assert sentence in page


def test_before_the_mail_hour_the_next_mail_is_todays(world: World) -> None:
    today = reader(world.manager)

    assert today.next_moment(today.moment(WEDNESDAY) - timedelta(minutes=1)) == today.moment(WEDNESDAY)
    assert today.next_moment(today.moment(WEDNESDAY)) == today.moment(THURSDAY)
