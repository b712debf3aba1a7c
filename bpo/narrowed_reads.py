"""Narrows what pages read to what their reader reaches (bpo/row_security.py)."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from bpo.rate_limits import API
from bpo.row_security import narrow, widen

READS = ("GET", "HEAD", "OPTIONS")


def narrow_reads(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Narrow the reads of pages. Those of the API are narrowed once its caller is known; all are widened here."""

    def middleware(request: HttpRequest) -> HttpResponse:
        is_read = request.method in READS and not request.path.startswith(API)
        if settings.ROW_SECURITY and is_read and request.user.is_authenticated:
            narrow(request.user)
        try:
            return get_response(request)
        finally:
            widen()

    return middleware
