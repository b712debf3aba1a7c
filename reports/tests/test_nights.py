"""A mail waits for its night; where the night did not finish, the reader hears that instead."""

from datetime import UTC, datetime, timedelta

from metrics.models.runs import Run
from reports.models import Edition, Message
from reports.tests.conftest import DAY, MORNING, WEDNESDAY, World


def test_a_night_that_never_ran_is_told_instead_of_the_digest(world: World) -> None:
    world.ran(day=WEDNESDAY - DAY)
    world.breach()

    message = world.morning(world.manager).message

    assert message.kind == Message.Kind.RUN_FAILED
    assert message.subject == "Nightly evaluation did not finish – results are from Tue 4 Nov"
    assert "The night of Wed 5 Nov 2025 (Europe/Berlin) has not finished." in message.text
    assert "BR-" not in message.text


def test_a_night_that_is_stuck_counts_as_not_finished(world: World) -> None:
    world.ran(state=Run.State.STARTED, finished_at=None)

    assert world.morning(world.manager).message.kind == Message.Kind.RUN_FAILED


def test_what_a_failed_morning_kept_back_is_in_the_next_mail(world: World) -> None:
    world.breach()
    world.morning(world.manager)
    world.ran()
    world.ran(day=WEDNESDAY + DAY)

    assert world.morning(world.manager, WEDNESDAY + DAY).message.subject.startswith("New breach: ACCURACY")


def test_a_failed_night_brings_one_mail_even_when_it_finishes_later_that_day(world: World) -> None:
    world.morning(world.manager)
    world.ran()
    world.breach()

    assert world.morning(world.manager, now=MORNING + timedelta(hours=3)) is None
    assert Message.objects.filter(recipient=world.manager).count() == 1


def test_a_night_that_failed_in_part_names_what_it_could_not_judge(world: World) -> None:
    failure = {"service_level": world.level.public_id, "period": "2025-10", "error": "denominator is 0"}
    world.ran(state=Run.State.FAILED, failures=[failure])
    world.breach(world.cast.levels["A-2/ACCURACY"])

    message = world.morning(world.manager).message

    assert message.kind == Message.Kind.RUN_FAILED
    assert message.subject == "Nightly evaluation finished, but not for everything – 1 new breach"
    assert f"{world.level.public_id} ACCURACY, 2025-10: not judged; the operator of the desk knows why" in message.text
    assert "Cobalt" in message.text


def test_a_failure_of_somebody_elses_service_level_is_no_failure_of_mine(world: World) -> None:
    failure = {"service_level": world.cast.levels["A-2/ACCURACY"].public_id, "period": "2025-10", "error": "secret"}
    world.ran(state=Run.State.FAILED, failures=[failure])
    world.ran(day=WEDNESDAY - DAY)
    world.breach()

    # Wednesday 06:30 in Manila is before Wednesday's night in Berlin; so the vendor reads on Thursday of a later run.
    thursday = datetime(2025, 11, 5, 22, 30, tzinfo=UTC)
    message = world.morning(world.vendor, WEDNESDAY + DAY, now=thursday).message

    assert message.kind == Message.Kind.DIGEST
    assert "secret" not in message.text + message.html


def test_a_night_that_fell_due_a_moment_ago_is_waited_for(world: World) -> None:
    # 06:30 in Kolkata is 02:00 in Berlin, the night's own hour.
    world.manager.zone = "Asia/Kolkata"
    world.manager.save()

    assert world.morning(world.manager) is None
    assert not Edition.objects.exists()


def test_patience_ends_an_hour_after_the_night_was_due(world: World) -> None:
    world.manager.zone = "Asia/Kolkata"
    world.manager.save()

    edition = world.morning(world.manager, now=datetime(2025, 11, 5, 2, 0, tzinfo=UTC))

    assert edition.message.kind == Message.Kind.RUN_FAILED


def test_a_night_of_a_zone_where_the_reader_has_no_contract_is_not_waited_for(world: World) -> None:
    world.ran()

    assert world.morning(world.manager).outcome == Edition.Outcome.EMPTY


def test_operators_hear_of_every_zones_failure_and_of_nothing_else(world: World) -> None:
    world.ran()
    world.breach()

    message = world.morning(world.cast.operator, now=MORNING + timedelta(hours=3)).message

    assert message.kind == Message.Kind.RUN_FAILED
    assert "(America/New_York) has not finished" in message.text
    assert "(Europe/Berlin) has not finished" not in message.text
    assert "Brightline" not in message.text
    assert "/unsub/" not in message.text


def test_operators_hear_nothing_when_all_nights_finished(world: World) -> None:
    world.ran()
    world.ran("America/New_York", day=WEDNESDAY)
    world.breach()

    edition = world.morning(world.cast.operator, now=MORNING + timedelta(hours=3))

    assert edition.outcome == Edition.Outcome.EMPTY
