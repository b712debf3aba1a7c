"""`manage.py migrate`: the live database, then the sandbox of test keys; `--database` names one of them."""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands.migrate import Command as Migrate
from django.db import DEFAULT_DB_ALIAS, connections

from bpo import append_only, row_security
from bpo.database_shape import find_missing_migrations, refuse_unknown_shape
from bpo.sandbox import SANDBOX


class Command(Migrate):
    help = "Bring the tables of the live database and of the sandbox to what this version needs."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database=None)

    def get_check_kwargs(self, options: dict[str, Any]) -> dict[str, Any]:
        return {**super().get_check_kwargs(options), "databases": databases_of(options)}

    def handle(self, *args: Any, **options: Any) -> None:
        for alias in databases_of(options):
            refuse_unknown_shape(alias)
        is_first = not options["database"] and all(map(is_new_file, databases_of(options)))
        for alias in databases_of(options):
            if alias == SANDBOX:
                create_sandbox_schema()
            with append_only.removed(connections[alias]) if changes_tables(alias, options) else nullcontext():
                super().handle(*args, **{**options, "database": alias})
                if is_first and alias == DEFAULT_DB_ALIAS:
                    # Before the triggers, of which the sandbox has none.
                    copy_to_sandbox()
            if alias == DEFAULT_DB_ALIAS and not options["plan"] and not options["check_unapplied"]:
                append_only.install(connections[alias])
                try:
                    row_security.install(connections[alias])
                except row_security.NotReadyError as refusal:
                    raise CommandError(str(refusal)) from refusal


def changes_tables(alias: str, options: Mapping[str, object]) -> bool:
    """Whether tables of the record are about to be changed, or may be."""
    only_looks = options["plan"] or options["check_unapplied"]
    return alias == DEFAULT_DB_ALIAS and not only_looks and bool(options["app_label"] or find_missing_migrations())


def databases_of(options: dict[str, Any]) -> list[str]:
    """Return the alias that is named, or both, the live database first."""
    return [options["database"]] if options["database"] else [DEFAULT_DB_ALIAS, SANDBOX]


def is_new_file(alias: str) -> bool:
    """Whether a database of SQLite has no table yet."""
    connection = connections[alias]
    return connection.vendor == "sqlite" and not connection.introspection.table_names()


def copy_to_sandbox() -> None:
    """Make the sandbox of a new desk a copy of its database, which is faster than to migrate it, too."""
    live, sandbox = connections[DEFAULT_DB_ALIAS], connections[SANDBOX]
    live.ensure_connection()
    sandbox.ensure_connection()
    live.connection.backup(sandbox.connection)


def create_sandbox_schema() -> None:
    """Create the schema of the sandbox where PostgreSQL lacks it; SQLite creates its file by itself."""
    connection = connections[SANDBOX]
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s)", [SANDBOX])
        if cursor.fetchone()[0] is None:
            cursor.execute(f"CREATE SCHEMA {SANDBOX}")
