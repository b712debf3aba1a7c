"""The database that a test process runs on."""

import os
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection, connections

from bpo.shadow import SHADOW
from tests.support.environment import SCRATCH


def url_of_test_database() -> str:
    """The address of the running test's database, for a process beside the test."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["TEST_DATABASE_URL"])._replace(path=f"/{name}").geturl()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite tests use a file, as the desk does: threads and worker processes see the same database."""
    if connection.vendor == "sqlite":
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(SCRATCH / "test.sqlite3")
        connection.settings_dict.setdefault("TEST", {})["NAME"] = str(SCRATCH / "test.sqlite3")
        connections[SHADOW].settings_dict["TEST"]["NAME"] = str(SCRATCH / "test-shadow.sqlite3")
        return
    # Beside the record's test database, whose name tells the processes apart; a database needs no schema of its own.
    name = connection.creation._get_test_db_name()
    connections[SHADOW].settings_dict["TEST"]["NAME"] = f"{name}_{SHADOW}"
    connections[SHADOW].settings_dict["OPTIONS"] = connection.settings_dict["OPTIONS"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, rather than skip, what speaks of PostgreSQL alone when the database is another."""
    if connection.vendor == "postgresql":
        return
    left_out = [item for item in items if item.get_closest_marker("postgresql")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
