"""A database of each release is brought up to date, and its verdicts stay what they were."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg2
import pytest
from django.apps import apps

from tests.upgrades.sample import columns_of, last_migrations, read_sample

FOLDER = Path(__file__).parent
SAMPLES = sorted(FOLDER.glob("*.json.gz"))

pytestmark = pytest.mark.slow


@pytest.fixture
def empty_database(django_db_setup: None, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of its own, of the kind that the tests run on.

    It asks for the tests' database, so that the test is known to be one of each kind of database.
    """
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        yield f"sqlite:///{tmp_path / 'upgraded.sqlite3'}"
        return
    name = f"upgraded_{uuid4().hex[:12]}"
    with closing(psycopg2.connect(server.replace("postgres://", "postgresql://"))) as session:
        session.autocommit = True
        with session.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}"')
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_the_first_release_has_a_sample() -> None:
    assert "0.1.0" in {read_sample(path).version for path in SAMPLES}


def test_a_sample_of_todays_migrations_has_todays_columns() -> None:
    """Where an initial migration was generated anew: `make upgrade-sample` writes the sample again."""
    stale = [
        f"{path.name}: {label}"
        for path in SAMPLES
        if (sample := read_sample(path)).migrations == last_migrations()
        for label, rows in sample.tables.items()
        if rows and list(rows[0]) != columns_of(apps.get_model(label))
    ]

    assert stale == []


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name.removesuffix(".json.gz"))
def test_an_upgraded_database_has_the_same_verdicts(path: Path, empty_database: str, tmp_path: Path) -> None:
    settings = {
        "DJANGO_SETTINGS_MODULE": "bpo.settings",
        "DATABASE_URL": empty_database,
        "SECRET_KEY": "a key for upgrades alone " * 3,
        "VAR_DIR": str(tmp_path),
    }
    command = [sys.executable, "-m", "tests.upgrades.check", str(path)]
    check = subprocess.run(
        command, cwd=FOLDER.parents[1], env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )

    assert (check.stdout, check.stderr, check.returncode) == ("", "", 0)
