"""Calls of addresses that the operator has set: an alarm's webhook, and the ping after a good night."""

import json
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException

import structlog
from django.conf import settings

TIMEOUT_SECONDS = 5

log = structlog.get_logger("desk.callbacks")


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """Takes a redirect for a failure: only the address that the operator has set is called."""

    def redirect_request(self, *args: object) -> None:
        pass


opener = urllib.request.build_opener(NoRedirects)


def call(url: str, body: Mapping[str, object] | None = None) -> bool:
    """Call an address, with a JSON body if there is one; whether it took the call. A failure is only logged."""
    headers = {"User-Agent": f"BPO desk {settings.DESK_VERSION}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    try:
        request = urllib.request.Request(url, data=data, headers=headers)  # noqa: S310 - a setting, checked at the start
        with opener.open(request, timeout=TIMEOUT_SECONDS):
            return True
    except (OSError, ValueError, HTTPException) as error:
        # The address itself may grant something to whoever has it.
        log.warning("callback_failed", error=f"{type(error).__name__}: {error}"[:300].replace(url, "…"))
        return False
