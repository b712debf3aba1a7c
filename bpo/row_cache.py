"""Objects made from a query's rows, and made anew only where the rows are no longer those they were made from.

To put a query into words and to make its objects takes longer than to ask it. The rows are read every time, so that
nothing stale is used; whoever gets the objects shares them with others, and only reads their columns.
"""

from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from bpo.sandbox import is_in_shadow

Rows = list[tuple[Any, ...]]
Made = TypeVar("Made")


class Kept(Generic[Made]):
    """So many things made from queries, each known by a key that stands for its query."""

    def __init__(self, make: Callable[[QuerySet], Made], *, most: int = 2_000) -> None:
        self._make = make
        self._most = most
        self._queries: dict[Hashable, tuple[str, tuple[Any, ...]]] = {}
        self._made: dict[Hashable, tuple[Rows, Made]] = {}

    def get(self, key: Hashable, query: Callable[[], QuerySet]) -> Made:
        """What is made of the query's rows as they are now."""
        place = (key, is_in_shadow())
        try:
            rows = self._rows(place, query)
        except EmptyResultSet:
            return self._make(query())
        kept = self._made.get(place)
        if kept is not None and kept[0] == rows:
            return kept[1]
        made = self._make(query())
        # What changed between the two is not kept, since nobody knows of which rows it was made.
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
