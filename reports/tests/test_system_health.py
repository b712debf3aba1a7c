"""Each condition of the installation is examined by a given clock: what its value is, and when it is a problem."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError

from bpo.heartbeats import forget_workers, record_heartbeat
from bpo.models import Heartbeat
from metrics.models.runs import Run
from metrics.models.verdicts import DirtyCell
from metrics.tests.worlds import month, receive
from reports.models import Message, SendingStop
from reports.system_health.conditions import Condition
from reports.system_health.examining import SystemHealth, examine_system

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 11, 5, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
GIGABYTE = 10**9


@pytest.fixture(autouse=True)
def outside(monkeypatch, settings):
    """A broker that answers, a clock that is right and much free space, unless a test says otherwise."""
    settings.BACKUP_MAX_AGE_HOURS = 0
    answers = {"broker_answers": True, "free_bytes": 50 * GIGABYTE, "seconds_apart": 0}

    def answer(name: str, value: object) -> None:
        monkeypatch.setattr(f"bpo.probes.{name}", lambda: value)

    for name, value in answers.items():
        answer(name, value)
    return answer


@pytest.fixture
def alive(cast) -> None:
    """Beat, the watch and a worker that worked a moment ago."""
    record_heartbeat("beat", at=NOW - timedelta(seconds=10))
    record_heartbeat("watch", at=NOW - timedelta(seconds=10))
    record_heartbeat("worker celery@one", at=NOW - timedelta(seconds=5), detail="metrics.tasks.judge_work_items")


def condition(name: str, now: datetime = NOW) -> Condition:
    return next(row for row in examine_system(now).conditions if row.name == name)


def problems(health: SystemHealth) -> list[str]:
    return [row.name for row in health.problems]


def add_mail(cast, state: str, *, age: timedelta, **more: object) -> Message:
    at = NOW - age
    return Message.objects.create(
        recipient=cast.people["acme-manager"], kind=Message.Kind.DIGEST, cause=state, message_id=f"<{state}@desk>",
        state=state, queued_at=at, next_try_at=at, **more,
    )  # fmt: skip


def add_night(day: date, **columns: object) -> Run:
    started_at = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    return Run.objects.create(
        zone="Europe/Berlin", local_date=day, **{"state": Run.State.FINISHED, "started_at": started_at, **columns}
    )


def test_an_installation_whose_parts_work_has_no_problem_and_is_ready(alive):
    health = examine_system(NOW)

    assert (problems(health), health.is_ready) == ([], True)


def test_a_broker_that_does_not_answer_is_not_ready(alive, outside):
    outside("broker_answers", False)

    health = examine_system(NOW)

    assert (problems(health), health.is_ready) == (["broker"], False)


def test_a_database_that_does_not_answer_is_not_ready_and_hides_only_what_it_holds(alive, monkeypatch):
    def refuse() -> str:
        raise DatabaseError("gone")

    monkeypatch.setattr("bpo.probes.database_version", refuse)
    health = examine_system(NOW)

    assert [row.name for row in health.conditions] == ["database", "broker", "disk", "files"]
    assert (problems(health), health.is_ready) == (["database"], False)


def test_a_database_without_this_version_s_migrations_is_not_ready(alive, monkeypatch):
    monkeypatch.setattr("reports.system_health.examining.find_missing_migrations", lambda: ["bpo 0099_later"])
    health = examine_system(NOW)

    assert condition("migrations").problem == "The database lacks 1 migration: bpo 0099_later."
    assert not health.is_ready


def test_a_database_of_this_version_lacks_no_migration(db):
    assert condition("migrations").value == 0


def test_beat_that_is_silent_for_two_minutes_is_a_problem(alive):
    later = NOW + 2 * MINUTE

    assert condition("beat", later - timedelta(seconds=10)).is_ok
    assert condition("beat", later).problem == "Beat: the last sign of life is 2 minutes old."


def test_beat_that_never_ran_is_a_problem(db):
    assert condition("beat").problem == "Beat has never run."


def test_a_heartbeat_of_the_future_names_the_clock(alive):
    assert condition("beat", NOW - HOUR).problem == "Beat: a clock is 59 minutes ahead."


def test_workers_are_as_alive_as_the_one_that_worked_last(alive):
    record_heartbeat("worker celery@two", at=NOW - HOUR)

    assert (condition("workers").value, condition("workers").is_ok) == (5, True)


def test_silent_workers_are_a_problem_and_the_desk_is_ready_while_nothing_waits(alive):
    health = examine_system(NOW + 3 * MINUTE)

    assert (problems(health), health.is_ready) == (["beat", "watch", "workers"], True)


def test_the_desk_is_not_ready_while_work_waits_and_workers_are_silent(alive, cast):
    receive(cast.levels["A-1/ACCURACY"].feed, [month(date(2025, 1, 1), 80, 100)], at=NOW)

    assert examine_system(NOW + 3 * MINUTE).is_ready is False


def test_a_mail_that_waits_for_silent_workers_is_work(alive, cast):
    add_mail(cast, "queued", age=MINUTE)

    assert examine_system(NOW + 3 * MINUTE).is_ready is False


def test_work_of_a_moment_ago_does_not_wait_in_vain(alive, cast):
    later = NOW + 3 * MINUTE
    receive(cast.levels["A-1/ACCURACY"].feed, [month(date(2025, 1, 1), 80, 100)], at=later - timedelta(seconds=30))

    assert examine_system(later).is_ready is True


def test_a_work_item_that_waits_for_over_fifteen_minutes_is_a_problem(alive, cast):
    receive(cast.levels["A-1/ACCURACY"].feed, [month(date(2025, 1, 1), 80, 100)], at=NOW - 16 * MINUTE)

    assert condition("queue_waiting").problem == "The oldest work item has waited for 16 minutes."
    assert condition("queue_waiting", NOW - MINUTE).is_ok


def test_a_parked_work_item_is_a_problem_and_waits_for_no_worker(alive, cast):
    receive(cast.levels["A-1/ACCURACY"].feed, [month(date(2025, 1, 1), 80, 100)], at=NOW - HOUR)
    DirtyCell.objects.update(parked_at=NOW - 30 * MINUTE)

    assert problems(examine_system(NOW)) == ["queue_parked"]
    assert condition("queue_parked").problem == "1 work item could not be judged and is parked, since 30 minutes."


def test_a_night_that_has_not_begun_an_hour_after_its_time_is_late(alive):
    add_night(date(2025, 11, 4), finished_at=NOW - 34 * HOUR)

    assert condition("nights_late", datetime(2025, 11, 5, 1, 59, tzinfo=UTC)).is_ok
    late = condition("nights_late", datetime(2025, 11, 5, 2, 1, tzinfo=UTC))
    assert late.problem == "The last night has not finished in time in Europe/Berlin."


def test_a_night_that_runs_for_over_an_hour_is_late(alive):
    add_night(date(2025, 11, 5), state=Run.State.STARTED, started_at=NOW - 61 * MINUTE)

    assert problems(examine_system(NOW)) == ["nights_late"]


def test_a_last_night_with_failures_is_a_problem_until_a_good_one(alive):
    add_night(date(2025, 11, 5), state=Run.State.FAILED, finished_at=NOW - 10 * HOUR)
    assert problems(examine_system(NOW)) == ["nights_failed"]

    add_night(date(2025, 11, 6), finished_at=NOW)
    assert problems(examine_system(NOW)) == []


@pytest.mark.parametrize("state", ["queued", "claimed"])
def test_a_mail_that_waits_for_over_fifteen_minutes_is_a_problem(alive, cast, state):
    add_mail(cast, state, age=16 * MINUTE)

    assert condition("mails_pending").problem == "The oldest mail has waited for 16 minutes."
    assert condition("mails_pending", NOW - MINUTE).is_ok


def test_a_stop_of_the_sending_is_a_problem_with_its_reason(alive):
    SendingStop.objects.create(stopped_at=NOW - MINUTE, reason="530 Sign in first", next_try_at=NOW)

    assert condition("mails_stopped").problem == "No mail leaves: 530 Sign in first"
    assert condition("mails_stopped").value == 60


def test_a_mail_that_failed_is_a_problem_for_a_week(alive, cast):
    add_mail(cast, "failed", age=HOUR, claimed_at=NOW - HOUR)

    assert condition("mails_failed").problem == "1 mail failed within a week."
    assert condition("mails_failed", NOW + 7 * DAY).is_ok


def test_a_mail_in_doubt_is_a_problem_until_somebody_settles_it(alive, cast):
    mail = add_mail(cast, "in_doubt", age=30 * DAY)
    assert condition("mails_in_doubt").problem == "1 mail may have arrived or not."

    mail.state = Message.State.SENT
    mail.save()
    assert condition("mails_in_doubt").is_ok


def test_little_free_space_is_a_problem(alive, outside, settings):
    settings.DISK_FREE_MB = 1000
    assert condition("disk").is_ok

    outside("free_bytes", GIGABYTE - 1)
    assert condition("disk").problem == "999 MB are free in VAR_DIR; at least 1000 MB are wanted."


def test_a_desk_without_a_backup_says_so(alive, settings):
    settings.BACKUP_MAX_AGE_HOURS = 26

    assert condition("backup").problem == "There is no backup yet."


def test_a_backup_older_than_its_limit_is_a_problem(alive, settings):
    settings.BACKUP_MAX_AGE_HOURS = 26
    record_heartbeat("backup", at=NOW - 26 * HOUR)

    assert condition("backup").is_ok
    assert condition("backup", NOW + HOUR).problem == "The last backup is 27 hours old."


def test_backups_that_something_else_watches_over_are_no_problem(alive):
    assert (condition("backup").is_ok, condition("backup").value) == (True, None)


def test_a_clock_that_differs_from_the_database_s_is_a_problem(alive, outside):
    outside("seconds_apart", -6)

    assert condition("clock").problem == "The clocks of this machine and of the database are 6 seconds apart."


def test_versions_name_the_desk_and_what_it_runs_on(alive):
    assert set(examine_system(NOW).versions) == {"desk", "python", "django", "celery", "database"}


def test_heartbeats_of_workers_that_were_taken_away_are_deleted_after_a_day(alive):
    record_heartbeat("worker celery@old", at=NOW - 25 * HOUR)
    record_heartbeat("backup", at=NOW - 25 * HOUR)
    forget_workers(now=NOW)

    assert {*Heartbeat.objects.values_list("name", flat=True)} == {"backup", "beat", "watch", "worker celery@one"}


def test_a_worker_that_was_taken_away_is_shown_for_a_day(alive):
    record_heartbeat("worker celery@old", at=NOW - 23 * HOUR)

    assert [row.name for row in examine_system(NOW).workers] == ["worker celery@old", "worker celery@one"]
    assert [row.name for row in examine_system(NOW + HOUR).workers] == ["worker celery@one"]
