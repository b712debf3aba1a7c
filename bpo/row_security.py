"""Row-level security of PostgreSQL: what a page or a read asks for beyond its reader's reach is not there.

`visible_to()` decides what somebody sees. This is the floor below it, where a query forgets that: reads of pages and
of the API take a role of their own, for which each table of contracts, results and verdicts has a policy made of the
paths of its queryset. Intake, workers and acts keep the desk's own role, which passes it by. SQLite has
nothing of the kind.
"""

from collections.abc import Iterator
from threading import local

from django.apps import apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from bpo.tenancy import TenantQuerySet, reach_of

PACKAGES = ("contracts", "vendors", "metrics", "intake")
# The queue of work tells the installation's health how much waits; it has no numbers of anybody.
APART = ("metrics.DirtyCell",)
REACH = "SELECT unnest(string_to_array(NULLIF(current_setting('desk.organisations', true), ''), ',')::bigint[])"
IS_OPERATOR = "current_setting('desk.is_operator', true) = 'on'"
# Run as the owner of the tables, so that no policy asks another one.
FUNCTIONS = {  # each after those that it calls; no part of them comes from outside
    "desk_clients": f"SELECT id FROM contracts_client WHERE organisation_id IN ({REACH})",
    "desk_vendors": f"SELECT id FROM vendors_vendor WHERE organisation_id IN ({REACH})",
    "desk_contracts": """
        SELECT id FROM contracts_contract
        WHERE client_id IN (SELECT desk_clients()) OR vendor_id IN (SELECT desk_vendors())""",
    "desk_feeds": "SELECT id FROM contracts_feed WHERE contract_id IN (SELECT desk_contracts())",
    "desk_levels": "SELECT id FROM contracts_servicelevel WHERE contract_id IN (SELECT desk_contracts())",
}
BY_COLUMN = {
    "contract": "desk_contracts",
    "feed": "desk_feeds",
    "service_level": "desk_levels",
    "client": "desk_clients",
    "vendor": "desk_vendors",
}
# A client reads of results when they came: those of its vendors, also for their other clients.
OTHERWISE = {
    "metrics.Batch": "vendor_id IN (SELECT vendor_id FROM contracts_contract WHERE id IN (SELECT desk_contracts()))",
}
# Roles that write, and which the policies would narrow, too: they pass by the owner of a table alone.
NOT_READY = """
    SELECT rolname FROM pg_roles, pg_class
    WHERE pg_class.oid = 'contracts_contract'::regclass
        AND rolcanlogin AND rolname <> %s AND NOT rolbypassrls AND NOT rolsuper
        AND has_table_privilege(pg_roles.oid, pg_class.oid, 'INSERT')
        AND NOT pg_has_role(pg_roles.oid, relowner, 'USAGE')
    ORDER BY 1
"""
TABLES_WITH_POLICY = "SELECT tablename FROM pg_policies WHERE policyname = 'desk_reach' AND schemaname = 'public'"
# Each thread has a connection of its own.
_connection = local()


class NotReadyError(Exception):
    """The desk's own role would be narrowed, too."""


def role_of(database: BaseDatabaseWrapper) -> str:
    """Return the role of reads: each database of a server has its own, such as desk_pages for the database desk."""
    return f"{database.settings_dict['NAME']}_pages"


def install(database: BaseDatabaseWrapper) -> bool:
    """Make the policies anew where the role for pages exists; whether it does. Raises NotReadyError."""
    if database.vendor != "postgresql":
        return False
    role = role_of(database)
    with database.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM pg_roles WHERE rolname = %s", [role])
        if not cursor.fetchone()[0]:
            remove(database)
            return False
        cursor.execute(NOT_READY, [role])
        if narrowed := [name for (name,) in cursor.fetchall()]:
            raise NotReadyError(
                f"The policies of {role} would narrow what {', '.join(narrowed)} works with: as a superuser, "
                f"ALTER ROLE {narrowed[0]} BYPASSRLS."
            )
        for statement in statements(database.ops.quote_name(role)):
            cursor.execute(statement)
    return True


