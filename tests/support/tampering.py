"""What only the owner of the tables can do to the record, past its triggers."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from bpo.append_only import unguarded


@contextmanager
def as_owner() -> Iterator[None]:
    """Let the statements of a transaction change and delete what is otherwise only added to."""
    with transaction.atomic(), unguarded(connection):
        yield
