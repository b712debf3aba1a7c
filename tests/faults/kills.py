"""Kills this very process at a named place, as a power cut would: nothing is flushed, closed or answered.

The product knows nothing of it. Places are found on Django's database connections and around the web application:

    at REQUEST                    before the application sees a request
    before INSERT metrics_batch   before a statement of that verb (INSERT, UPDATE, DELETE) on that table
    after INSERT metrics_batch    after it
    before COMMIT metrics_batch   before the commit of a transaction that wrote to that table
    after COMMIT metrics_batch    after it, and before what waits for the commit
    at REPLY                      when the answer is made and not yet sent
    after UPDATE metrics_run #2   the second time that this place is reached in this process

The place stands in the file that `KILL_FILE` names; the first one that is reached kills. Rows that PostgreSQL takes by
COPY pass no statement here: their place is the one after the statement before, or before the one that follows.
"""

import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from bpo import asgi, wsgi

WRITE = re.compile(r'\s*(INSERT|UPDATE|DELETE)(?: OR IGNORE)?(?: INTO| FROM)? "?(\w+)"?')
ARMED = Path(os.environ.get("KILL_FILE", "/nonexistent"))
REACHED: Counter[str] = Counter()


def kill_at(place: str) -> None:
    """End the process here if this is the armed place."""
    REACHED[place] += 1
    armed, _hash, number = (ARMED.read_text(encoding="utf-8") if ARMED.exists() else "").partition(" #")
    if armed == place and REACHED[place] == int(number or REACHED[place]):
        os.kill(os.getpid(), signal.SIGKILL)


class Statements:
    """Watches the statements and commits of one connection."""

    def __init__(self) -> None:
        self.tables: set[str] = set()

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        write = WRITE.match(sql)
        if write is None:
            return execute(sql, params, many, context)
        verb, table = write.groups()
        self.tables.add(table)
        kill_at(f"before {verb} {table}")
        result = execute(sql, params, many, context)
        kill_at(f"after {verb} {table}")
        return result


def watch_connection(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Watch a new connection; one that was lost and comes back is watched already."""
    if not any(isinstance(wrapper, Statements) for wrapper in connection.execute_wrappers):
        connection.execute_wrappers.append(Statements())


def commit(connection: BaseDatabaseWrapper) -> None:
    """Commit, with a place before and after for each table that the transaction wrote to."""
    watching = next(wrapper for wrapper in connection.execute_wrappers if isinstance(wrapper, Statements))
    tables, watching.tables = watching.tables, set()
    for table in tables:
        kill_at(f"before COMMIT {table}")
    COMMIT(connection)
    for table in tables:
        kill_at(f"after COMMIT {table}")


def with_places(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The desk as a web server calls it, with a place at each end."""
    kill_at("at REQUEST")
    answer = list(wsgi.application(environ, start_response))
    kill_at("at REPLY")
    return answer


application = asgi.serve(with_places)
COMMIT = BaseDatabaseWrapper._commit


def install() -> None:
    """Watch every connection that this process opens from now on."""
    connection_created.connect(watch_connection, dispatch_uid="kills")
    BaseDatabaseWrapper._commit = commit
