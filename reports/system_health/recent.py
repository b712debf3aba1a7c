"""The state of the installation as of the last few seconds: however often it is asked for, it is examined rarely."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from bpo import row_security
from reports.system_health.examining import SystemHealth, examine_system

KEPT_FOR = timedelta(seconds=3)


@dataclass
class RecentHealth:
    """What this process found last; one thread examines, others that ask meanwhile wait for it."""

    last: SystemHealth | None = None
    lock: Lock = field(default_factory=Lock)

    def at(self, now: datetime) -> SystemHealth:
        with self.lock:
            if self.last is None or not timedelta() <= now - self.last.at < KEPT_FOR:
                # Of the whole installation, whoever asks.
                row_security.widen()
                self.last = examine_system(now)
            return self.last


RECENT = RecentHealth()
