"""After an outage mails wait for the nights being caught up, name those missed, and say when all is well."""

from datetime import timedelta

import pytest
import time_machine

from metrics.models.runs import Run
from reports.models import Edition, Message
from reports.tasks import queue_due_digests
from reports.tests.conftest import DAY, MORNING, WEDNESDAY, World

MINUTE = timedelta(minutes=1)
THURSDAY = WEDNESDAY + DAY
TUESDAY, MONDAY = WEDNESDAY - DAY, WEDNESDAY - 2 * DAY
FAILED = "Nightly evaluation did not finish"


@pytest.fixture
def out(world: World) -> World:
    """The night of Monday ran; those of Tuesday and Wednesday did not, and the desk is started at the mail hour."""
    world.ran(day=MONDAY)
    return world


def words(message: Message) -> str:
    """The text of a mail as if its lines had no end."""
    return " ".join(message.text.split())


def begin(day, at=MORNING, **columns) -> Run:
    columns = {"state": Run.State.STARTED, "started_at": at, "is_late": True, **columns}
    return Run.objects.create(zone="Europe/Berlin", local_date=day, **columns)


def finish(day, at=MORNING) -> None:
    Run.objects.filter(local_date=day).update(state=Run.State.FINISHED, finished_at=at)


def test_the_first_task_after_an_outage_waits_for_the_nights_that_it_finds_due(out: World) -> None:
    with time_machine.travel(MORNING, tick=False):
        queue_due_digests()

    assert not Message.objects.exists()
    due = Run.objects.filter(state=Run.State.STARTED, zone="Europe/Berlin")
    assert list(due.order_by("local_date").values_list("local_date", flat=True)) == [TUESDAY, WEDNESDAY]


def test_a_mail_waits_for_a_night_that_is_being_caught_up(out: World) -> None:
    begin(WEDNESDAY)

    assert out.morning(out.manager, now=MORNING + 59 * MINUTE) is None


def test_it_waits_longer_while_an_earlier_night_goes_forward(out: World) -> None:
    begin(TUESDAY, claimed_at=MORNING + 115 * MINUTE)
    begin(WEDNESDAY)

    assert out.morning(out.manager, now=MORNING + 120 * MINUTE) is None


def test_it_does_not_wait_for_a_night_that_goes_forward_and_never_ends(out: World) -> None:
    begin(WEDNESDAY, claimed_at=MORNING + 300 * MINUTE)

    assert out.morning(out.manager, now=MORNING + 301 * MINUTE).message.subject.startswith(FAILED)


def test_a_mail_after_the_catch_up_says_nothing_of_a_failure(out: World) -> None:
    for day in (TUESDAY, WEDNESDAY):
        begin(day)
        finish(day, MORNING + MINUTE)
    out.breach(at=MORNING)

    message = out.morning(out.manager, now=MORNING + 2 * MINUTE).message

    assert message.kind == Message.Kind.DIGEST
    assert "finish" not in message.subject + message.text


def test_every_night_that_was_missed_is_named(out: World) -> None:
    message = out.morning(out.manager).message

    assert message.subject == f"{FAILED} – results are from Mon 3 Nov"
    assert (
        "The nights of Tue 4 Nov 2025 and Wed 5 Nov 2025 (Europe/Berlin) have not finished. "
        "No breach of them is in this mail." in words(message)
    )
    assert "What it could not judge stands as of the night of Mon 3 Nov 2025." in words(message)


def test_the_next_good_night_brings_an_all_clear_even_where_nothing_else_happened(out: World) -> None:
    out.morning(out.manager)
    for day in (TUESDAY, WEDNESDAY, THURSDAY):
        out.ran(day=day)

    message = out.morning(out.manager, THURSDAY).message

    assert message.kind == Message.Kind.DIGEST
    assert message.subject == "All clear: every night is evaluated – Thu 6 Nov"
    assert (
        "All clear: the nights of Tue 4 Nov 2025 and Wed 5 Nov 2025 (Europe/Berlin), which an earlier mail named, "
        "are evaluated now." in words(message)
    )
    assert "All clear" in message.html


def test_an_all_clear_comes_once(out: World) -> None:
    out.morning(out.manager)
    for number in range(4):
        out.ran(day=TUESDAY + number * DAY)
    out.morning(out.manager, THURSDAY)

    assert out.morning(out.manager, THURSDAY + DAY).outcome == Edition.Outcome.EMPTY


def test_an_all_clear_stands_above_what_the_nights_found(out: World) -> None:
    out.morning(out.manager)
    for day in (TUESDAY, WEDNESDAY, THURSDAY):
        out.ran(day=day)
    out.breach()

    message = out.morning(out.manager, THURSDAY).message

    assert message.subject.startswith("New breach: ACCURACY")
    assert words(message).startswith("All clear: the nights of Tue 4 Nov 2025 and Wed 5 Nov 2025")


def test_a_mail_that_failed_needs_no_all_clear(out: World) -> None:
    out.morning(out.manager)
    Message.objects.update(state=Message.State.FAILED)
    for day in (TUESDAY, WEDNESDAY, THURSDAY):
        out.ran(day=day)

    assert "All clear" not in str(Message.objects.exclude(state=Message.State.FAILED).values_list("text"))
    assert out.morning(out.manager, THURSDAY).outcome == Edition.Outcome.EMPTY


def test_operators_get_the_all_clear_too(out: World) -> None:
    late = MORNING + 180 * MINUTE
    out.morning(out.cast.operator, now=late)
    for day in (TUESDAY, WEDNESDAY, THURSDAY):
        out.ran(day=day)
        out.ran("America/New_York", day=day)

    message = out.morning(out.cast.operator, THURSDAY, now=late + DAY).message

    assert message.subject == "All clear: every night is evaluated – Thu 6 Nov"
    assert "(America/New_York)" in message.text


@pytest.mark.parametrize("side", ["manager", "vendor"])
def test_no_party_reads_the_text_of_an_exception(out: World, side: str) -> None:
    error = "KeyError: 'rows of Cobalt'"
    failure = {"service_level": out.level.public_id, "period": "2025-10", "error": error}
    out.ran(state=Run.State.FAILED, failures=[failure])

    message = out.morning(getattr(out, side), now=MORNING + 60 * MINUTE).message

    assert "KeyError" not in message.text + message.html
    assert message.subject == "Nightly evaluation finished, but not for everything – 1 failure"
    assert "finished at 02:14, but not for everything." in words(message)


def test_an_operator_reads_it(out: World) -> None:
    failure = {"service_level": out.level.public_id, "period": "2025-10", "error": "KeyError: 'x'"}
    out.ran(state=Run.State.FAILED, failures=[failure])

    assert "KeyError: 'x'" in out.morning(out.cast.operator, now=MORNING + 180 * MINUTE).message.text
