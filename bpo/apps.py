"""The platform as a Django app."""

from django.apps import AppConfig

from bpo.celery import app as celery_app


class BpoConfig(AppConfig):
    """Loads the Celery app with Django, so that `.delay()` in a web process finds the broker."""

    name = "bpo"
    celery = celery_app
