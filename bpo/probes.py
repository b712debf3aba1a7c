"""What only the outside can answer: the database server, the broker and the disk."""

import shutil
from datetime import timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from kombu.connection import Connection
from kombu.exceptions import OperationalError

# A table belongs to a role also where it is a member of the owner.
POWERS = """
    SELECT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user), COUNT(*)
    FROM pg_tables WHERE schemaname IN ('public', 'sandbox') AND pg_has_role(tableowner, 'USAGE')
"""


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


def powers_of_role() -> str:
    """Return what makes the desk's role on PostgreSQL too powerful, such as "is a superuser"; empty if nothing does."""
    if connection.vendor != "postgresql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute(POWERS)
        is_superuser, tables = cursor.fetchone()
    if is_superuser:
        return "is a superuser"
    return f"owns {tables} tables" if tables else ""


def broker_answers() -> bool:
    try:
        with _broker() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=1)
    except (OperationalError, OSError):
        return False
    return True


def eviction_policy() -> str:
    """Return what the broker does when its memory is full. Raises OperationalError, RedisError or OSError."""
    with _broker() as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=1)
        return str(broker.default_channel.client.info("memory")["maxmemory_policy"])


def _broker() -> Connection:
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, "socket_timeout": 1}
    return Connection(settings.CELERY_BROKER_URL, connect_timeout=1, transport_options=options)  # type: ignore[no-untyped-call]


def can_store_files() -> bool:
    """Whether the storage of files takes one now: always the same one."""
    try:
        default_storage.save("probe", ContentFile(b"The desk writes this to see whether it can."))
    except OSError:
        return False
    return True


def free_bytes() -> int:
    """Return the free space of the disk that holds the desk's data folder."""
    return shutil.disk_usage(settings.VAR_DIR).free
