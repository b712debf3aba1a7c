"""What every task does beside its work: it shows that its worker is alive."""

from celery import Task
from celery.signals import task_postrun, task_prerun
from django.utils import timezone

from bpo.heartbeats import WORKER, Pulse

PULSE = Pulse()


def show_life(*, task: Task, **_signal: object) -> None:
    """Write the worker's heartbeat; a task that its caller runs by itself has no worker."""
    if not task.request.is_eager:
        PULSE.beat(f"{WORKER}{task.request.hostname}", at=timezone.now(), detail=task.name)


task_prerun.connect(show_life)
task_postrun.connect(show_life)
