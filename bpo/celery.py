"""The Celery application. The broker only notifies workers; pending work is in the database."""

import gc
import os
from contextlib import suppress

import structlog
from celery import Celery, Task, bootsteps
from celery.signals import before_task_publish, setup_logging, task_postrun, task_prerun, worker_process_init
from celery.worker.consumer import Consumer
from django.db import close_old_connections
from kombu.exceptions import KombuError, OperationalError
from redis.exceptions import RedisError

from bpo.tracing import current_request_id

# A chunk of cells is some hundred thousand objects that are all needed until it is written.
COLLECT_AFTER = 100_000
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpo.settings")
# Workers and beat begin here; web processes and commands have said what they are before they come here.
os.environ.setdefault("DESK_PROCESS", "worker")
log = structlog.get_logger("desk.celery")
app = Celery("bpo")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class LostBrokerStep(bootsteps.StartStopStep):  # type: ignore[misc]
    """Has a worker connect again, too, after two losses of the broker at which it would exit.

    Between its connecting and its opening a channel, kombu's own error looks like one of the program to Celery. While a
    task is under way, kombu wants to put it back by the connection that it has just given up; the broker keeps it.
    """

    def __init__(self, consumer: Consumer, **options: object) -> None:
        super().__init__(consumer, **options)
        consumer.connection_errors += (OperationalError,)
        give_up_connection = consumer.on_connection_error_after_connected

        def give_up_quietly(error: Exception) -> None:
            with suppress(AttributeError):
                give_up_connection(error)

        consumer.on_connection_error_after_connected = give_up_quietly


app.steps["consumer"].add(LostBrokerStep)


def send_or_leave(task: str, **options: object) -> None:
    """Send the message that there is work; where that fails, a sweeper finds the work in the database."""
    try:
        app.send_task(task, retry=False, ignore_result=True, **options)
    except (KombuError, RedisError, OSError) as error:
        log.warning("workers not notified, the sweeper will find the work", work=task, error=str(error)[:300])


@worker_process_init.connect
def freeze_loaded_objects(**_signal: object) -> None:
    """Leave objects that live as long as the process out of garbage collection."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 10, 10)


# As at the start and end of a request: sessions that the database has ended are given up, and opened anew.
task_prerun.connect(close_old_connections)
task_postrun.connect(close_old_connections)


def add_request_id(*, headers: dict[str, object], **_signal: object) -> None:
    """A task carries the id of the request, or of the task, that sends it."""
    headers["request_id"] = current_request_id()


def bind_request_id(*, task: Task, task_id: str, **_signal: object) -> None:
    """Every line of the log names the task and the id of the request behind it; a task of beat begins an id."""
    if not task.request.is_eager:
        own = f"task_{task_id.replace('-', '')[:16]}"
        structlog.contextvars.bind_contextvars(
            request_id=getattr(task.request, "request_id", "") or own, task=task.name
        )  # fmt: skip


def forget_request_id(*, task: Task, **_signal: object) -> None:
    if not task.request.is_eager:
        structlog.contextvars.clear_contextvars()


def keep_logging(**_signal: object) -> None:
    """Have Celery leave the log as bpo/logs.py has configured it: one format and LOG_LEVEL for every process."""


before_task_publish.connect(add_request_id)
task_prerun.connect(bind_request_id)
task_postrun.connect(forget_request_id)
setup_logging.connect(keep_logging)
