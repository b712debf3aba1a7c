"""A database of another version of the desk is refused, named, and left as it is."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.migrations.recorder import MigrationRecorder

from bpo.database_shape import find_unknown_migrations

REMOVED = ("metrics", "0002_a_file_that_is_gone")


def embedded(folder: Path) -> dict[str, str]:
    """Return the environment of a desk whose databases are files in this folder, whatever the tests run on."""
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    return environment | {"VAR_DIR": str(folder)}


def manage(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command on a data folder of its own."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=embedded(folder) | {"PORT": "0"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A data folder whose database has a migration that no file holds."""
    with sqlite3.connect(tmp_path / "desk.sqlite3") as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE django_migrations (id INTEGER PRIMARY KEY, app TEXT, name TEXT, applied TEXT)")
        for app, name in (("metrics", "0001_initial"), REMOVED):
            database.execute(
                "INSERT INTO django_migrations (app, name, applied) VALUES (?, ?, '2026-01-01')", (app, name)
            )
    database.close()
    return tmp_path


@pytest.mark.django_db
def test_a_database_of_this_version_has_no_unknown_migrations() -> None:
    assert find_unknown_migrations("default") == []


@pytest.mark.django_db
def test_migrate_refuses_a_migration_that_it_does_not_know() -> None:
    MigrationRecorder.Migration.objects.create(app=REMOVED[0], name=REMOVED[1])

    with pytest.raises(CommandError, match=r"made by another version.*metrics 0002_a_file_that_is_gone"):
        call_command("migrate", verbosity=0)


@pytest.mark.django_db
def test_a_migration_of_a_package_from_elsewhere_is_left_to_that_package() -> None:
    MigrationRecorder.Migration.objects.create(app="account", name="0099_newer")

    assert find_unknown_migrations("default") == []


@pytest.mark.slow
def test_the_desk_says_how_to_rebuild_an_older_database_and_changes_nothing(older: Path) -> None:
    before = (older / "desk.sqlite3").read_bytes()

    answer = manage(older, "desk")

    assert answer.returncode != 0
    assert "was made by another version of the desk" in answer.stderr
    assert "`make demo` rebuilds it with the demo world; everything in it is lost." in answer.stderr
    assert (older / "desk.sqlite3").read_bytes() == before
    assert {path.name for path in older.iterdir()} <= {"desk.sqlite3", "desk.lock", "secret_key"}


@pytest.mark.slow
def test_an_older_database_is_rebuilt_with_both_of_its_files(older: Path) -> None:
    code = "import django; django.setup(); from bpo.database_shape import recreate_embedded_databases as r; r()"

    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=settings.BASE_DIR,
        env=embedded(older) | {"DJANGO_SETTINGS_MODULE": "bpo.settings"},
        check=True,
    )

    files = sorted(older.glob("*.sqlite3"))
    assert len(files) == 2
    for file in files:
        with sqlite3.connect(file) as database:
            rows = database.execute("SELECT app, name FROM django_migrations").fetchall()
        database.close()
        assert ("bpo", "0001_initial") in rows
        assert REMOVED not in rows
