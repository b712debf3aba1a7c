"""Examines the installation: every named condition, the workers that live, and the versions that run.

The readiness of the desk, its metrics, the operators' page and API, and their alarms all come from here.
"""

import platform
from dataclasses import dataclass
from datetime import datetime, timedelta

import celery
import django
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bpo import probes
from bpo.database_shape import find_missing_migrations
from bpo.heartbeats import BACKUP, BEAT, DROP_FOLDER, WATCH, WORKER, WORKERS_KEPT
from bpo.models import Heartbeat
from reports.system_health import conditions as kinds
from reports.system_health.conditions import Condition, Kind
from reports.system_health.lengths import in_words, seconds
from reports.system_health.work import (
    examine_mails,
    examine_nights,
    examine_queue,
    examine_record,
    waiting_since,
)

# A part that has not shown itself for so long does not work; tasks come every 20 seconds and last one minute at most.
SILENT_AFTER = timedelta(minutes=2)
# Sweepers find work within half a minute, also where its notification was lost.
WAITS_IN_VAIN_AFTER = timedelta(minutes=1)
# A dropped file is taken in within a few minutes.
DROPPED_WAIT = timedelta(minutes=30)
MOST_SECONDS_APART = 5
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class SystemHealth:
    """An installation at one moment; where the database does not answer, only what can be known without it."""

    at: datetime
    conditions: tuple[Condition, ...]
    workers: tuple[Heartbeat, ...]
    versions: dict[str, str]

    @property
    def is_ready(self) -> bool:
        return not any(condition.stops for condition in self.conditions)

    @property
    def problems(self) -> list[Condition]:
        return [condition for condition in self.conditions if not condition.is_ok]


def examine_system(now: datetime) -> SystemHealth:
    """Examine the installation by a given clock."""
    versions = {
        "desk": settings.DESK_VERSION,
        "python": platform.python_version(),
        "django": django.get_version(),
        "celery": celery.__version__,
    }
    without_database = [examine_broker(), examine_disk(), examine_files()]
    try:
        versions["database"] = probes.database_version()
        heartbeats = list(Heartbeat.objects.all())
        database = [
            Condition(kinds.DATABASE),
            examine_migrations(),
            *examine_parts({row.name: row for row in heartbeats}, now),
            *examine_queue(now),
            *examine_nights(now),
            *examine_mails(now),
            *examine_record(now),
            examine_drop_folder(next((row for row in heartbeats if row.name == DROP_FOLDER), None), now),
            examine_backup(next((row for row in heartbeats if row.name == BACKUP), None), now),
            examine_clock(),
        ]
    except (DatabaseError, InterfaceError):
        heartbeats = []
        database = [Condition(kinds.DATABASE, problem=_("The database does not answer."), stops=True)]
    workers = tuple(row for row in heartbeats if row.name.startswith(WORKER) and row.at > now - WORKERS_KEPT)
    return SystemHealth(now, (*database[:2], *without_database, *database[2:]), workers, versions)


def examine_parts(heartbeats: dict[str, Heartbeat], now: datetime) -> list[Condition]:
    """Whether beat and any worker live; without workers the desk is not ready once work waits."""
    beat, watch = heartbeats.get(BEAT), heartbeats.get(WATCH)
    last = max((row.at for name, row in heartbeats.items() if name.startswith(WORKER)), default=None)
    silence = examine_age(kinds.WORKERS, last, now, SILENT_AFTER, _("No worker has ever worked."))
    waits_in_vain = not silence.is_ok and min(waiting_since(now), default=now) <= now - WAITS_IN_VAIN_AFTER
    return [
        examine_age(kinds.BEAT, beat.at if beat else None, now, SILENT_AFTER, _("Beat has never run.")),
        examine_age(kinds.WATCH, watch.at if watch else None, now, SILENT_AFTER, _("The watch has never run.")),
        Condition(silence.kind, silence.value, silence.limit, silence.problem, stops=waits_in_vain),
    ]


def examine_age(kind: Kind, at: datetime | None, now: datetime, limit: timedelta, never: str) -> Condition:
    """Whether something happened within a time; a moment that lies as far ahead was written by a wrong clock."""
    if at is None:
        return Condition(kind, None, seconds(limit), never)
    age, problem = now - at, ""
    if age > limit:
        problem = _("%(name)s: the last sign of life is %(age)s old.") % {"name": kind.label, "age": in_words(age)}
    elif age < -limit:
        problem = _("%(name)s: a clock is %(age)s ahead.") % {"name": kind.label, "age": in_words(-age)}
    return Condition(kind, seconds(age), seconds(limit), problem)


def examine_migrations() -> Condition:
    missing = find_missing_migrations()
    sentence = ngettext(
        "The database lacks %(number)s migration: %(first)s.",
        "The database lacks %(number)s migrations; the first is %(first)s.",
        len(missing),
    )
    problem = sentence % {"number": len(missing), "first": missing[0]} if missing else ""
    return Condition(kinds.MIGRATIONS, len(missing), 0, problem, stops=bool(missing))


def examine_broker() -> Condition:
    answers = probes.broker_answers()
    problem = "" if answers else _("The broker does not answer: results are taken in and not judged.")
    return Condition(kinds.BROKER, problem=problem, stops=not answers)


def examine_disk() -> Condition:
    free = probes.free_bytes() // MEGABYTE
    sentence = _("%(free)s MB are free in VAR_DIR; at least %(least)s MB are wanted.")
    problem = sentence % {"free": free, "least": settings.DISK_FREE_MB} if free < settings.DISK_FREE_MB else ""
    return Condition(kinds.DISK, free, settings.DISK_FREE_MB, problem)


def examine_files() -> Condition:
    problem = "" if probes.can_store_files() else _("Files cannot be stored: uploads are refused, all else goes on.")
    return Condition(kinds.FILES, problem=problem)


def examine_drop_folder(last: Heartbeat | None, now: datetime) -> Condition:
    """Since when a file waits in the drop folder, or it could not be read."""
    if not settings.DROP_FOLDER:
        return Condition(kinds.DROP_FOLDER)
    if last is None:
        return Condition(kinds.DROP_FOLDER, None, seconds(DROPPED_WAIT), _("Nothing was ever read in it."))
    age, problem = now - last.at, ""
    if age > DROPPED_WAIT:
        problem = _("A file waits in it, or it cannot be read, for %(age)s.") % {"age": in_words(age)}
    return Condition(kinds.DROP_FOLDER, seconds(age), seconds(DROPPED_WAIT), problem)


def examine_backup(last: Heartbeat | None, now: datetime) -> Condition:
    """How old the last backup is that the desk knows of."""
    age = seconds(now - last.at) if last else None
    if not settings.BACKUP_MAX_AGE_HOURS:
        return Condition(kinds.BACKUP, age)
    limit = timedelta(hours=settings.BACKUP_MAX_AGE_HOURS)
    problem = ""
    if last is None:
        problem = _("There is no backup yet.")
    elif now - last.at > limit:
        problem = _("The last backup is %(age)s old.") % {"age": in_words(now - last.at)}
    return Condition(kinds.BACKUP, age, seconds(limit), problem)


def examine_clock() -> Condition:
    """How far this machine's clock and the database's are apart."""
    apart = probes.seconds_apart()
    sentence = _("The clocks of this machine and of the database are %(seconds)s seconds apart.")
    problem = sentence % {"seconds": abs(apart)} if abs(apart) > MOST_SECONDS_APART else ""
    return Condition(kinds.CLOCK, apart, MOST_SECONDS_APART, problem)
