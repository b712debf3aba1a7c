"""One id from a request to the tasks and mails that it causes, in every line of the log about them."""

import re
import secrets
from contextlib import AbstractContextManager

import structlog

HEADER = "X-Request-Id"
# What a proxy or a client may give; the columns that keep it have 40 characters.
GIVEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,39}")


def request_id_from(given: str) -> str:
    """Return the id that a request came with, where it is of that form, or a new one."""
    return given if GIVEN.fullmatch(given) else f"req_{secrets.token_hex(8)}"


def current_request_id() -> str:
    """Return the id of the request that this process works for, or of the task that no request caused."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def working_for(request_id: str) -> AbstractContextManager[None]:
    """Within it, what is queued and logged belongs to that request; without an id nothing changes."""
    return structlog.contextvars.bound_contextvars(request_id=request_id or current_request_id())
