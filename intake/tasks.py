"""When intake deletes what is stored for a limited time."""

from contextlib import suppress

from celery import shared_task
from django.db import DatabaseError
from django.utils import timezone

from bpo.file_references import delete_orphans
from bpo.heartbeats import forget_workers
from bpo.sandbox import in_sandbox
from intake.moving import move_files
from intake.retention import tidy


@shared_task
def tidy_up() -> None:
    """Each hour: take away what was kept for a while; a long heap is taken away over several hours."""
    now = timezone.now()
    tidy(now=now)
    forget_workers(now=now)
    # A desk without the sandbox's tables has nothing to tidy in it.
    with suppress(DatabaseError), in_sandbox():
        tidy(now=now)
    move_files()
    delete_orphans(now=now)
