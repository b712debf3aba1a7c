"""The sandbox: a second database of the same shape, in which test keys try things out.

Inside `in_sandbox()` this thread's default connection is the sandbox's, so that the same code works on both
databases. Nothing outside reads it: pages, mails, nights and money need no rule about test data.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

SANDBOX = "sandbox"
_live_connection: ContextVar[BaseDatabaseWrapper | None] = ContextVar("live_connection", default=None)


def sandbox_settings(live: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of the sandbox: a file beside SQLite's, a schema of its own within PostgreSQL's database."""
    options = dict(live.get("OPTIONS", {}))
    if str(live["ENGINE"]).endswith("sqlite3"):
        file = Path(str(live["NAME"]))
        name = file.with_name(f"{file.stem}-{SANDBOX}{file.suffix}")
        return {**live, "NAME": str(name), "OPTIONS": options, "TEST": {}}
    # The live schema is not on the path: a table that the sandbox lacks is an error, never the live one.
    options["options"] = f"{options.get('options', '')} -c search_path={SANDBOX}".strip()
    return {**live, "OPTIONS": options, "TEST": {}}


@contextmanager
def in_sandbox() -> Iterator[None]:
    """Make this thread read and write the sandbox."""
    if is_in_sandbox():
        yield
        return
    with _default_connection(connections[SANDBOX], live=connections[DEFAULT_DB_ALIAS]):
        yield


@contextmanager
def on_live_database() -> Iterator[None]:
    """Make this thread read and write the live database again, for what belongs there even if a test key asks."""
    live = _live_connection.get()
    if live is None:
        yield
        return
    with _default_connection(live, live=None):
        yield


@contextmanager
def _default_connection(connection: BaseDatabaseWrapper, *, live: BaseDatabaseWrapper | None) -> Iterator[None]:
    """Put a connection in the place of this thread's default one, and remember the live one beside it."""
    before, token = connections[DEFAULT_DB_ALIAS], _live_connection.set(live)
    connections[DEFAULT_DB_ALIAS] = connection
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = before
        _live_connection.reset(token)


def is_in_sandbox() -> bool:
    return _live_connection.get() is not None
