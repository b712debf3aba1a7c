"""Django as a WSGI application, with everything loaded; `bpo.asgi` serves it."""

import gc
import os

import django

from bpo.utf8 import Utf8Handler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpo.settings")
os.environ["DESK_PROCESS"] = "web"
django.setup(set_prefix=False)

from django.urls import get_resolver  # noqa: E402

application = Utf8Handler()
# All URL modules are loaded now, and loaded objects are left out of garbage collection.
get_resolver().url_patterns  # noqa: B018
gc.collect()
gc.freeze()
