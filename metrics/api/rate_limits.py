"""How fast one key, or one person, may ask the API: for writes and reads apart."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from bpo.rate_limits import RateLimit, count_request
from vendors.keys import KeyPrincipal


def enforce_rate_limit(request: Request, *, now: datetime) -> None:
    """Count a known caller's request, or refuse it where the caller's minute is full."""
    is_read = request.method in SAFE_METHODS
    kind = "read" if is_read else "write"
    pace = count_request(
        f"{kind}:{_caller(request)}",
        policy="reads" if is_read else "default",
        limit=settings.API_READS_PER_MINUTE if is_read else settings.API_WRITES_PER_MINUTE,
        now=now,
    )
    request._request.rate_limit = pace
    if pace.is_exceeded:
        raise _refusal(pace, is_read=is_read)


def _caller(request: Request) -> str:
    is_key = isinstance(request.user, KeyPrincipal)
    return f"key:{request.user.key.pk}" if is_key else f"person:{request.user.pk}"


def _refusal(pace: RateLimit, *, is_read: bool) -> Exception:
    if is_read:
        detail = _("One key may read %(limit)s times a minute.") % {"limit": pace.limit}
        return pace.refusal(detail, _("Ask for more in one request; up to 1,000 fit on a page."))
    detail = _("One key may write %(limit)s times a minute.") % {"limit": pace.limit}
    return pace.refusal(detail, _("Send more rows in one request; up to 10,000 fit."))
