"""Inserts many rows at once: by COPY on PostgreSQL, by one prepared statement elsewhere.

The ORM would make an object and a parameter of every cell; here each cell is adapted once.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice, repeat
from typing import Any

from django.db import connection, models

from bpo.fields import ExactDecimalField

Adapter = Callable[[Any], object]
Columns = Mapping[str, "Sequence[object] | repeat[object]"]
NULL = r"\N"
LINES_AT_ONCE = 500
# After so many reads the connection's buffers are full, and there is time for one step of other work.
READS_AHEAD = 6
NOTHING: Iterator[None] = iter(())


def insert_many(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Insert rows whose values stand in the order of the named fields; a related row by its key."""
    adapters = [adapter_of(model._meta.get_field(name)) for name in names]
    columns = [list(map(adapt, values)) for adapt, values in zip(adapters, zip(*rows, strict=True), strict=False)]
    if columns:
        insert_columns(model, dict(zip(names, columns, strict=True)))


def insert_columns(model: type[models.Model], columns: Columns, meanwhile: Iterator[None] = NOTHING) -> None:
    """Insert rows given column by column, their cells as the database takes them; a `repeat` stands for all rows.

    While the database is busy with many of them, steps of other work may be done.
    """
    names = ", ".join(connection.ops.quote_name(model._meta.get_field(name).column) for name in columns)
    table = connection.ops.quote_name(model._meta.db_table)
    has_many_rows = any(not isinstance(column, repeat) and len(column) > 1 for column in columns.values())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and has_many_rows:
            lines = map("\t".join, zip(*map(_texts, columns.values()), strict=False))
            # Its errors become Django's, which the cursor itself does not do.
            with connection.wrap_database_errors:
                cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", _Lines(lines, meanwhile))
            return
        places = ", ".join(["%s"] * len(columns))
        rows = list(zip(*columns.values(), strict=False))
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)  # noqa: S608


def reserve_key(model: type[models.Model]) -> int:
    """Return the primary key of a row that is inserted later in this transaction; its table never loses a row."""
    if connection.vendor != "postgresql":
        return (model._base_manager.aggregate(last=models.Max("pk"))["last"] or 0) + 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [model._meta.db_table])
        key: int = cursor.fetchone()[0]
    return key


class _Lines:
    """Rows as a file of lines, made while the database is busy with earlier ones."""

    def __init__(self, rows: Iterator[str], meanwhile: Iterator[None]) -> None:
        self.rows = rows
        self.meanwhile = meanwhile
        self.reads = 0

    def read(self, _size: int = -1) -> str:
        self.reads += 1
        if self.reads % READS_AHEAD == 0:
            next(self.meanwhile, None)
        lines = list(islice(self.rows, LINES_AT_ONCE))
        return "\n".join([*lines, ""]) if lines else ""


def _texts(column: "Sequence[Any] | repeat[Any]") -> Iterable[str]:
    """A column as COPY reads it."""
    if isinstance(column, repeat):
        return repeat(_text(next(column)))
    kinds = set(map(type, column))
    if kinds == {str}:
        joined = "".join(column)
        return column if joined.isprintable() and "\\" not in joined else map(_text, column)
    return map(str if kinds == {int} else _text, column)


def _text(value: object) -> str:
    """A value as COPY reads it."""
    if value is None:
        return NULL
    if isinstance(value, str):
        return value.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")
    if isinstance(value, bool):
        return "t" if value else "f"
    return value.isoformat() if isinstance(value, date) else str(value)


def adapter_of(field: models.Field) -> Adapter:
    """Return the function that adapts values of this field for the database."""
    if isinstance(field, ExactDecimalField):
        return lambda value: None if value is None else int(value.scaleb(6))
    if isinstance(field, models.JSONField):
        return lambda value: json.dumps(value, ensure_ascii=False)
    if connection.vendor == "sqlite" and isinstance(field, models.DateTimeField):
        return connection.ops.adapt_datetimefield_value
    if connection.vendor == "sqlite" and isinstance(field, models.DateField):
        return connection.ops.adapt_datefield_value
    return lambda value: value
