"""The clock of the demo's events: each happens at the instant at which it would have happened."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils import timezone


@contextmanager
def clock_stopped_at(moment: datetime) -> Iterator[None]:
    """Stop this process's clock at an instant; only for a process that does nothing else meanwhile."""
    real = timezone.now
    timezone.now = lambda: moment
    try:
        yield
    finally:
        timezone.now = real
