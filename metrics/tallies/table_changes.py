"""Rows that differ from what a feed's table holds: to read the past, or what results would mean if they were stored."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
from django.db import connection
from django.db.models import Field, JSONField, QuerySet
from django.db.models.sql.datastructures import BaseTable

from bpo.bulk import Adapter, adapter_of
from contracts.models.service_levels import Feed
from metrics.models.results import NIL, RESULT_TABLES, Result, SupersededResult, kind_of_key
from metrics.models.verdicts import LateArrival

# The batch of rows that no batch has brought yet.
NO_BATCH = 0
KEYS_AT_ONCE = 500
# What a changed table is made of: the rows of the table itself, and those that are put in.
STORED, ADDED = "stored", "added"


@dataclass(frozen=True)
class TableChanges:
    """Keys of one feed's rows that are left out, and rows, not to be saved, that are put in.

    Where a row is put in for a stored one, that one's key is left out too.
    """

    feed: Feed
    left_out: Collection[str]
    put_in: Sequence[Result]
    is_nil: bool = False

    @property
    def kind(self) -> str:
        """Which table is changed: the feed's, or that of nil reports."""
        return NIL if self.is_nil else self.feed.kind

    @cached_property
    def keys_json(self) -> str:
        return msgspec.json.encode(list(self.left_out)).decode()

    @cached_property
    def rows_json(self) -> str:
        """The rows put in, each an object of its columns as the database takes them."""
        fields = RESULT_TABLES[self.kind]._meta.concrete_fields
        columns = [(field.column, field.attname, json_adapter_of(field)) for field in fields]
        rows = [{column: adapt(getattr(row, name)) for column, name, adapt in columns} for row in self.put_in]
        return msgspec.json.encode(rows).decode()


class ChangedTable(BaseTable):
    """A table of results in the FROM clause: its rows without the keys left out, the rows put in, or both.

    Keys and rows are one parameter each, however many they are, and indexes still serve the table itself.
    """

    def __init__(
        self, model: type[Result], alias: str | None, changes: Collection[TableChanges], parts: Collection[str]
    ) -> None:
        super().__init__(model._meta.db_table, alias)
        self.model = model
        self.changes = changes
        self.parts = parts

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        table, alias = (compiler.quote_name_unless_alias(name) for name in (self.table_name, self.table_alias))
        fields = self.model._meta.concrete_fields
        columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
        if connection.vendor == "postgresql":
            keys = "SELECT json_array_elements_text(%s::json)"
            added = f"SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s::json)"  # noqa: S608
        else:
            keys = "SELECT value FROM json_each(%s)"
            cells = ", ".join(
                f"json_extract(value, '$.{field.column}') AS {connection.ops.quote_name(field.column)}"
                for field in fields
            )
            added = f"SELECT {cells} FROM json_each(%s)"  # noqa: S608 - names of columns
        selects, values = [], []
        if STORED in self.parts:
            left_out = [change for change in self.changes if change.left_out]
            # Ids, which every index holds: by their keys each row of the table would have to be looked up.
            ids = f"id NOT IN (SELECT id FROM {table} WHERE feed_id = %s AND key IN ({keys}))"  # noqa: S608
            where = f" WHERE {' AND '.join([ids] * len(left_out))}" if left_out else ""
            selects.append(f"SELECT {columns} FROM {table}{where}")  # noqa: S608
            values += [value for change in left_out for value in (change.feed.pk, change.keys_json)]
        if ADDED in self.parts:
            selects += [added] * len(self.changes)
            values += [change.rows_json for change in self.changes]
        return f"({' UNION ALL '.join(selects)}) {alias}", values

    def relabeled_clone(self, change_map: dict[str, str]) -> "ChangedTable":
        alias = change_map.get(self.table_alias, self.table_alias)
        return ChangedTable(self.model, alias, self.changes, self.parts)


def json_adapter_of(field: Field) -> Adapter:
    """How JSON carries a value of this field to the database."""
    in_json = isinstance(field, JSONField) and connection.vendor == "postgresql"
    return (lambda value: value) if in_json else adapter_of(field)


def results_of(
    kind: str, changes: Iterable[TableChanges] = (), parts: Collection[str] = (STORED, ADDED)
) -> QuerySet[Result]:
    """The results of all feeds of a kind, with those of the changes that concern it; or a part of them."""
    model = RESULT_TABLES[kind]
    rows = model.objects.order_by()
    concerned = [change for change in changes if change.kind == kind]
    if concerned:
        rows.query.join(ChangedTable(model, None, concerned, parts))
    return rows


def without_arrivals(feed: Feed, arrivals: Iterable[LateArrival]) -> list[TableChanges]:
    """The feed's rows as they were before those late arrivals: what they brought is left out, what they changed is as
    it was before the first change.
    """
    first: dict[str, int] = {}
    for arrival in sorted(arrivals, key=lambda arrival: arrival.pk):
        first.setdefault(arrival.key, arrival.batch_id)
    keys: dict[str, list[str]] = {feed.kind: [], NIL: []}
    rows: dict[str, list[Result]] = {feed.kind: [], NIL: []}
    for key in first:
        keys[kind_of_key(feed, key)].append(key)
    for kind, changed in keys.items():
        model = RESULT_TABLES[kind]
        for place in range(0, len(changed), KEYS_AT_ONCE):
            earlier = SupersededResult.objects.filter(feed=feed, key__in=changed[place : place + KEYS_AT_ONCE])
            for row in earlier:
                if row.superseded_by_id == first[row.key]:
                    content = {name: model._meta.get_field(name).to_python(text) for name, text in row.content.items()}
                    rows[kind].append(
                        model(feed=feed, key=row.key, revision=row.revision, batch_id=row.batch_id, **content)
                    )
    return [TableChanges(feed, keys[kind], rows[kind], kind == NIL) for kind in keys if keys[kind]]
