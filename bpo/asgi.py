"""The application that the web server runs."""

from bpo.wsgi import application as django_application  # isort: skip - it sets Django up

from wsgiref.types import WSGIApplication

from django.conf import settings
from django.utils.module_loading import import_string

from bpo.server import Desk


def serve(wsgi_application: WSGIApplication) -> Desk:
    """Return a WSGI application as it is served, with the limits of the settings."""
    return Desk(
        wsgi_application,
        threads=settings.WEB_THREADS,
        body_bytes=settings.WEB_BODIES_MB * 1024 * 1024,
        may_send=import_string(settings.MAY_SEND_LARGE_BODIES),
    )


application = serve(django_application)
