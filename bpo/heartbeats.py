"""Signs of life: when beat, each worker and the watch last worked, and when the last backup succeeded.

They are rows of the database, since the broker may be what is wrong.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError

from bpo.models import Heartbeat

BEAT, WATCH, BACKUP, WORKER = "beat", "watch", "backup", "worker "
# Since when the oldest file waits that was dropped; while none does, when that was last seen.
DROP_FOLDER = "drop folder"
# A process writes at most one heartbeat in this time.
EVERY = timedelta(seconds=20)
# A worker that was taken away for good is shown for so long.
WORKERS_KEPT = timedelta(days=1)

log = structlog.get_logger("desk.heartbeats")


def record_heartbeat(name: str, *, at: datetime, detail: str = "") -> None:
    """Write that a part of the desk worked at a moment, and what it did, over what it wrote before."""
    row = Heartbeat(name=name[:120], at=at, detail=detail[:200], version=settings.DESK_VERSION)
    columns = ["at", "detail", "version"]
    Heartbeat.objects.bulk_create([row], update_conflicts=True, unique_fields=["name"], update_fields=columns)


def forget_workers(*, now: datetime) -> None:
    """Delete the heartbeats of workers that were taken away."""
    Heartbeat.objects.filter(name__startswith=WORKER, at__lt=now - WORKERS_KEPT).delete()


@dataclass
class Pulse:
    """The heartbeats of one process; a database that is away only silences them."""

    written_at: datetime | None = None

    def beat(self, name: str, *, at: datetime, detail: str = "") -> None:
        if self.written_at and abs(at - self.written_at) < EVERY:
            return
        self.written_at = at
        try:
            record_heartbeat(name, at=at, detail=detail)
        except (DatabaseError, InterfaceError) as error:
            log.warning("heartbeat_not_written", part=name, error=f"{type(error).__name__}: {error}"[:300])
