"""The Celery application. The broker only notifies workers; pending work is in the database."""

import gc
import os

from celery import Celery
from celery.signals import task_postrun, task_prerun, worker_process_init
from django.db import close_old_connections

# A chunk of cells is some hundred thousand objects that are all needed until it is written.
COLLECT_AFTER = 100_000
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpo.settings")
app = Celery("bpo")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def freeze_loaded_objects(**_signal: object) -> None:
    """Leave objects that live as long as the process out of garbage collection."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 10, 10)


# As at the start and end of a request: sessions that the database has ended are given up, and opened anew.
task_prerun.connect(close_old_connections)
task_postrun.connect(close_old_connections)
