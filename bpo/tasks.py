"""What every task does beside its work: it shows that its worker is alive. And the nightly backup."""

from pathlib import Path

import structlog
from celery import Task, shared_task
from celery.signals import task_postrun, task_prerun
from django.conf import settings
from django.utils import timezone

from bpo.backups.making import is_backup_due, make_backup
from bpo.backups.manifest import BackupError
from bpo.heartbeats import WORKER, Pulse

PULSE = Pulse()
LONGEST_BACKUP_SECONDS = 6 * 3600
log = structlog.get_logger("desk.backups")


def show_life(*, task: Task, **_signal: object) -> None:
    """Write the worker's heartbeat; a task that its caller runs by itself has no worker."""
    if not task.request.is_eager:
        PULSE.beat(f"{WORKER}{task.request.hostname}", at=timezone.now(), detail=task.name)


task_prerun.connect(show_life)
task_postrun.connect(show_life)


# Not acknowledged late: the broker would deliver it again while it runs, and the next hour's task does what it did not.
@shared_task(acks_late=False, soft_time_limit=LONGEST_BACKUP_SECONDS, time_limit=LONGEST_BACKUP_SECONDS + 60)  # type: ignore[untyped-decorator]
def back_up_when_due() -> None:
    """Each hour, make the night's backup where there is none yet; one that failed is tried again."""
    now = timezone.now()
    if not settings.BACKUP_FOLDER or not is_backup_due(now):
        return
    try:
        backup = make_backup(Path(settings.BACKUP_FOLDER).absolute(), keep_days=settings.BACKUP_KEEP_DAYS, now=now)
    except BackupError as failure:
        log.error("backup failed", error=str(failure))
    else:
        log.info("backup made", path=str(backup.path), deleted=len(backup.deleted))
