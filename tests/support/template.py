"""The migrated database that each test process of `make test` copies: migrating takes each of them five seconds.

`python -m tests.support.template` makes it; TEST_TEMPLATE names it, a file for SQLite and a database for PostgreSQL.
A server that TEST_DATABASE_URL names keeps it afterwards; the next run makes it anew.
"""

import os
import shutil
from pathlib import Path

from django.core.management import call_command
from django.db import connection, connections

from bpo import append_only
from bpo.sandbox import SANDBOX
from tests.support import environment

VARIABLE = "TEST_TEMPLATE"


def make() -> None:
    environment.prepare()
    connection.settings_dict["TEST"]["NAME"] = os.environ[VARIABLE]
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        connection.close()
    finally:
        environment.forget()


def is_given() -> bool:
    """Whether there is a template for the kind of database that this process uses."""
    name = os.environ.get(VARIABLE, "")
    return Path(name).is_file() if connection.vendor == "sqlite" else bool(name)


def copy_to(name: str) -> None:
    """Make the database of this test process from the template."""
    if connection.vendor == "sqlite":
        shutil.copyfile(Path(os.environ[VARIABLE]), name)
        return
    remove(name)
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{os.environ[VARIABLE]}"')


def copy_or_migrate(alias: str) -> None:
    """Make the database of an alias from the template, or migrate it where none is given; for a process of a test."""
    if is_given():
        copy_to(connections[alias].settings_dict["NAME"])
        if alias == SANDBOX:
            append_only.remove(connections[alias])
    else:
        call_command("migrate", database=alias, verbosity=0, interactive=False)


def remove(name: str) -> None:
    """Remove a database that PostgreSQL would keep after the tests; SQLite's lie in the folder of their process."""
    if connection.vendor == "postgresql":
        with connection.creation._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


if __name__ == "__main__":
    make()
