"""What the web server imports."""

import gc
import os

import django

from bpo.slow_clients import Patient
from bpo.utf8 import Utf8Handler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpo.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402
from django.urls import get_resolver  # noqa: E402


def warmed(application: Utf8Handler) -> Utf8Handler:
    """The application with all its pages loaded; what stays for good is not searched for garbage again and again."""
    get_resolver().url_patterns  # noqa: B018
    gc.collect()
    gc.freeze()
    return application


application = Patient(warmed(Utf8Handler()), threads=settings.WEB_THREADS)
