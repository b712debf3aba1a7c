"""The platform as a Django app."""

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.core import checks
from django.db.backends.signals import connection_created

from bpo.append_only import let_triggers_ask
from bpo.celery import app as celery_app
from bpo.checks import refuse_unsafe_settings
from bpo.installation_checks import check_installation


class BpoConfig(AppConfig):
    """Loads the Celery app with Django, so that `.delay()` in a web process finds the broker."""

    name = "bpo"
    celery = celery_app

    def ready(self) -> None:
        connection_created.connect(let_triggers_ask)
        checks.register(check_installation, checks.Tags.database, deploy=True)
        refuse_unsafe_settings(settings)


class DeskAdminConfig(AdminConfig):
    """The operator's admin, behind the desk's own sign-in."""

    default_site = "bpo.admin_site.DeskAdminSite"
