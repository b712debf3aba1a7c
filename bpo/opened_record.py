"""The owner's way to change what is otherwise only added to: one transaction of a command, with an audit entry.

On PostgreSQL the triggers let only the role that owns the tables through, and only while this transaction says so.
SQLite has no roles: there they ask a function that each connection of the desk has; a program without it is refused.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, models, transaction

from bpo.append_only import unguarded
from bpo.changes import Changes, record_change


class RecordClosedError(Exception):
    """A process that serves people or works by itself tried to change the record."""


@contextmanager
def opened_record(*, actor: object, action: str, thing: models.Model, changes: Changes) -> Iterator[None]:
    """Let this transaction change kept rows, and record that it does, for both sides of the thing to read.

    Raises RecordClosedError outside of commands.
    """
    if settings.DESK_PROCESS != "command":
        raise RecordClosedError(
            f"Only a command of the owner may change the record; this is a {settings.DESK_PROCESS}."
        )
    with transaction.atomic():
        record_change(thing, actor=actor, changes=changes, action=action)
        with unguarded(connection):
            yield
