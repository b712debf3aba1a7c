"""The Celery application; its broker is a doorbell, the database is the record."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpo.settings")
app = Celery("bpo")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
