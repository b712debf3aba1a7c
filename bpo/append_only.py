"""Triggers that refuse to delete and to change rows of the kept tables, on both databases.

`manage.py migrate` removes them before it changes tables and makes them anew after it: a migration of SQLite that
copies a table would lose them in silence. The sandbox of test keys has none, since nothing in it is a record.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

from bpo.kept_tables import KEPT_TABLES, KeptTable

# The rows that are to be linked into a chain; its table belongs to `record`.
QUEUE = "record_unlinked"
# On SQLite a function of the desk's own connections, on PostgreSQL a setting; see bpo/opened_record.py.
IS_OPEN = "record_is_open"
Triggers = dict[tuple[str, str], str]
REFUSAL = "rows are added, never changed or deleted"
REFUSE = f"""
    CREATE OR REPLACE FUNCTION %(name)s() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF %(allowed)s OR (current_setting('desk.{IS_OPEN}', true) = 'on'
            AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE')) THEN
            RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
        END IF;
        RAISE EXCEPTION '%%: {REFUSAL}', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END $$;
"""
ENQUEUE = f"""
    CREATE OR REPLACE FUNCTION kept_queue() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        EXECUTE format('INSERT INTO {QUEUE} (kind, row_id, since) SELECT %L, id, clock_timestamp() FROM added %s',
                       TG_ARGV[0], TG_ARGV[1]);
        RETURN NULL;
    END $$;
    CREATE OR REPLACE FUNCTION kept_queue_row() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO {QUEUE} (kind, row_id, since) VALUES (TG_ARGV[0], NEW.id, clock_timestamp());
        RETURN NULL;
    END $$;
"""
FUNCTIONS = REFUSE % {"name": "kept_refuse", "allowed": "false"} + ENQUEUE


def install(connection: BaseDatabaseWrapper) -> bool:
    """Make the triggers anew where one is missing or of another version; return whether that was so."""
    statements = triggers(connection)
    if installed(connection) == marks(connection, statements):
        return False
    remove(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(FUNCTIONS)
        for (table, name), statement in statements.items():
            cursor.execute(statement)
            if connection.vendor == "postgresql":
                cursor.execute(f"COMMENT ON TRIGGER {name} ON {table} IS %s", [mark(statement)])
    return True


def remove(connection: BaseDatabaseWrapper) -> None:
    """Remove all of the triggers."""
    on_table = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        for table, name in installed(connection):
            cursor.execute(f"DROP TRIGGER {name} ON {table}" if on_table else f"DROP TRIGGER {name}")


@contextmanager
def removed(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Migrate the tables without the triggers, which are there again afterwards, even if a migration fails."""
    remove(connection)
    try:
        yield
    finally:
        install(connection)


def let_triggers_ask(*, connection: BaseDatabaseWrapper, **_signal: object) -> None:
    """Give a new connection to SQLite the function that the triggers ask: the record is closed."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(IS_OPEN, 0, lambda: 0)


@contextmanager
def unguarded(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Let statements of a transaction on this connection through. Commands use `opened_record`, which records it."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            connection.connection.create_function(IS_OPEN, 0, lambda: 1)
            try:
                yield
            finally:
                connection.connection.create_function(IS_OPEN, 0, lambda: 0)
        else:
            # It ends with the transaction, and with the savepoint where one is rolled back.
            cursor.execute(f"SELECT set_config('desk.{IS_OPEN}', 'on', true)")
            yield
            cursor.execute(f"SELECT set_config('desk.{IS_OPEN}', 'off', true)")


def find_missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of the triggers that are missing, switched off, or not as this version makes them."""
    existing = installed(connection, enabled=True)
    wanted = marks(connection, triggers(connection))
    return [name for (table, name), text in wanted.items() if existing.get((table, name)) != text]


def installed(connection: BaseDatabaseWrapper, *, enabled: bool = False) -> Triggers:
    """Return the triggers that are there, by table and name: their text, or on PostgreSQL the digest of it."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT tbl_name, name, sql FROM sqlite_schema WHERE type = 'trigger' AND name GLOB 'kept_*'"
            )
        else:
            cursor.execute(
                "SELECT relname, tgname, COALESCE(obj_description(t.oid, 'pg_trigger'), '') FROM pg_trigger t"
                " JOIN pg_class c ON c.oid = tgrelid WHERE relnamespace = 'public'::regnamespace"
                " AND starts_with(tgname, 'kept_') AND (NOT %s OR tgenabled IN ('O', 'A'))",
                [enabled],
            )
        return {(table, name): text for table, name, text in cursor.fetchall()}


def triggers(connection: BaseDatabaseWrapper) -> Triggers:
    """Return the statements that make the triggers, by table and name, for the tables and columns that there are."""
    tables = set(connection.introspection.table_names())
    found: Triggers = {}
    for kept in KEPT_TABLES:
        if kept.table in tables:
            with connection.cursor() as cursor:
                columns = [row.name for row in connection.introspection.get_table_description(cursor, kept.table)]
            make = _on_sqlite if connection.vendor == "sqlite" else _on_postgresql
            found |= {
                (kept.table, name): statement
                for name, statement in make(kept, columns)
                if QUEUE in tables or "_queue" not in name
            }
    return found


def marks(connection: BaseDatabaseWrapper, statements: Triggers) -> Triggers:
    """Return what `installed` finds where the triggers are as these statements make them."""
    on_sqlite = connection.vendor == "sqlite"
    return {key: statement if on_sqlite else mark(statement) for key, statement in statements.items()}


def mark(statement: str) -> str:
    """Return what the comment of a trigger says of PostgreSQL, which does not keep its text."""
    return hashlib.sha256((FUNCTIONS + statement).encode()).hexdigest()


def forbidden_change(kept: KeptTable, columns: Iterable[str], differs: str) -> str:
    """Return the condition, over OLD and NEW, of an update that is refused."""
    terms = []
    for column in columns:
        change = f'(OLD."{column}" {differs} NEW."{column}")'
        allowed = kept.may_change.get(column)
        terms.append(f"({change} AND ({allowed}) IS NOT TRUE)" if allowed else change)
    return " OR ".join(terms)


def _on_sqlite(kept: KeptTable, columns: Iterable[str]) -> Iterator[tuple[str, str]]:
    table, queued = kept.table, kept.linked_once
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table}: {REFUSAL}'); END"
    values = f"'{kept.kind}', NEW.id, strftime('%Y-%m-%d %H:%M:%f', 'now')"
    enqueue = f"BEGIN INSERT INTO {QUEUE} (kind, row_id, since) VALUES ({values}); END"
    change = forbidden_change(kept, columns, "IS NOT")
    kept_rows = f"NOT ({kept.may_go}) AND" if kept.may_go else ""
    statements = {
        "delete": f"BEFORE DELETE ON {table} WHEN {kept_rows} {IS_OPEN}() = 0 {refuse}",
        "update": f"BEFORE UPDATE ON {table} WHEN ({change}) AND {IS_OPEN}() = 0 {refuse}",
    }
    if kept.kind:
        statements["queue"] = f"AFTER INSERT ON {table} {f'WHEN NEW.{queued} ' if queued else ''}{enqueue}"
    if queued:
        statements["queue_later"] = f"AFTER UPDATE ON {table} WHEN NEW.{queued} AND NOT OLD.{queued} {enqueue}"
    for what, statement in statements.items():
        name = f"kept_{table}_{what}"
        yield name, f"CREATE TRIGGER {name} {statement}"


def _on_postgresql(kept: KeptTable, columns: Iterable[str]) -> Iterator[tuple[str, str]]:
    table, queued = kept.table, kept.linked_once
    change = forbidden_change(kept, columns, "IS DISTINCT FROM")
    refuse_to_delete = f"kept_{table}_delete" if kept.may_go else "kept_refuse"
    enqueue = f"EXECUTE FUNCTION kept_queue('{kept.kind}', '{f'WHERE {queued}' if queued else ''}')"
    statements = {
        "delete": f"BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {refuse_to_delete}()",
        "update": f"BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({change}) EXECUTE FUNCTION kept_refuse()",
    }
    if kept.kind:
        statements["queue"] = f"AFTER INSERT ON {table} REFERENCING NEW TABLE AS added FOR EACH STATEMENT {enqueue}"
    if queued:
        statements["queue_later"] = (
            f"AFTER UPDATE ON {table} FOR EACH ROW WHEN (NEW.{queued} AND NOT OLD.{queued})"
            f" EXECUTE FUNCTION kept_queue_row('{kept.kind}')"
        )
    for what, statement in statements.items():
        name = f"kept_{table}_{what}"
        own = REFUSE % {"name": name, "allowed": kept.may_go} if what == "delete" and kept.may_go else ""
        yield name, f"{own}CREATE TRIGGER {name} {statement}"
