"""The weekly proof of life: a Monday never is silent, unless nothing is going on at all."""

from datetime import UTC, date, datetime

import pytest

from metrics.models.breaches import Breach
from metrics.models.runs import Run
from metrics.models.verdicts import Verdict
from reports.models import Edition, Message
from reports.tests.conftest import DAY, NIGHT_ENDED, World

MONDAY = date(2025, 11, 24)
Status = Verdict.Status


@pytest.fixture
def quiet_week(world: World) -> World:
    """A week after a mail of Monday the 17th, in which nothing changed; one breach is open."""
    for number in range(8):
        world.ran(day=MONDAY - number * DAY)
    met = world.verdict(world.level, Status.MET, judged_at=NIGHT_ENDED)
    world.standing(world.level, last_closed=met)
    answered = world.breach(world.cast.levels["A-2/ACCURACY"], at=datetime(2025, 11, 17, 1, tzinfo=UTC))
    Breach.objects.filter(pk=answered.pk).update(cause="Two people were ill", state=Breach.State.CAUSE)
    world.morning(world.manager, MONDAY - 7 * DAY)
    return world


def test_a_quiet_monday_says_that_nothing_changed_and_that_every_night_ran(quiet_week: World) -> None:
    message = quiet_week.morning(quiet_week.manager, MONDAY).message

    assert message.subject == "Nothing new since Mon 17 Nov, 1 breach open – weekly check, Mon 24 Nov"
    assert "Every night since Mon 17 Nov was evaluated. Nothing changed." in message.text
    assert "1 service level in force: 1 met." in message.text
    assert "Cobalt, 7 days" in message.text


def test_nights_that_did_not_run_are_named(quiet_week: World) -> None:
    Run.objects.filter(local_date=MONDAY - 3 * DAY).delete()

    message = quiet_week.morning(quiet_week.manager, MONDAY).message

    assert "Not evaluated since Mon 17 Nov: the nights of Fri 21 Nov." in message.text
    assert message.subject == "1 night not evaluated since Mon 17 Nov, 1 breach open – weekly check, Mon 24 Nov"


def test_a_quiet_tuesday_is_silent(quiet_week: World) -> None:
    quiet_week.ran(day=MONDAY + DAY)
    quiet_week.morning(quiet_week.manager, MONDAY)

    assert quiet_week.morning(quiet_week.manager, MONDAY + DAY).outcome == Edition.Outcome.EMPTY


def test_a_monday_with_news_brings_the_news_alone(quiet_week: World) -> None:
    quiet_week.breach(at=datetime(2025, 11, 24, 1, tzinfo=UTC))

    message = quiet_week.morning(quiet_week.manager, MONDAY).message

    assert message.subject.startswith("New breach: ACCURACY")
    assert "Nothing changed" not in message.text


def test_where_nothing_was_reported_for_ninety_days_even_monday_is_silent(world: World) -> None:
    world.ran(day=MONDAY)
    world.standing(world.level, last_closed=world.verdict(world.level, Status.MET, starts_on=date(2025, 7, 1)))

    assert world.morning(world.manager, MONDAY).outcome == Edition.Outcome.EMPTY
    assert not Message.objects.exists()
