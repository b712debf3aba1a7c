"""Who gets the nightly mail, and when."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from bpo.models import Membership, Organisation, Role, User
from contracts.models.parties import BusinessCalendar, Client
from reports.models import Edition, Message
from reports.readers import Reader, Side, readers_due, readers_on
from reports.tasks import queue_due_digests
from reports.tests.conftest import DAY, MORNING, NIGHT_ENDED, WEDNESDAY, World

SATURDAY, MONDAY = date(2025, 11, 8), date(2025, 11, 10)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def names(readers: list) -> set[str]:
    return {reader.user.email.split("@")[0] for reader in readers}


def test_managers_admins_and_vendors_read_and_viewers_do_not(world: World) -> None:
    assert names(readers_on(WEDNESDAY)) == {
        "operator",
        *(f"{client}-{role}" for client in ("acme", "zenith") for role in ("admin", "manager")),
        *(f"{vendor}-{role}" for vendor in ("brightline", "cobalt", "delta") for role in ("manager", "reporter")),
    }


@pytest.mark.parametrize("change", [{"wants_digest": False}, {"is_active": False}])
def test_who_wants_no_mail_or_has_left_is_no_reader(world: World, change: dict) -> None:
    User.objects.filter(pk=world.manager.pk).update(**change)

    assert "acme-manager" not in names(readers_on(WEDNESDAY))


def test_members_of_an_organisation_that_was_closed_read_nothing(world: World) -> None:
    Organisation.objects.filter(name="Acme").update(is_active=False)

    assert not {"acme-manager", "acme-admin"} & names(readers_on(WEDNESDAY))


def test_a_mail_is_due_at_its_readers_own_hour(world: World) -> None:
    assert "acme-manager" not in names(readers_due(MORNING - timedelta(minutes=1)))
    assert "acme-manager" in names(readers_due(MORNING))


def test_everyone_reads_by_the_clock_of_their_own_zone(world: World) -> None:
    # 22:30 UTC is 06:30 in Manila, where the vendors live.
    assert names(readers_due(at(WEDNESDAY - DAY, 22, 30))) >= {"brightline-manager", "cobalt-manager"}
    assert "zenith-manager" not in names(readers_due(at(WEDNESDAY, 11, 29)))
    assert "zenith-manager" in names(readers_due(at(WEDNESDAY, 11, 30)))


def test_no_mail_on_a_weekend(world: World) -> None:
    assert "acme-manager" not in names(readers_due(at(SATURDAY, 12)))
    assert "acme-manager" in names(readers_due(at(MONDAY, 12)))


def test_no_mail_on_a_holiday_of_the_clients_calendar(world: World) -> None:
    calendar = BusinessCalendar.objects.create(name="Berlin", zone="Europe/Berlin", week={}, country="DE")
    Client.objects.filter(organisation__name="Acme").update(calendar=calendar)

    assert "acme-manager" not in names(readers_due(at(date(2025, 12, 25), 12)))
    assert "acme-manager" in names(readers_due(at(date(2025, 12, 23), 12)))


@pytest.mark.parametrize(
    ("day", "hour", "instant"),
    [
        (date(2025, 3, 29), time(6, 30), datetime(2025, 3, 29, 5, 30, tzinfo=UTC)),
        (date(2025, 3, 30), time(6, 30), datetime(2025, 3, 30, 4, 30, tzinfo=UTC)),
        (date(2025, 3, 30), time(2, 30), datetime(2025, 3, 30, 1, 30, tzinfo=UTC)),
        (date(2025, 10, 26), time(2, 30), datetime(2025, 10, 26, 0, 30, tzinfo=UTC)),
        (date(2025, 10, 26), time(6, 30), datetime(2025, 10, 26, 5, 30, tzinfo=UTC)),
    ],
)
def test_the_hour_is_one_instant_on_the_days_of_23_and_25_hours(day: date, hour: time, instant: datetime) -> None:
    reader = Reader(User(zone="Europe/Berlin", digest_at=hour), Side.VENDOR, day)

    assert reader.moment(day) == instant


def test_an_hour_that_comes_twice_brings_one_mail(world: World) -> None:
    # Sao Paulo's people would work on this Sunday in Berlin if it were a Monday: the operator reads every day.
    User.objects.filter(pk=world.cast.operator.pk).update(zone="Europe/Berlin", digest_at=time(2, 30))
    sunday = date(2025, 10, 26)

    for minute in (30, 90, 150):
        reader = next(
            r for r in readers_due(at(sunday, 0) + timedelta(minutes=minute)) if r.user == world.cast.operator
        )
        world.morning(reader.user, reader.local_date, now=at(sunday, 0) + timedelta(minutes=minute))

    assert Message.objects.filter(recipient=world.cast.operator).count() == 1


def test_a_monday_mail_gathers_the_weekend_and_says_so(world: World) -> None:
    for number in range(6):
        world.ran(day=WEDNESDAY + number * DAY)
    world.morning(world.manager, WEDNESDAY + 2 * DAY)
    world.breach(at=at(SATURDAY, 1))
    world.breach(world.cast.levels["A-2/ACCURACY"], at=at(MONDAY, 1))

    message = world.morning(world.manager, MONDAY).message

    assert message.subject == "2 new breaches: Brightline, Cobalt – Mon 10 Nov"
    assert "This covers the nights from Sat 8 Nov to Mon 10 Nov." in message.text


def test_somebody_with_two_organisations_gets_one_mail(world: World) -> None:
    Membership.objects.create(
        user=world.manager, organisation=Organisation.objects.get(name="Zenith"), role=Role.CLIENT_MANAGER
    )
    world.ran()
    world.ran("America/New_York", day=WEDNESDAY - DAY)
    world.breach()
    world.breach(world.cast.levels["Z-1/ACCURACY"])

    assert "Brightline, Delta" in world.morning(world.manager).message.subject


def test_the_beat_writes_each_mail_once(world: World, time_machine) -> None:
    world.ran()
    world.breach()
    time_machine.move_to(MORNING, tick=False)

    queue_due_digests()
    queue_due_digests()

    assert set(Message.objects.values_list("recipient__email", flat=True)) >= {"acme-manager@example.com"}
    assert Edition.objects.filter(reader=world.manager).count() == 1


def test_a_quiet_morning_is_looked_at_once_and_what_comes_later_waits_for_the_next(world: World) -> None:
    world.ran()
    assert world.morning(world.manager).outcome == Edition.Outcome.EMPTY
    world.breach(at=MORNING + timedelta(hours=3))

    assert world.morning(world.manager, now=MORNING + timedelta(hours=4)) is None
    assert not Message.objects.exists()


def test_one_readers_mail_that_cannot_be_written_keeps_nobody_elses(world: World, time_machine) -> None:
    world.ran()
    world.breach()
    world.standing(world.level, last_closed=world.verdict(world.level, "met"), history=[{"broken": True}])
    world.breach(world.cast.levels["A-2/ACCURACY"])
    User.objects.filter(email__startswith="cobalt").update(zone="Europe/Berlin")
    time_machine.move_to(MORNING, tick=False)

    queue_due_digests()

    assert "cobalt-manager@example.com" in Message.objects.values_list("recipient__email", flat=True)
    assert not Message.objects.filter(recipient=world.manager).exists()


def test_a_breach_found_before_the_reader_joined_is_no_news(world: World) -> None:
    world.ran()
    world.breach(at=NIGHT_ENDED - 5 * DAY)

    assert world.morning(world.manager).outcome == Edition.Outcome.EMPTY
