"""Named places at which a test makes this very process die, stop or fail; inert unless the environment names one."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from django.conf import settings


class FaultStruck(Exception):
    """What a fault point raises where it is told to."""


def faultpoint(name: str) -> None:
    """Strike if `DESK_FAULTPOINT` names this place: `NAME`, `NAME:ACTION`, or `@FILE` for a file that says so."""
    if settings.FAULTPOINT:
        _strike(name, settings.FAULTPOINT)


def _strike(name: str, armed: str) -> None:
    if armed.startswith("@"):
        file = Path(armed[1:])
        armed = file.read_text(encoding="utf-8") if file.exists() else ""
    point, _colon, action = armed.strip().partition(":")
    if point == name:
        ACTIONS[action or "kill"](name)


def _kill(_name: str) -> None:
    """End as by a power cut: nothing is flushed, closed or said."""
    os.kill(os.getpid(), signal.SIGKILL)


def _stop(_name: str) -> None:
    """Stand still until somebody sends SIGCONT."""
    os.kill(os.getpid(), signal.SIGSTOP)


def _raise(name: str) -> None:
    raise FaultStruck(name)


ACTIONS: dict[str, Callable[[str], None]] = {"kill": _kill, "stop": _stop, "raise": _raise}
