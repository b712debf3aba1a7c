"""Operators are told of a problem once when it has lasted a moment and once when it is over, by mail and webhook."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, OperationalError

from bpo.heartbeats import BEAT, Pulse, record_heartbeat
from bpo.models import Heartbeat
from reports.models import Alarm, Message
from reports.services.alarms import LOOK_EVERY, Watch
from reports.system_health.conditions import KINDS, Condition
from reports.system_health.examining import SystemHealth

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 11, 5, 12, tzinfo=UTC)
BEAT_IS_SILENT = "Beat: the last sign of life is 3 minutes old."


class Installation:
    """An installation with the problems that a test gives it, watched by a clock that the test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.problems, self.posted, self.webhook_takes = NOW, {}, [], True
        self.watch = Watch(Pulse())
        monkeypatch.setattr("reports.services.alarms.examine_system", self.examine)
        monkeypatch.setattr("reports.services.alarms.call", self.take)

    def examine(self, now: datetime) -> SystemHealth:
        rows = [Condition(KINDS[name], problem=text) for name, text in self.problems.items()]
        if "database" not in self.problems:
            rows.insert(0, Condition(KINDS["database"]))
        return SystemHealth(now, tuple(rows), (), {})

    def take(self, url: str, body: dict) -> bool:
        if self.webhook_takes:
            self.posted.append(body)
        return self.webhook_takes

    def look_for(self, **length: float) -> None:
        """Look as often as the watch does in that time."""
        until = self.now + timedelta(**length)
        while self.now <= until:
            self.watch.look(self.now)
            self.now += LOOK_EVERY

    @property
    def states(self) -> list[str]:
        return [body["state"] for body in self.posted]


@pytest.fixture
def installation(cast, monkeypatch, settings) -> Installation:
    settings.ALARM_WEBHOOK_URL = "https://chat.example.com/hook"
    return Installation(monkeypatch)


@pytest.fixture
def mails() -> Callable[[], list[str]]:
    def subjects() -> list[str]:
        return list(Message.objects.filter(kind="alarm").order_by("pk").values_list("subject", flat=True))

    return subjects


def test_a_problem_is_told_once_within_a_minute(installation, mails, cast):
    installation.problems["beat"] = BEAT_IS_SILENT

    installation.look_for(minutes=1)
    installation.look_for(hours=1)

    assert mails() == [f"Problem: {BEAT_IS_SILENT}"]
    assert Message.objects.get().recipient == cast.operator
    assert Message.objects.get().queued_at == NOW + LOOK_EVERY
    assert installation.states == ["problem"]


def test_its_end_is_told_once(installation, mails):
    installation.problems["beat"] = BEAT_IS_SILENT
    installation.look_for(minutes=5)
    installation.problems.clear()
    installation.look_for(hours=1)

    assert mails() == [f"Problem: {BEAT_IS_SILENT}", f"Over: {BEAT_IS_SILENT}"]
    assert installation.states == ["problem", "over"]


def test_what_is_seen_once_is_not_told(installation, mails):
    installation.problems["broker"] = "The broker does not answer."
    installation.look_for(seconds=0)
    installation.problems.clear()
    installation.look_for(minutes=10)

    assert (mails(), installation.posted, Alarm.objects.count()) == ([], [], 0)


def test_a_problem_that_comes_and_goes_is_told_once(installation, mails):
    for _ in range(10):
        installation.problems["broker"] = "The broker does not answer."
        installation.look_for(minutes=1)
        installation.problems.clear()
        installation.look_for(minutes=1)

    assert len(mails()) == 1


def test_a_problem_that_comes_again_after_its_end_is_told_again(installation, mails):
    for _ in range(2):
        installation.problems["beat"] = BEAT_IS_SILENT
        installation.look_for(minutes=1)
        installation.problems.clear()
        installation.look_for(minutes=5)

    assert installation.states == ["problem", "over", "problem", "over"]
    assert len(mails()) == 4


def test_each_problem_is_told_for_itself(installation):
    installation.problems |= {"beat": BEAT_IS_SILENT, "disk": "9 MB are free."}
    installation.look_for(minutes=1)

    assert [body["condition"] for body in installation.posted] == ["beat", "disk"]


def test_two_watches_tell_once(installation, mails):
    installation.problems["beat"] = BEAT_IS_SILENT
    other = Watch(Pulse())
    for _ in range(10):
        other.look(installation.now)
        installation.look_for(seconds=0)

    assert (len(mails()), installation.states) == (1, ["problem"])


