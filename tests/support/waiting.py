"""Waiting for other processes without guessing how long they take."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")
PAUSE_SECONDS = 0.02


def eventually(condition: Callable[[], Found], *, within: float = 30) -> Found:
    """What `condition` gives as soon as it is true; fails when it does not come true in time."""
    deadline = time.monotonic() + within
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not true within {within} seconds; last seen: {found!r}")
        time.sleep(PAUSE_SECONDS)
    return found
