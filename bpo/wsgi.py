"""What the web server imports."""

import os

import django

from bpo.utf8 import Utf8Handler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpo.settings")
django.setup(set_prefix=False)
application = Utf8Handler()
