"""Counts within a minute, exact however many threads, processes and machines add to them.

With a Redis or Valkey of its own the desk counts there, in one script that nothing can come between. An embedded desk
is one machine, and counts in a small file beside its data; the same file is what a machine falls back on while the
server does not answer. The database is left out of it: a count must not wait for a batch that is being written.
"""

import sqlite3
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import redis
import structlog
from django.conf import settings

WINDOW = timedelta(minutes=1)
# A server that failed is asked again after that, so that not every request waits for it to fail anew.
PAUSE_SECONDS = 5
PATIENCE_SECONDS = 0.25
FORGOTTEN_EVERY = 1000

log = structlog.get_logger("desk.windows")


@dataclass(frozen=True, slots=True)
class Count:
    """How much was counted under a name in its running window, and for how long that still runs."""

    hits: int
    left: timedelta


class FileWindows:
    """Counts of one machine, in a file that its processes share and that may be lost."""

    COUNT = """
        INSERT INTO windows (name, hits, ends_at) VALUES (:name, :more, :now + :window)
        ON CONFLICT (name) DO UPDATE SET
            hits = CASE WHEN ends_at <= :now THEN :more ELSE hits + :more END,
            ends_at = CASE WHEN ends_at <= :now THEN :now + :window ELSE ends_at END
        RETURNING hits, ends_at"""
    LOOK = "SELECT hits, ends_at FROM windows WHERE name = :name AND ends_at > :now"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.Lock()
        self.connection: sqlite3.Connection | None = None
        self.asked = 0

    def count(self, more: Mapping[str, int], *, now: datetime) -> dict[str, Count]:
        """Add to each name's window, all at once; nothing is added to a name with 0."""
        began = now.timestamp()
        with self.lock:
            connection = self.connection or self._open()
            connection.execute("BEGIN IMMEDIATE" if any(more.values()) else "BEGIN")
            try:
                counts = {name: self._one(connection, name, number, began) for name, number in more.items()}
                self.asked += 1
                if self.asked % FORGOTTEN_EVERY == 0:
                    connection.execute("DELETE FROM windows WHERE ends_at <= ?", [began])
            finally:
                connection.execute("COMMIT")
        return counts

    def forget(self) -> None:
        """Begin every count anew."""
        with self.lock:
            (self.connection or self._open()).execute("DELETE FROM windows")

    def _one(self, connection: sqlite3.Connection, name: str, more: int, began: float) -> Count:
        given = {"name": name, "more": more, "now": began, "window": WINDOW.total_seconds()}
        found = connection.execute(self.COUNT if more else self.LOOK, given).fetchone()
        hits, ends_at = found or (0, began + WINDOW.total_seconds())
        return Count(hits, timedelta(seconds=ends_at - began))

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=2, isolation_level=None, check_same_thread=False)
        # Nothing here has to survive a power cut, so that nothing waits for the disk.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("CREATE TABLE IF NOT EXISTS windows (name TEXT PRIMARY KEY, hits INTEGER, ends_at REAL)")
        self.connection = connection
        return connection


class ServerWindows:
    """Counts of all machines, on the server that they share; its clock ends the windows."""

    SCRIPT = """
        local told = {}
        for place, name in ipairs(KEYS) do
            local more = tonumber(ARGV[place + 1])
            local hits = more > 0 and redis.call('INCRBY', name, more) or tonumber(redis.call('GET', name) or '0')
            local left = redis.call('PTTL', name)
            if left < 0 then
                left = tonumber(ARGV[1])
                if more > 0 then redis.call('PEXPIRE', name, left) end
            end
            told[2 * place - 1], told[2 * place] = hits, left
        end
        return told"""

    def __init__(self, url: str) -> None:
        server = redis.Redis.from_url(
            url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS, retry=None
        )
        self.script = server.register_script(self.SCRIPT)

    def count(self, more: Mapping[str, int]) -> dict[str, Count]:
        """Add to each name's window in one script."""
        length = int(WINDOW.total_seconds() * 1000)
        told = self.script(keys=[f"desk:window:{name}" for name in more], args=[length, *more.values()])
        pairs = zip(told[::2], told[1::2], strict=True)
        return {name: Count(hits, timedelta(milliseconds=left)) for name, (hits, left) in zip(more, pairs, strict=True)}


class Windows:
    """The server's counts while it answers, otherwise this machine's."""

    def __init__(self, server: ServerWindows | None, file: FileWindows) -> None:
        self.server, self.file = server, file
        self.silent_until = 0.0

    def count(self, more: Mapping[str, int], *, now: datetime) -> dict[str, Count]:
        """Add to each name's window; where nothing can be counted at all, nothing is refused either."""
        if self.server is not None and time.monotonic() >= self.silent_until:
            try:
                return self.server.count(more)
            except redis.RedisError as error:
                self.silent_until = time.monotonic() + PAUSE_SECONDS
                log.warning("counting_on_this_machine_alone", error=type(error).__name__)
        try:
            return self.file.count(more, now=now)
        except sqlite3.Error as error:
            log.error("nothing_is_counted", error=str(error))
            return {name: Count(0, WINDOW) for name in more}


@cache
def windows() -> Windows:
    """This process's way to the counts."""
    url = settings.WINDOWS_URL
    return Windows(ServerWindows(url) if url else None, FileWindows(Path(settings.VAR_DIR) / "windows.sqlite3"))


def seconds_of(left: timedelta) -> int:
    """Whole seconds to wait, never none."""
    return max(1, -(-left // timedelta(seconds=1)))
