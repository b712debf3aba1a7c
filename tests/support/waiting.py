"""Waiting for other processes without guessing how long they take."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")
# Each look costs the processor that others are waited for: long waits look more rarely.
FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.02, 0.2, 1.2


def eventually(condition: Callable[[], Found], *, within: float = 30) -> Found:
    """What `condition` gives as soon as it is true; fails when it does not come true in time."""
    deadline, pause = time.monotonic() + within, FIRST_PAUSE
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not true within {within} seconds; last seen: {found!r}")
        time.sleep(pause)
        pause = min(pause * GROWTH, LONGEST_PAUSE)
    return found
