"""`python -m tests.corpus FILE…`: replay files of cases on SQLite and on PostgreSQL; a case passes if it does on both.

`--only sqlite` or `--only postgresql` for one of them. TEST_DATABASE_URL names a PostgreSQL server to use; without it
one out of a wheel is started, and left out, saying so, where that is not possible.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg2

from bpo.embedded import die_with_parent
from tests.corpus.servers import ROOT
from tests.support.postgresql import postgresql_server

SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "bpo.settings",
    "SECRET_KEY": "a key for the corpus alone " * 3,
    "REDIS_URL": "memory://",
    "STATICFILES_BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
    "LOG_LEVEL": "ERROR",
    "PYTHONWARNINGS": "ignore",
}
FOREIGN = (
    "DESK_MODE",
    "DEBUG",
    "DATABASE_URL",
    "CACHE_URL",
    "EMAIL_URL",
    "BASE_URL",
    "ALLOWED_HOSTS",
    "NUM_PROXIES",
    "VAR_DIR",
)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__.splitlines()[0])
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="cases, one JSON object a line")
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    options = parser.parse_args(arguments)
    for file in options.files:
        if not file.is_file():
            parser.error(f"there is no file {file}")
    cases, failed = 0, set()
    for database in [options.only] if options.only else ["sqlite", "postgresql"]:
        outcome = replay([file.resolve() for file in options.files], database, must_run=bool(options.only))
        if outcome:
            cases = outcome["cases"]
            failed |= set(outcome["failed"])
    say(f"{cases - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not cases else 0


def replay(files: Sequence[Path], database: str, *, must_run: bool) -> dict | None:
    """One replay in a process of its own; what its last line says."""
    with tempfile.TemporaryDirectory(prefix="bpo-corpus-") as folder:
        try:
            with database_url(database, Path(folder)) as url:
                environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
                environment |= SETTINGS | {"VAR_DIR": folder, "DATABASE_URL": url}
                return _run(files, environment)
        except NoServer as error:
            if must_run:
                raise
            say(f"PostgreSQL was left out: {error}")
            return None


def _run(files: Sequence[Path], environment: dict[str, str]) -> dict:
    command = [sys.executable, "-m", "tests.corpus.replay", *map(str, files)]
    lines = [""]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent
    ) as process:
        for line in process.stdout:
            if lines[-1]:
                say(lines[-1])
            lines.append(line.rstrip("\n"))
    if not lines[-1].startswith('{"cases"'):
        say(lines[-1])
        raise SystemExit(f"the replay broke off with code {process.returncode}")
    return json.loads(lines[-1])


class NoServer(Exception):
    """There is no PostgreSQL here, and none can be started."""


@contextmanager
def database_url(database: str, folder: Path) -> Iterator[str]:
    """An empty database, gone afterwards."""
    if database == "sqlite":
        yield f"sqlite:///{folder}/corpus.sqlite3"
    elif url := os.environ.get("TEST_DATABASE_URL"):
        with own_database(url) as own:
            yield own
    else:
        server = postgresql_server()
        try:
            url = server.__enter__()
        except Exception as error:
            raise NoServer(str(error)) from error
        try:
            with own_database(url) as own:
                yield own
        finally:
            server.__exit__(None, None, None)


@contextmanager
def own_database(url: str) -> Iterator[str]:
    """A database of our own on a server."""
    name = f"corpus_{uuid4().hex[:12]}"
    with closing(psycopg2.connect(url)) as session:
        session.autocommit = True
        with session.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
            try:
                yield urlsplit(url)._replace(path=f"/{name}").geturl()
            finally:
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
