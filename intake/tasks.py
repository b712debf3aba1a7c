"""When intake deletes what is stored for a limited time."""

from contextlib import suppress

import structlog
from celery import shared_task
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from bpo.file_references import delete_orphans
from bpo.heartbeats import DROP_FOLDER, forget_workers, record_heartbeat
from bpo.sandbox import in_sandbox
from intake.drop_folder import take_dropped
from intake.files.parts.working import work_on_next
from intake.moving import move_files
from intake.retention import tidy

LONGEST_TURN_SECONDS = 1_800
log = structlog.get_logger("desk.drop_folder")


# Storing a million rows is one transaction; a worker that hangs in it is ended all the same.
@shared_task(soft_time_limit=LONGEST_TURN_SECONDS, time_limit=LONGEST_TURN_SECONDS + 60)  # type: ignore[untyped-decorator]
def work_on_large_files() -> None:
    """Take a turn at a large file, and ask for another turn; beat finds what a killed worker has left."""
    if work_on_next(clock=timezone.now):
        work_on_large_files.apply_async(retry=False)


@shared_task  # type: ignore[untyped-decorator]
def take_dropped_files() -> None:
    """Each minute: take in what lies in the drop folder, and note since when the oldest file waits."""
    now = timezone.now()
    if settings.DROP_FOLDER:
        try:
            waiting_since = take_dropped(settings.DROP_FOLDER, now=now)
        except OSError as failure:
            log.warning("drop_folder_not_read", error=f"{type(failure).__name__}: {failure}"[:300])
        else:
            record_heartbeat(DROP_FOLDER, at=waiting_since)


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
