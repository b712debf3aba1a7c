"""What only the outside can answer: the database server, the broker and the disk."""

import shutil
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone
from kombu.connection import Connection
from kombu.exceptions import OperationalError


def database_version() -> str:
    """Return the database's name and version. Raises DatabaseError where it does not answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
        return f"{connection.display_name} {cursor.fetchone()[0]}"


def seconds_apart() -> int:
    """Return by how many seconds the database's clock is ahead of this machine's; SQLite has no other clock."""
    if connection.vendor == "sqlite":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        apart: timedelta = cursor.fetchone()[0] - timezone.now()
        return round(apart / timedelta(seconds=1))


def broker_answers() -> bool:
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, "socket_timeout": 1}
    try:
        with Connection(  # type: ignore[no-untyped-call]
            settings.CELERY_BROKER_URL, connect_timeout=1, transport_options=options
        ) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=1)
    except (OperationalError, OSError):
        return False
    return True


def free_bytes() -> int:
    """Return the free space of the disk that holds the desk's data folder."""
    return shutil.disk_usage(settings.VAR_DIR).free
