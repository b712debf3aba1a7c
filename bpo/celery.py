"""The Celery application. The broker only notifies workers; pending work is in the database."""

import gc
import os

from celery import Celery, bootsteps
from celery.signals import task_postrun, task_prerun, worker_process_init
from celery.worker.consumer import Consumer
from django.db import close_old_connections
from kombu.exceptions import OperationalError

# A chunk of cells is some hundred thousand objects that are all needed until it is written.
COLLECT_AFTER = 100_000
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpo.settings")
# Workers and beat begin here; web processes and commands have said what they are before they come here.
os.environ.setdefault("DESK_PROCESS", "worker")
app = Celery("bpo")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class LostBrokerStep(bootsteps.StartStopStep):  # type: ignore[misc]
    """Has a worker connect again, too, where the broker is lost between its connecting and its opening a channel.

    That fails with kombu's own error, which Celery takes for one of the program, so that the worker would exit.
    """

    def __init__(self, consumer: Consumer, **options: object) -> None:
        super().__init__(consumer, **options)
        consumer.connection_errors += (OperationalError,)


app.steps["consumer"].add(LostBrokerStep)


@worker_process_init.connect
def freeze_loaded_objects(**_signal: object) -> None:
    """Leave objects that live as long as the process out of garbage collection."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 10, 10)


# As at the start and end of a request: sessions that the database has ended are given up, and opened anew.
task_prerun.connect(close_old_connections)
task_postrun.connect(close_old_connections)
