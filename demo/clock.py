"""The demo's past: what happens inside happens at the instant that it would have happened."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils import timezone


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let the desk's clock stand still at that instant; only for a process that does nothing else meanwhile."""
    real = timezone.now
    timezone.now = lambda: moment
    try:
        yield
    finally:
        timezone.now = real