def test_a_watch_that_is_started_anew_tells_nothing_twice(installation, mails):
    installation.problems["beat"] = BEAT_IS_SILENT
    installation.look_for(minutes=1)
    installation.watch = Watch(Pulse())
    installation.look_for(minutes=1)

    assert (len(mails()), installation.states) == (1, ["problem"])


def test_a_webhook_that_is_away_is_told_later_and_in_order(installation):
    installation.webhook_takes = False
    installation.problems["beat"] = BEAT_IS_SILENT
    installation.look_for(minutes=5)
    installation.problems.clear()
    installation.look_for(minutes=5)
    assert installation.posted == []

    installation.webhook_takes = True
    installation.look_for(seconds=0)
    assert installation.states == ["problem", "over"]


def test_what_the_webhook_is_sent_says_what_and_since_when_and_what_to_do(installation):
    installation.problems["beat"] = BEAT_IS_SILENT
    installation.look_for(minutes=1)

    assert installation.posted == [
        {
            "text": f"127.0.0.1: Problem: {BEAT_IS_SILENT} Start beat, and read its log for why it ended.",
            "desk": "http://127.0.0.1:8000",
            "condition": "beat",
            "state": "problem",
            "problem": BEAT_IS_SILENT,
            "since": "2025-11-05T12:00:00+00:00",
            "remedy": "Start beat, and read its log for why it ended.",
        }
    ]


def test_a_database_that_does_not_answer_is_told_by_webhook_alone_and_its_end_by_mail_too(installation, mails):
    installation.problems["database"] = "The database does not answer."
    installation.look_for(minutes=10)
    assert (installation.states, mails()) == (["problem"], [])

    installation.problems.clear()
    installation.look_for(minutes=5)
    assert installation.states == ["problem", "over"]
    assert mails() == ["Over: The database did not answer."]


def test_a_database_that_is_lost_while_alarms_are_written_is_told_too(installation, monkeypatch):
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr("reports.services.alarms.note_problems", refuse)
    monkeypatch.setattr("reports.services.alarms.connection.close", lambda: None)
    installation.look_for(minutes=2)

    assert installation.states == ["problem"]


def test_a_lock_that_others_hold_is_no_lost_database(installation, monkeypatch):
    def wait_in_vain(*_args: object, **_kwargs: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr("reports.services.alarms.note_problems", wait_in_vain)
    monkeypatch.setattr("reports.services.alarms.connection.close", lambda: None)
    installation.look_for(minutes=2)

    assert installation.posted == []


def test_a_restart_of_the_database_within_half_a_minute_is_not_told(installation):
    installation.problems["database"] = "The database does not answer."
    installation.look_for(seconds=0)
    installation.problems.clear()
    installation.look_for(minutes=5)

    assert installation.posted == []


def test_only_the_operators_whom_the_settings_name_are_mailed(installation, mails, settings):
    settings.ALARM_MAIL_TO = ["Somebody.Else@example.com"]
    installation.problems["beat"] = BEAT_IS_SILENT
    installation.look_for(minutes=1)

    assert mails() == []


def test_nobody_is_mailed_where_the_settings_say_so(installation, mails, settings):
    settings.ALARM_MAIL_TO = ["none"]
    installation.problems["beat"] = BEAT_IS_SILENT
    installation.look_for(minutes=1)

    assert (mails(), installation.states) == ([], ["problem"])


def test_the_mail_says_since_when_what_to_do_and_where_to_look(installation):
    installation.problems["beat"] = BEAT_IS_SILENT
    installation.look_for(minutes=1)
    mail = Message.objects.get()

    for part in (mail.text, mail.html):
        assert "Wed 5 Nov 2025, 12:00 (UTC)" in part
        assert "Start beat, and read its log for why it ended." in part
        assert "http://127.0.0.1:8000/system-health" in part


def test_the_watch_shows_that_it_is_alive(installation):
    installation.look_for(seconds=0)

    assert Heartbeat.objects.get(name="watch").at == NOW


def test_beat_that_dies_is_told_within_two_minutes_of_its_limit(cast, mails, monkeypatch):
    monkeypatch.setattr("bpo.probes.broker_answers", lambda: True)
    record_heartbeat(BEAT, at=NOW)
    watch, limit = Watch(Pulse()), NOW + timedelta(minutes=2)
    for number in range(8):
        watch.look(NOW + number * LOOK_EVERY)

    told = Message.objects.get(subject__startswith="Problem: Beat")
    assert limit < told.queued_at <= limit + timedelta(minutes=2)


def test_the_command_looks_once(cast, monkeypatch):
    monkeypatch.setattr("bpo.probes.broker_answers", lambda: True)
    call_command("watch", "--once")

    assert Alarm.objects.filter(condition="beat", told_at=None).exists()
