"""A cache of objects made from a query's rows, which are made again when the rows have changed.

Compiling a query and building its objects takes longer than running it. The rows are read every time, so that nothing
stale is used. Callers share the objects and must not change them.
"""

from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from bpo.sandbox import is_in_sandbox

Rows = list[tuple[Any, ...]]
Made = TypeVar("Made")


class RowCache(Generic[Made]):
    """Up to `most` objects made from queries, each found by a key that identifies its query."""

    def __init__(self, make: Callable[[QuerySet], Made], *, most: int = 2_000) -> None:
        self._make = make
        self._most = most
        self._queries: dict[Hashable, tuple[str, tuple[Any, ...]]] = {}
        self._made: dict[Hashable, tuple[Rows, Made]] = {}

    def get(self, key: Hashable, query: Callable[[], QuerySet]) -> Made:
        """Return what `make` returns for the query's current rows."""
        place = (key, is_in_sandbox())
        try:
            rows = self._rows(place, query)
        except EmptyResultSet:
            return self._make(query())
        cached = self._made.get(place)
        if cached is not None and cached[0] == rows:
            return cached[1]
        made = self._make(query())
        # If the rows changed in between, it is unknown of which it was made.
        if self._rows(place, query) == rows:
            self._made[place] = (rows, made)
        return made

    def _rows(self, place: Hashable, query: Callable[[], QuerySet]) -> Rows:
        if len(self._queries) > self._most:
            self._queries.clear()
            self._made.clear()
        asked = self._queries.get(place)
        if asked is None:
            asked = self._queries[place] = query().query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(*asked)
            return cursor.fetchall()
