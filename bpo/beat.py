"""When beat sends what: everything once it starts, and then after each interval, whatever the clock does."""

from datetime import UTC, datetime

import structlog
from celery import beat
from django.db import close_old_connections

from bpo.heartbeats import BEAT, Pulse

log = structlog.get_logger("desk.beat")
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Scheduler(beat.Scheduler):  # type: ignore[misc]
    """A schedule in memory: every task may run at any time, so that nothing has to be remembered over a restart.

    A clock that is set back leaves tasks that were sent in the future. Celery would send them again only once the clock
    has caught up; here they are due at once.
    """

    def setup_schedule(self) -> None:
        super().setup_schedule()
        self.pulse = Pulse()
        for entry in self.schedule.values():
            entry.last_run_at = LONG_AGO

    def tick(self, *args: object, **kwargs: object) -> float:
        now = self.app.now()
        close_old_connections()
        self.pulse.beat(BEAT, at=now)
        for entry in [entry for entry in self.schedule.values() if entry.last_run_at > now]:
            entry.last_run_at = LONG_AGO
            self._heap = None
        pause: float = super().tick(*args, **kwargs)
        return pause

    def apply_entry(self, entry: beat.ScheduleEntry, producer: object = None) -> None:
        """Send a task; where the broker is away, the next one is sent after the interval."""
        try:
            self.apply_async(entry, producer=producer, advance=False)
        except beat.SchedulingError as error:
            log.error("task_not_sent", task=entry.task, error=str(error))
