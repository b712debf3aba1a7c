"""The shadow: a second database of the same shape, in which test keys try things out.

Inside `in_shadow()` this thread's default connection is the shadow's, so that everybody's code works on it without
knowing. Nothing outside reads it: pages, mails, nights and money need no rule about test data.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

SHADOW = "shadow"
_record: ContextVar[BaseDatabaseWrapper | None] = ContextVar("record", default=None)


def shadow_settings(record: Mapping[str, Any]) -> dict[str, Any]:
    """Where the shadow of a database lies: a file beside SQLite's, a schema of its own within PostgreSQL's."""
    options = dict(record.get("OPTIONS", {}))
    if str(record["ENGINE"]).endswith("sqlite3"):
        file = Path(str(record["NAME"]))
        name = file.with_name(f"{file.stem}-{SHADOW}{file.suffix}")
        return {**record, "NAME": str(name), "OPTIONS": options, "TEST": {"MIGRATE": False}}
    # The record's schema is not on the path: a table that the shadow lacks is an error, never the real one.
    options["options"] = f"{options.get('options', '')} -c search_path={SHADOW}".strip()
    return {**record, "OPTIONS": options, "TEST": {"MIGRATE": False}}


@contextmanager
def in_shadow() -> Iterator[None]:
    """All that this thread reads and writes inside is the shadow's."""
    if is_in_shadow():
        yield
        return
    record = connections[DEFAULT_DB_ALIAS]
    token = _record.set(record)
    connections[DEFAULT_DB_ALIAS] = connections[SHADOW]
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = record
        _record.reset(token)


@contextmanager
def on_record() -> Iterator[None]:
    """Back on the record for a moment, for what is the record's business even where a test key asks."""
    record = _record.get()
    if record is None:
        yield
        return
    shadow, token = connections[DEFAULT_DB_ALIAS], _record.set(None)
    connections[DEFAULT_DB_ALIAS] = record
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = shadow
        _record.reset(token)


def is_in_shadow() -> bool:
    """Whether this thread works on the shadow now."""
    return _record.get() is not None
