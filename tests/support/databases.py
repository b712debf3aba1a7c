"""The database that a test process runs on."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management.commands import flush as flushing
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test import SimpleTestCase
from pytest_django import DjangoDbBlocker

from bpo import append_only
from bpo.sandbox import SANDBOX
from tests.support import template
from tests.support.environment import SCRATCH

MANY = 1_000
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup"}
# These know no marker of this project, because an earlier state of it runs them, too (`python -m tests.edges`). They
# are about days, terms and texts, and the kinds of statements that they cause are run by tests of both databases.
EDGES_OF_ANY_DATABASE = frozenset(
    f"tests/edges/test_{name}.py"
    for name in (
        "back_dated_levels",
        "business_days",
        "end_of_contract",
        "ends_known_late",
        "excused_hours",
        "excused_weeks",
        "fiscal_years",
        "history",
        "levels_over_two_feeds",
        "missing_data",
        "nil_reports",
        "open_cases",
        "pace",
        "part_periods",
        "part_verdicts",
        "parts_of_days",
        "previews",
        "progress",
        "quarterly_feeds",
        "roll_ups",
        "several_services",
        "targets",
        "texts",
        "weeks_across_months",
        "whose_turn",
    )
)
# What Django writes about models after it has migrated: content types and permissions.
OF_MODELS = {"django_content_type", "auth_permission"}
LITTERED = "SELECT relname FROM pg_stat_user_tables WHERE n_dead_tup > %s"
OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def url_of_test_database() -> str:
    """The address of the running test's database, for a process beside the test."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["TEST_DATABASE_URL"])._replace(path=f"/{name}").geturl()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """SQLite tests use a file, as the desk does: threads and worker processes see the same database."""
    if connection.vendor == "sqlite":
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(SCRATCH / "test.sqlite3")
        connection.settings_dict.setdefault("TEST", {})["NAME"] = str(SCRATCH / "test.sqlite3")
        connections[SANDBOX].settings_dict["TEST"]["NAME"] = str(SCRATCH / "test-sandbox.sqlite3")
    else:
        # Beside the record's test database, whose name tells the processes apart; it needs no schema of its own.
        connections[SANDBOX].settings_dict["TEST"]["NAME"] = f"{connection.creation._get_test_db_name()}_{SANDBOX}"
        connections[SANDBOX].settings_dict["OPTIONS"] = connection.settings_dict["OPTIONS"]
    if template.is_given():
        with django_db_blocker.unblock():
            for alias in connections:
                template.copy_to(connections[alias].creation._get_test_db_name())


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool) -> bool:
    """A copy of the template is there already, and has every migration."""
    return django_db_keepdb or template.is_given()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The sessions of servers that a test killed end before the database goes; they may outlive them for a moment."""
    with django_db_blocker.unblock():
        # A copy of the template has the triggers of the record.
        append_only.remove(connections[SANDBOX])
    let_tests_flush(connection)
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(OTHERS)
    if template.is_given():
        with django_db_blocker.unblock():
            for alias in connections:
                connections[alias].close()
                template.remove(connections[alias].creation._get_test_db_name())


def let_tests_flush(connection: BaseDatabaseWrapper) -> None:
    """Let what transactional tests leave go, and bring back the one row that a migration writes.

    Only tables with rows are emptied: to truncate all of PostgreSQL's takes longer than many a test. What Django says
    of the models (OF_MODELS) stays, so that it need not be made anew. SQLite's flush deletes rows, which the record's
    triggers refuse.
    """
    # Of the class: under Playwright's event loop the same thread has another connection.
    operations = type(connection.ops)
    flush = operations.execute_sql_flush

    def delete_rows(self: BaseDatabaseOperations, _style: object, tables: Iterable[str], **_options: bool) -> list[str]:
        names = [f'"{table}"' for table in tables if table not in OF_MODELS]
        with self.connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in names))
            filled = [name for (name,) in cursor.fetchall()]
        # Neither triggers nor foreign keys look at what goes.
        unchecked = ["SET LOCAL session_replication_role = replica"] if self.connection.vendor == "postgresql" else []
        return [*unchecked, *(f"DELETE FROM {name}" for name in filled)]

    def flush_unguarded(self: BaseDatabaseOperations, statements: list[str]) -> None:
        with append_only.unguarded(self.connection) if connection.vendor == "sqlite" else nullcontext():
            flush(self, statements)
        apps.get_model("record", "Chain").objects.using(self.connection.alias).create(name="installation")

    operations.sql_flush, operations.execute_sql_flush = delete_rows, flush_unguarded
    flushing.emit_post_migrate_signal = lambda *_words, **_options: None


@pytest.fixture(scope="module")
def module_database(swept: None, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The database for a world that the tests of a module share, built by a fixture of the module's scope.

    The module has no mark django_db, and a fixture `db` of its own that asks for `put_back`: by that name pytest-django
    knows that a database is needed. Each test takes a deep copy of what was built.
    """
    with django_db_blocker.unblock(), undone():
        yield


@pytest.fixture
def put_back(module_database: None) -> Iterator[None]:
    """What the test changes in the database that its module shares is undone after it."""
    with undone():
        yield
        connection.check_constraints()


@contextmanager
def undone(alias: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Undo what is written meanwhile, as Django's TestCase does."""
    with transaction.atomic(alias):
        yield
        transaction.set_rollback(True, alias)


def end_sessions_of_others() -> None:
    """What a restart of PostgreSQL does to the sessions of workers and web processes."""
    with connection.cursor() as cursor:
        cursor.execute(OTHERS)


@pytest.fixture(scope="module", autouse=True)
def swept(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """What rolled-back tests leave in PostgreSQL's tables goes: plans made for empty tables would wade through it."""
    yield
    if connection.vendor != "postgresql" or not connection.settings_dict["NAME"].startswith("test_"):
        return
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(LITTERED, [MANY])
        for (table,) in cursor.fetchall():
            cursor.execute(f'VACUUM (ANALYZE) "{table}"')


def pytest_addoption(parser: pytest.Parser) -> None:
    text = "Leave out browser tests and what uses no database: `make test` has run them on the other database."
    parser.addoption("--database-tests-only", action="store_true", help=text)


def uses_database(item: pytest.Item) -> bool:
    """Whether a test may find something else on another database."""
    if item.get_closest_marker("any_database") or item.nodeid.partition("::")[0] in EDGES_OF_ANY_DATABASE:
        return False
    fixtures = set(getattr(item, "fixturenames", ()))
    markers = item.get_closest_marker("django_db") or item.get_closest_marker("postgresql")
    is_django_case = issubclass(getattr(item, "cls", None) or object, SimpleTestCase)
    return bool(markers or is_django_case or DATABASE_FIXTURES & fixtures)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, rather than skip, what has no part in the database that is tested."""
    left_out = []
    if connection.vendor != "postgresql":
        left_out = [item for item in items if item.get_closest_marker("postgresql")]
    elif config.getoption("--database-tests-only"):
        left_out = [item for item in items if item.get_closest_marker("browser") or not uses_database(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        excluded = set(left_out)
        items[:] = [item for item in items if item not in excluded]
