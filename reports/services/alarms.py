"""Tells operators of problems of the installation: once when one has lasted a moment, and once when it is over.

Mails go through the outbox. The webhook is called by the watch itself, since mails may be the problem.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from bpo.callbacks import call
from bpo.database_errors import is_lock_error
from bpo.heartbeats import WATCH, Pulse
from bpo.mail import desk_host
from bpo.models import User
from reports.links import link
from reports.models import Alarm, Message
from reports.services.queueing import queue_once
from reports.system_health.conditions import DATABASE, KINDS, Condition
from reports.system_health.examining import examine_system

# The watch looks every half minute: what it sees twice is told, so that within two minutes somebody knows.
LOOK_EVERY = timedelta(seconds=30)
TELL_AFTER = timedelta(seconds=25)
# What was well for so long is over; what comes and goes is told once.
OVER_AFTER = timedelta(minutes=2)
NOBODY = "none"


@dataclass
class Watch:
    """Looks at the installation again and again; it remembers only a database that does not answer."""

    pulse: Pulse
    away_since: datetime | None = None
    is_away_told: bool = False

    def look(self, now: datetime) -> None:
        """Look once, open and end alarms, and tell operators."""
        self.pulse.beat(WATCH, at=now)
        health = examine_system(now)
        database = next(row for row in health.conditions if row.kind is DATABASE)
        try:
            if database.is_ok:
                note_problems(health.problems, now=now)
                self.note_outage(now)
                tell_webhook(now=now)
                return
        except (DatabaseError, InterfaceError) as error:
            connection.close()
            if is_lock_error(error):
                return
        self.tell_outage(database, now)

    def tell_outage(self, database: Condition, now: datetime) -> None:
        """Tell the webhook of a database that does not answer, once; nothing else can be told without it."""
        self.away_since = self.away_since or now
        if not self.is_away_told and now - self.away_since >= TELL_AFTER:
            problem = database.problem or _("The database does not answer.")
            body = message_of(DATABASE.name, "problem", problem, self.away_since, str(DATABASE.remedy))
            self.is_away_told = post(body)

    def note_outage(self, now: datetime) -> None:
        """The database is back: what was told of it becomes an alarm like the others, which ends as they do."""
        if self.away_since and self.is_away_told:
            problem = _("The database did not answer.")
            columns = {"problem": problem, "began_at": self.away_since, "told_at": now, "posted_at": now}
            Alarm.objects.get_or_create(condition=DATABASE.name, ended_at=None, defaults=columns)
        self.away_since, self.is_away_told = None, False


@transaction.atomic
def note_problems(problems: Collection[Condition], *, now: datetime) -> None:
    """Bring the alarms to what was seen now, and queue the mails of those that begin or are over."""
    running = {alarm.condition: alarm for alarm in Alarm.objects.select_for_update().filter(ended_at=None)}
    for condition in problems:
        alarm = running.pop(condition.name, None) or Alarm.objects.create(
            condition=condition.name, problem=condition.problem[:300], began_at=now
        )
        alarm.problem, alarm.well_since = condition.problem[:300], None
        if alarm.told_at is None and now - alarm.began_at >= TELL_AFTER:
            alarm.told_at = now
            queue_mails(alarm, now=now)
        alarm.save()
    for alarm in running.values():
        if alarm.told_at is None:
            alarm.delete()
            continue
        alarm.well_since = alarm.well_since or now
        if now - alarm.well_since >= OVER_AFTER:
            alarm.ended_at = now
            queue_mails(alarm, now=now)
        alarm.save()


def queue_mails(alarm: Alarm, *, now: datetime) -> None:
    """Queue a mail to each operator who is told: that a problem has begun, or that it is over."""
    is_over = alarm.ended_at is not None
    kind = KINDS[alarm.condition]
    subject = _("Over: %(problem)s") if is_over else _("Problem: %(problem)s")
    context = {
        "subject": subject % {"problem": alarm.problem},
        "alarm": alarm,
        "host": desk_host(),
        "remedy": kind.remedy,
        "url": link("system-health"),
    }
    for person in people_told():
        queue_once(
            person,
            kind=Message.Kind.ALARM,
            cause=f"{alarm.pk} {'over' if is_over else 'problem'}",
            name="alarm",
            context=context,
            facts={},
            now=now,
        )


def people_told() -> list[User]:
    """The operators who are mailed: all of them, or those whom the settings name."""
    people = User.objects.active().filter(is_operator_admin=True).order_by("pk")
    named = [address.lower() for address in settings.ALARM_MAIL_TO]
    if named == [NOBODY]:
        return []
    return list(people.filter(email__in=named) if named else people)


def tell_webhook(*, now: datetime) -> None:
    """Call the webhook for what it has not taken yet, in order; what it does not take now it is offered again."""
    if not settings.ALARM_WEBHOOK_URL:
        return
    untold = Q(posted_at=None) | Q(ended_at__isnull=False, end_posted_at=None)
    for alarm in Alarm.objects.filter(untold, told_at__isnull=False, told_at__gt=now - timedelta(days=1)).order_by(
        "pk"
    ):
        for column, state in (("posted_at", "problem"), ("end_posted_at", "over")):
            if getattr(alarm, column) or (state == "over" and alarm.ended_at is None):
                continue
            remedy = str(KINDS[alarm.condition].remedy) if state == "problem" else ""
            # Of two watches one calls.
            mine = Alarm.objects.filter(pk=alarm.pk, **{column: None}).update(**{column: now})
            if mine and not post(message_of(alarm.condition, state, alarm.problem, alarm.began_at, remedy)):
                Alarm.objects.filter(pk=alarm.pk).update(**{column: None})
                return


def message_of(condition: str, state: str, problem: str, since: datetime, remedy: str) -> dict[str, object]:
    """Return what the webhook is sent; `text` is what chat programs show."""
    word = _("Over") if state == "over" else _("Problem")
    return {
        "text": f"{desk_host()}: {word}: {problem} {remedy}".strip(),
        "desk": settings.BASE_URL,
        "condition": condition,
        "state": state,
        "problem": problem,
        "since": since.isoformat(),
        "remedy": remedy,
    }


def post(body: dict[str, object]) -> bool:
    """Call the webhook; where there is none, nothing is left to do."""
    return not settings.ALARM_WEBHOOK_URL or call(settings.ALARM_WEBHOOK_URL, body)
