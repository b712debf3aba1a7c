"""The API's rate limits of one key or one person: reads and writes are counted apart."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from bpo.rate_limits import count_request
from vendors.keys import KeyPrincipal


def enforce_rate_limit(request: Request, *, now: datetime) -> None:
    """Count the caller's request. Raises Problem 429 where it is one too many in this minute."""
    is_key = isinstance(request.user, KeyPrincipal)
    caller = f"key:{request.user.key.pk}" if is_key else f"person:{request.user.pk}"
    if request.method in SAFE_METHODS:
        kind, policy, limit = "read", "reads", settings.API_READS_PER_MINUTE
        detail = _("The limit is %(limit)s reads a minute.") % {"limit": limit}
        hint = _("Read more rows in one request; up to 1,000 fit on a page.")
    else:
        kind, policy, limit = "write", "default", settings.API_WRITES_PER_MINUTE
        detail = _("The limit is %(limit)s writes a minute.") % {"limit": limit}
        hint = _("Send more rows in one request; up to 10,000 fit.")
    request._request.rate_limit = count_request(f"{kind}:{caller}", policy=policy, limit=limit, now=now)
    if request._request.rate_limit.is_exceeded:
        raise request._request.rate_limit.refusal(detail, hint)
