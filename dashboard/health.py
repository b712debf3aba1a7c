"""What has to be right for the desk to be ready: the database and the broker answer, and work does not wait in vain."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils.translation import gettext as _
from kombu.connection import Connection
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from bpo.celery import app
from metrics.models.verdicts import DirtyCell
from reports.models import Message

# Sweepers find work within half a minute, also where its notification was lost.
WAITS_IN_VAIN_AFTER = timedelta(minutes=1)
ANSWER_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of the desk, by name; the reason is empty while it is fulfilled."""

    name: str
    reason: str = ""

    @property
    def is_fulfilled(self) -> bool:
        return not self.reason


def examine_conditions(now: datetime) -> list[Condition]:
    """Return every condition that can be examined; workers only where database and broker answer."""
    database, broker = database_answers(), broker_answers()
    conditions = [
        Condition("database", "" if database else _("The database does not answer.")),
        Condition("broker", "" if broker else _("The broker does not answer: results are taken in and not judged.")),
    ]
    if database and broker:
        conditions.append(examine_workers(now))
    return conditions


def examine_workers(now: datetime) -> Condition:
    """Whether work waits and no worker is alive."""
    oldest = min(waiting_since(now), default=now)
    if oldest > now - WAITS_IN_VAIN_AFTER or worker_answers():
        return Condition("workers")
    sentence = _("No worker answers, and work has waited for %(minutes)s minutes.")
    return Condition("workers", sentence % {"minutes": (now - oldest) // timedelta(minutes=1)})


def waiting_since(now: datetime) -> Iterator[datetime]:
    """Since when the longest waiting work item and mail have waited."""
    queues = (
        DirtyCell.objects.filter(parked_at__isnull=True).order_by("dirty_since").values_list("dirty_since", flat=True),
        Message.objects.due(now).values_list("next_try_at", flat=True),
    )
    for queue in queues:
        yield from queue[:1]


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def broker_answers() -> bool:
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, "socket_timeout": ANSWER_SECONDS}
    try:
        with Connection(  # type: ignore[no-untyped-call]
            settings.CELERY_BROKER_URL, connect_timeout=1, transport_options=options
        ) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=1)
    except (OperationalError, OSError):
        return False
    return True


def worker_answers() -> bool:
    """Whether a worker answers over the broker; one that is busy with tasks does."""
    try:
        return bool(app.control.ping(timeout=ANSWER_SECONDS, limit=1))
    except (OperationalError, RedisError, OSError):
        return False