def find_lacking(database: BaseDatabaseWrapper) -> str:
    """Return what reads lack to take the role, such as "there is no role desk_pages"; empty if nothing."""
    if database.vendor != "postgresql":
        return "the database is not PostgreSQL"
    role = role_of(database)
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_has_role(oid, 'MEMBER') FROM pg_roles WHERE rolname = %s", [role])
        found = cursor.fetchone()
        cursor.execute(TABLES_WITH_POLICY)
        policies = len(cursor.fetchall())
    if found is None:
        return f"there is no role {role}"
    if not found[0]:
        return f"the desk's role may not take the role {role}"
    return "" if policies == len(guarded_models()) else "tables lack their policies: run manage.py migrate"


def remove(database: BaseDatabaseWrapper) -> None:
    """Take the policies away, as where a backup was restored on a server without the role."""
    with database.cursor() as cursor:
        cursor.execute(TABLES_WITH_POLICY)
        for (table,) in cursor.fetchall():
            cursor.execute(f"DROP POLICY desk_reach ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


def statements(role: str) -> Iterator[str]:
    """Yield what gives the role its rights, and each table its policy."""
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"
    yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}; GRANT USAGE ON SCHEMA public TO {role}"
    for name, query in FUNCTIONS.items():
        yield (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER"
            f" SET search_path = public AS $$ {query} $$"
        )
    for model in guarded_models():
        table = model._meta.db_table
        yield f"DROP POLICY IF EXISTS desk_reach ON {table}"
        yield f"CREATE POLICY desk_reach ON {table} USING ({condition(model)}) WITH CHECK (true)"
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"


def guarded_models() -> list[type[models.Model]]:
    """The tables whose rows lead to a client or a vendor, or to a contract, by columns of their own."""
    owned = [model for package in PACKAGES for model in apps.get_app_config(package).get_models()]
    return [model for model in owned if model._meta.label not in APART and _columns(model)]


def condition(model: type[models.Model]) -> str:
    """Return which rows of a table the reader reaches, in SQL."""
    label = model._meta.label
    terms = list(dict.fromkeys(_term(model, column) for column in _columns(model)))
    if otherwise := OTHERWISE.get(label):
        terms.append(otherwise)
    # Operators know that contracts are there; what is a vendor's alone they read by the rules of its clients.
    if label == "contracts.Contract" or not any(path.client_path for path in _rows(model)):
        terms.append(IS_OPERATOR)
    return " OR ".join(terms)


def _rows(model: type[models.Model]) -> list[type[TenantQuerySet]]:
    """The queryset of a table of which parties see their own rows; none of others."""
    rows = type(model._default_manager.all())
    return [rows] if issubclass(rows, TenantQuerySet) and not rows.is_open_to_operators else []


def _columns(model: type[models.Model]) -> list[str]:
    """The first columns of a queryset's paths; none where a path leads through rows that refer to these."""
    paths = [path for rows in _rows(model) for path in (rows.client_path, rows.vendor_path) if path]
    firsts = dict.fromkeys(path.partition("__")[0] for path in paths)
    return list(firsts) if all(_is_of_columns(model, path) for path in paths) else []


def _is_of_columns(model: type[models.Model], path: str) -> bool:
    first, _sign, rest = path.partition("__")
    field = None if first == "pk" else model._meta.get_field(first)
    if not isinstance(field, models.ForeignKey):
        return False
    return not rest or _is_of_columns(field.related_model, rest)


def _term(model: type[models.Model], name: str) -> str:
    if model._meta.label == "contracts.Contract":
        return "id IN (SELECT desk_contracts())"
    if name in BY_COLUMN:
        return f"{name}_id IN (SELECT {BY_COLUMN[name]}())"
    # The other table has a policy of its own.
    other = model._meta.get_field(name).related_model
    return f"EXISTS (SELECT FROM {other._meta.db_table} other WHERE other.id = {name}_id)" if other else "false"


def narrow(principal: object) -> None:
    """Let this connection read no more than somebody reaches, until `widen`."""
    if not settings.ROW_SECURITY:
        return
    reach = reach_of(principal)
    organisations = ",".join(map(str, sorted(reach.organisations)))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('desk.organisations', %s, false), set_config('desk.is_operator', %s, false),"
            " set_config('role', %s, false)",
            [organisations, "on" if reach.is_operator else "off", role_of(connections[DEFAULT_DB_ALIAS])],
        )
    _connection.is_narrowed = True


def widen() -> None:
    """Give this connection the desk's own role back."""
    if getattr(_connection, "is_narrowed", False):
        _connection.is_narrowed = False
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('role', 'none', false)")
