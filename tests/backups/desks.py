"""Desks with a database of their own, of the kind that the tests run on, for backups that go from one to another."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg2
from django.conf import settings

from tests.support import template
from tests.support.environment import FOREIGN
from tests.support.postgresql import PROGRAMS

BUILD = """
import django
django.setup()
from django.core.management import call_command
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.base import ContentFile
from django.utils import timezone
from bpo.models import User
from intake.models.imports import Import
from tests.faults.world import build_world
from vendors.models import Vendor
call_command("migrate", verbosity=0)
build_world()
session = SessionStore()
session["kept"] = True
session.save()
brought = Import(
    vendor=Vendor.objects.first(), uploaded_by=User.objects.first(), uploaded_at=timezone.now(), file_name="may.csv"
)
brought.keep_file(ContentFile(b"id,value"))
brought.save()
"""
# What deploy/postgres-roles.sh does beside making the role.
SCHEMA = """
    SET ROLE {owner};
    CREATE SCHEMA sandbox;
    GRANT USAGE ON SCHEMA public, sandbox TO {app};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public, sandbox GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public, sandbox GRANT USAGE, SELECT ON SEQUENCES TO {app};
"""


@dataclass(frozen=True)
class Desk:
    """A data folder, and on PostgreSQL the URLs of the owner of the tables and of the desk's own role."""

    folder: Path
    owner_url: str = ""
    app_url: str = ""

    @property
    def file(self) -> Path:
        """The record of an embedded desk."""
        return self.folder / "desk.sqlite3"

    def environment(self, *, as_owner: bool = False) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in (*FOREIGN, "SECRET_KEY")}
        url = self.owner_url if as_owner else self.app_url
        given = {"VAR_DIR": str(self.folder), "DJANGO_SETTINGS_MODULE": "bpo.settings"}
        return {**kept, **given, **({"DATABASE_URL": url, "POSTGRES_PROGRAMS": str(PROGRAMS)} if url else {})}

    def run(self, *words: str | Path, as_owner: bool = False) -> subprocess.CompletedProcess[str]:
        """Run Python; by default as the role that pages and workers have."""
        return subprocess.run(
            [sys.executable, *map(str, words)], cwd=settings.BASE_DIR, env=self.environment(as_owner=as_owner),
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def backup(self, folder: Path) -> Path:
        """Make a backup, and return where it is."""
        done = self.run("manage.py", "backup", folder)
        assert done.returncode == 0, done.stderr
        return Path(done.stdout.split(": ")[0])

    def restore(self, backup: Path, *options: str) -> subprocess.CompletedProcess[str]:
        return self.run("manage.py", "restore", backup, *options, as_owner=True)

    def query(self, statement: str) -> list[tuple]:
        """The rows of a statement, asked by the role that pages and workers have."""
        if not self.app_url:
            return embedded_query(self.file, statement)
        with closing(psycopg2.connect(self.app_url.replace("postgres://", "postgresql://", 1))) as session:
            session.autocommit = True
            with session.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []


def embedded_query(file: Path, statement: str) -> list[tuple]:
    with closing(sqlite3.connect(file, isolation_level=None)) as session:
        return session.execute(statement).fetchall()


@contextmanager
def desks(folder: Path, *names: str) -> Iterator[list[Desk]]:
    """Desks with empty databases that share their roles."""
    for name in names:
        (folder / name).mkdir()
    if url := os.environ.get("TEST_DATABASE_URL"):
        with closing(psycopg2.connect(_with(url))) as server:
            server.autocommit = True
            yield from _postgresql_desks(server, url, folder, names)
    else:
        yield [Desk(folder / name) for name in names]


def _postgresql_desks(server, url: str, folder: Path, names: tuple[str, ...]) -> Iterator[list[Desk]]:
    suffix = uuid4().hex[:8]
    owner, app = f"drill_owner_{suffix}", f"drill_app_{suffix}"
    databases = {name: f"drill_{name}_{suffix}" for name in names}
    with server.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {owner} LOGIN; CREATE ROLE {app} LOGIN")
        made = []
        for name, database in databases.items():
            cursor.execute(f"CREATE DATABASE {database} OWNER {owner}")
            with closing(psycopg2.connect(_with(url, database=database))) as session, session.cursor() as owning:
                owning.execute(SCHEMA.format(owner=owner, app=app))
                session.commit()
            made.append(Desk(folder / name, _with(url, database, owner), _with(url, database, app)))
        yield made
        for database in databases.values():
            cursor.execute(f"DROP DATABASE {database} WITH (FORCE)")
        cursor.execute(f"DROP ROLE {owner}, {app}")


def _with(url: str, database: str | None = None, user: str | None = None) -> str:
    """A server's URL for another database and another role without a password."""
    parts = urlsplit(url)
    place = parts.netloc if user is None else f"{user}@{parts.netloc.rpartition('@')[2]}"
    changed = parts._replace(netloc=place, path=f"/{database}" if database else parts.path).geturl()
    return changed if user else changed.replace("postgres://", "postgresql://", 1)


def prepare(desk: Desk) -> None:
    """Migrate a desk and give it a small world with final verdicts."""
    if not desk.owner_url and template.is_given():
        for name in ("desk.sqlite3", "desk-sandbox.sqlite3"):
            shutil.copyfile(os.environ[template.VARIABLE], desk.folder / name)
    done = desk.run("-c", BUILD, as_owner=True)
    assert done.returncode == 0, done.stderr
