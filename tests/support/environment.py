"""What a test process tells the settings before they are read: a folder of its own, and no server of anybody's."""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.conf import settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

SCRATCH = Path(tempfile.mkdtemp(prefix="bpo-test-"))
# Whatever a developer's shell says about a desk is not meant for the tests.
FOREIGN = (
    "DESK_MODE",
    "DESK_PROCESS",
    "DEBUG",
    "DATABASE_URL",
    "REDIS_URL",
    "CACHE_URL",
    "EMAIL_URL",
    "BASE_URL",
    "ALLOWED_HOSTS",
    "NUM_PROXIES",
)


def prepare() -> None:
    """Set Django up for tests: its own data folder, TEST_DATABASE_URL or else SQLite, quick passwords."""
    for name in FOREIGN:
        os.environ.pop(name, None)
    # Where collected static files would be; the web server of the tests looks for the folder.
    (SCRATCH / "static").mkdir()
    os.environ.update(
        DJANGO_SETTINGS_MODULE="bpo.settings",
        VAR_DIR=str(SCRATCH),
        SECRET_KEY="a key for tests alone " * 3,
        STATICFILES_BACKEND="django.contrib.staticfiles.storage.StaticFilesStorage",
    )
    if url := os.environ.get("TEST_DATABASE_URL"):
        os.environ["DATABASE_URL"] = url
    django.setup()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    _load_hypothesis_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


def hide() -> None:
    """Take back the settings module, or xdist's processes would read the settings before they have prepared."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


@contextmanager
def collecting() -> Iterator[None]:
    """Modules and tests stay until the end: nothing looks through them for garbage, and less often for more."""
    gc.disable()
    yield
    register_tasks()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()


def register_tasks() -> None:
    """Register all tasks, as a worker does at its start.

    Celery does it when a task is first asked for. Where a test's own conditions break that off, the tasks that were not
    registered by then are missing for as long as the process lives.
    """
    from bpo.celery import app  # noqa: PLC0415 - it reads the settings

    app.loader.import_default_modules()
    app.finalize()


def forget() -> None:
    """Remove the process's data folder."""
    shutil.rmtree(SCRATCH, ignore_errors=True)


def _load_hypothesis_profile(name: str) -> None:
    """`house` has the same examples everywhere, `quick` a few of them, `long` ten times as many (`make proof`).

    `fuzz` looks for new ones, and for longer.
    """
    slow = [HealthCheck.too_slow]
    same = hypothesis_settings(derandomize=True, deadline=None, database=None, suppress_health_check=slow)
    hypothesis_settings.register_profile("house", same, max_examples=50)
    hypothesis_settings.register_profile("long", same, max_examples=500)
    hypothesis_settings.register_profile("quick", same, max_examples=20)
    hypothesis_settings.register_profile("fuzz", max_examples=2_000, deadline=None, suppress_health_check=slow)
    hypothesis_settings.load_profile(name)
