"""A small database of a release as one compressed file that SQLite and PostgreSQL can load.

The first line names the release, its last migration of each app, and how many verdicts are final. Each further line is
a table, `{"model": "metrics.Verdict", "columns": […]}`, or a row of the table named last.
"""

import base64
import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps import apps
from django.apps.registry import Apps
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

# Django fills these by itself, or they hold what a browser remembers.
LEFT_OUT = {"admin", "auth", "contenttypes", "sessions"}
ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Sample:
    """What a sample file holds; `tables` are rows by the label of their model."""

    version: str
    migrations: Mapping[str, str]
    final_verdicts: int
    tables: Mapping[str, list[dict[str, Any]]]


def write_sample(path: Path, *, version: str, final_verdicts: int) -> None:
    """Write the current database; the same rows give the same bytes."""
    head = {"version": version, "migrations": last_migrations(), "final_verdicts": final_verdicts}
    lines = [json.dumps(head)]
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label in LEFT_OUT:
            continue
        columns = columns_of(model)
        lines.append(json.dumps({"model": model._meta.label, "columns": columns}))
        rows = model._base_manager.order_by("pk").values_list(*columns)
        lines += (json.dumps([written(value) for value in row], ensure_ascii=False) for row in rows.iterator())
    path.write_bytes(gzip.compress("\n".join(lines).encode(), 9, mtime=0))


def read_sample(path: Path) -> Sample:
    """The sample of a file; raises ValueError where a row has more or fewer values than its table has columns."""
    head, *lines = map(json.loads, gzip.decompress(path.read_bytes()).decode().split("\n"))
    tables: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        if isinstance(line, dict):
            table, columns = tables.setdefault(line["model"], []), line["columns"]
        else:
            table.append(dict(zip(columns, line, strict=True)))
    return Sample(**head, tables=tables)


def last_migrations() -> dict[str, str]:
    """The last migration of each app that has migrations."""
    return dict(sorted(MigrationLoader(None).graph.leaf_nodes()))


def columns_of(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def load_sample(sample: Sample) -> None:
    """Migrate the empty database to where the release stood, and put the sample's rows into it."""
    executor = MigrationExecutor(connection)
    targets = list(sample.migrations.items())
    executor.migrate(targets)
    historical = executor.loader.project_state(targets).apps
    with transaction.atomic():
        for label, rows in sample.tables.items():
            insert(historical.get_model(label), rows)
    restart_sequences(historical)


def insert(model: type[models.Model], rows: list[dict[str, Any]]) -> None:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    for field in fields.values():
        if isinstance(field, models.DateTimeField):
            field.auto_now = field.auto_now_add = False
    made = [model(**{name: read(fields[name], value) for name, value in row.items()}) for row in rows]
    model._base_manager.bulk_create(made, batch_size=ROWS_AT_ONCE)


def restart_sequences(historical: Apps) -> None:
    """Let PostgreSQL number new rows from the last loaded one on."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(historical.get_models())):
            cursor.execute(statement)


def written(value: Any) -> Any:
    """A column's value as JSON has it."""
    match value:
        case datetime() | date() | time():
            return value.isoformat()
        case Decimal() | UUID():
            return str(value)
        case bytes() | memoryview():
            return base64.b64encode(bytes(value)).decode()
    return value


def read(field: models.Field, value: Any) -> Any:
    """The value as the field of a model takes it."""
    return value if value is None or isinstance(field, models.JSONField) else field.to_python(value)


def verdict_rows(model: type[models.Model], columns: list[str]) -> Iterator[dict[str, Any]]:
    """The verdicts of the current database, written as the sample writes them."""
    for row in model._base_manager.order_by("pk").values(*columns):
        yield {name: written(value) for name, value in row.items()}
