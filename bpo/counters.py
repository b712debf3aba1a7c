"""Counts within a minute or another interval, exact however many threads, processes and machines add to them.

With a Redis or Valkey server the desk counts there, in one atomic script. An embedded desk is one machine and counts in
a small file beside its data; a machine falls back on that file while the server does not answer. The main database is
not used: a count must not wait for a batch that is being written.
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

INTERVAL = timedelta(minutes=1)
# A server that failed is asked again after this pause, so that not every request waits for its time-out.
PAUSE_SECONDS = 5
SERVER_TIMEOUT = 0.25
DELETE_EVERY = 1000

log = structlog.get_logger("desk.counters")


@dataclass(frozen=True, slots=True)
class Count:
    """How much was counted under a name in its current interval, and how long that still lasts."""

    hits: int
    left: timedelta


class FileCounters:
    """Counters of one machine, in a file that its processes share and that may be lost."""

    COUNT = """
        INSERT INTO counters (name, hits, ends_at) VALUES (:name, :more, :now + :interval)
        ON CONFLICT (name) DO UPDATE SET
            hits = CASE WHEN ends_at <= :now THEN :more ELSE hits + :more END,
            ends_at = CASE WHEN ends_at <= :now THEN :now + :interval ELSE ends_at END
        RETURNING hits, ends_at"""
    LOOK = "SELECT hits, ends_at FROM counters WHERE name = :name AND ends_at > :now"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.Lock()
        self.connection: sqlite3.Connection | None = None
        self.asked = 0

    def count(self, more: Mapping[str, int], *, now: datetime, interval: timedelta = INTERVAL) -> dict[str, Count]:
        """Add to each name's counter, in one transaction; nothing is added to a name with 0."""
        began = now.timestamp()
        with self.lock:
            connection = self.connection or self._open()
            connection.execute("BEGIN IMMEDIATE" if any(more.values()) else "BEGIN")
            try:
                counts = {}
                for name, number in more.items():
                    given = {"name": name, "more": number, "now": began, "interval": interval.total_seconds()}
                    row = connection.execute(self.COUNT if number else self.LOOK, given).fetchone()
                    hits, ends_at = row or (0, began + interval.total_seconds())
                    counts[name] = Count(hits, timedelta(seconds=ends_at - began))
                self.asked += 1
                if self.asked % DELETE_EVERY == 0:
                    connection.execute("DELETE FROM counters WHERE ends_at <= ?", [began])
            finally:
                connection.execute("COMMIT")
        return counts

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=2, isolation_level=None, check_same_thread=False)
        # Nothing here has to survive a power cut, so that nothing waits for the disk.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, hits INTEGER, ends_at REAL)")
        self.connection = connection
        return connection


class SharedCounters:
    """Counters of all machines, on the server that they share; its clock ends the intervals."""

    SCRIPT = """
        local answer = {}
        for place, name in ipairs(KEYS) do
            local more = tonumber(ARGV[place + 1])
            local hits = more ~= 0 and redis.call('INCRBY', name, more) or tonumber(redis.call('GET', name) or '0')
            local left = redis.call('PTTL', name)
            if left < 0 then
                left = tonumber(ARGV[1])
                if more ~= 0 then redis.call('PEXPIRE', name, left) end
            end
            answer[2 * place - 1], answer[2 * place] = hits, left
        end
        return answer"""

    def __init__(self, url: str) -> None:
        server = redis.Redis.from_url(
            url, socket_timeout=SERVER_TIMEOUT, socket_connect_timeout=SERVER_TIMEOUT, retry=None
        )
        self.script = server.register_script(self.SCRIPT)

    def count(self, more: Mapping[str, int], *, interval: timedelta = INTERVAL) -> dict[str, Count]:
        """Add to each name's counter in one script."""
        length = int(interval.total_seconds() * 1000)
        answer = self.script(keys=[f"desk:counter:{name}" for name in more], args=[length, *more.values()])
        pairs = zip(answer[::2], answer[1::2], strict=True)
        return {name: Count(hits, timedelta(milliseconds=left)) for name, (hits, left) in zip(more, pairs, strict=True)}


@dataclass
class Counters:
    """The server's counts while it answers, otherwise this machine's."""

    server: SharedCounters | None
    file: FileCounters
    silent_until: float = 0.0

    def count(self, more: Mapping[str, int], *, now: datetime, interval: timedelta = INTERVAL) -> dict[str, Count]:
        """Add to each name's counter; a number below 0 takes back.

        Where nothing can be counted, the counts are 0 and nothing is refused.
        """
        if self.server is not None and time.monotonic() >= self.silent_until:
            try:
                return self.server.count(more, interval=interval)
            except redis.RedisError as error:
                self.silent_until = time.monotonic() + PAUSE_SECONDS
                log.warning("counting_on_this_machine_alone", error=type(error).__name__)
        try:
            return self.file.count(more, now=now, interval=interval)
        except sqlite3.Error as error:
            log.error("nothing_is_counted", error=str(error))
            return {name: Count(0, interval) for name in more}


@cache
def counters() -> Counters:
    """Return this process's counters."""
    url = settings.COUNTERS_URL
    return Counters(SharedCounters(url) if url else None, FileCounters(Path(settings.VAR_DIR) / "counters.sqlite3"))


def whole_seconds(left: timedelta) -> int:
    """Return the seconds to wait, rounded up, at least 1."""
    return max(1, -(-left // timedelta(seconds=1)))
