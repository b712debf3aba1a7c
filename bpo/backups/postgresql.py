"""Dumps of a PostgreSQL database, with owners, grants and the sandbox's schema, by PostgreSQL's own programs."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import connection, transaction

from bpo.backups.manifest import BackupError, Contents
from bpo.sandbox import SANDBOX

PASSED_OTHERWISE = {"password", "options", "cursor_factory"}
# In the transaction of the restore: all goes that belongs neither to an extension nor to a column.
CLEAR = f"""
DROP SCHEMA IF EXISTS {SANDBOX} CASCADE;
DO $$ DECLARE item text; BEGIN
  FOR item IN
    SELECT format('DROP %s IF EXISTS %s CASCADE', CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
                  WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, oid::regclass)
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
      AND NOT EXISTS (SELECT FROM pg_depend
                      WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype IN ('e', 'i'))
    UNION ALL
    SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', oid::regprocedure)
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend
                      WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e')
  LOOP EXECUTE item; END LOOP;
END $$;
"""  # noqa: S608
# Newer programs write it for every server, and one older than 17 refuses it. It stands among the first lines.
NEW_SETTING, HEAD = b"SET transaction_timeout = 0;\n", 4_096
OTHER_SESSIONS = """
    SELECT COUNT(*), COALESCE(string_agg(DISTINCT usename, ', '), '') FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL
"""


def server_version() -> int:
    """Return the major version of the server."""
    connection.ensure_connection()
    return int(connection.connection.server_version) // 10_000


def client_program(name: str) -> str:
    """Return the path of one of PostgreSQL's programs. Raises BackupError where it is missing or too old."""
    path = shutil.which(name, path=settings.POSTGRES_PROGRAMS or None)
    if path is None:
        raise BackupError(
            f"{name} was not found: install PostgreSQL's client programs (Debian: postgresql-client), "
            "or name their folder in POSTGRES_PROGRAMS."
        )
    words = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    own, server = int(re.findall(r"\d+", words)[0]), server_version()
    if own < server:
        raise BackupError(
            f"{path} is of PostgreSQL {own} and the server of {server}: install client programs of version {server}, "
            "or name their folder in POSTGRES_PROGRAMS."
        )
    return path


def dump_database(target: Path) -> Contents:
    """Write a dump of the whole database as it stands at one moment, and return what it holds. Raises BackupError."""
    program = client_program("pg_dump")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        command = [
            program, "--format=custom", "--no-password", "--lock-wait-timeout=60s", f"--file={target}",
            f"--snapshot={cursor.fetchone()[0]}", f"--dbname={_dsn()}",
        ]  # fmt: skip
        done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)
        if done.returncode:
            raise BackupError(f"pg_dump failed: {_reason(done.stderr)}")
        return read_contents()


def read_contents() -> Contents:
    """Return what the database holds."""
    with connection.cursor() as cursor:
        tables = sorted(info.name for info in connection.introspection.get_table_list(cursor) if info.type == "t")
        rows = {}
        for table in tables:
            cursor.execute(f'SELECT COUNT(*) FROM "{table}"')  # noqa: S608
            rows[table] = cursor.fetchone()[0]
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
        return Contents([f"{app} {name}" for app, name in cursor.fetchall()], rows)


def refuse_other_sessions() -> None:
    """Raise BackupError where somebody else is connected to the database."""
    with connection.cursor() as cursor:
        cursor.execute(OTHER_SESSIONS)
        number, roles = cursor.fetchone()
    if number:
        raise BackupError(
            f"{number} other sessions use the database ({roles}); stop web, workers, beat and watch first."
        )


def restore_dump(dump: Path) -> None:
    """Replace the database's tables by those of a dump, in one transaction. Raises BackupError, with all as it was."""
    reader, writer = client_program("pg_restore"), client_program("psql")
    environment, target, version = _environment(), f"--dbname={_dsn()}", server_version()
    connection.close()
    write = [
        writer, "--no-psqlrc", "--quiet", "--no-password", "--single-transaction", "--set=ON_ERROR_STOP=1", target,
        f"--command={CLEAR}", "--file=-",
    ]  # fmt: skip
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen([reader, "--file=-", str(dump)], stdout=subprocess.PIPE, stderr=errors) as reading,
        subprocess.Popen(
            write, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors, env=environment
        ) as writing,
    ):
        is_whole = _pump(reading, writing, unknown=NEW_SETTING if version < 17 else b"")
        errors.seek(0)
        if not is_whole:
            raise BackupError(f"The database was not restored and is as it was: {_reason(errors.read())}")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _pump(reading: "subprocess.Popen[bytes]", writing: "subprocess.Popen[bytes]", *, unknown: bytes) -> bool:
    """Hand the statements of a dump over, without an unknown one; whether all arrived and were committed."""
    source, sink = _pipe(reading.stdout), _pipe(writing.stdin)
    try:
        sink.write(source.read(HEAD).replace(unknown, b"", 1))
        shutil.copyfileobj(source, sink, 1 << 20)
    except BrokenPipeError:
        reading.kill()
    if reading.wait():
        # Without its end of input the session commits nothing.
        writing.kill()
        writing.wait()
        return False
    try:
        sink.close()
    except BrokenPipeError:
        return False
    return writing.wait() == 0


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise TypeError("The program was started without a pipe.")
    return stream


def _dsn() -> str:
    """Return where the database is, without the password, which other users of the machine could read."""
    parameters = connection.get_connection_params()
    given = {name: str(value) for name, value in parameters.items() if name not in PASSED_OTHERWISE}
    return " ".join(f"{name}='{_escape(value)}'" for name, value in given.items())


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace("'", r"\'")


def _environment() -> dict[str, str]:
    """Return the environment for PostgreSQL's programs: the password, and none of the desk's time limits."""
    password = connection.get_connection_params().get("password", "")
    given = {"PGOPTIONS": "-c lock_timeout=10s -c statement_timeout=0 -c client_min_messages=warning"}
    return {**os.environ, **given, **({"PGPASSWORD": password} if password else {})}


def _reason(errors: str) -> str:
    """Return the first line of what a program complained of, without the line that only says where."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    return next(
        (line for line in lines if "error" in line.lower()), lines[0] if lines else "a program ended without a word."
    )
