"""The Celery application; its broker is a doorbell, the database is the record."""

import gc
import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

# A chunk of cells is some hundred thousand objects that are all needed until it is written.
GARBAGE_AFTER = 100_000
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpo.settings")
app = Celery("bpo")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def leave_what_is_loaded(**_told: Any) -> None:
    """What is loaded once lives as long as the process: it is not searched for garbage with every few objects made."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER, 10, 10)
