"""Compresses responses, except where that would help somebody to guess a secret or would slow intake down.

An attacker who makes a browser ask again and again, and who sees how long the encrypted answers are, can guess a secret
that stands in a compressed page beside text of the attacker's choice (BREACH). CSRF tokens are masked anew in every
answer, and Django adds up to 100 random bytes to the length of each. Pages that show any other secret are not
compressed at all.
"""

from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware
from rest_framework.permissions import SAFE_METHODS

from bpo.request_log import is_granting


def never_compress(response: HttpResponse) -> HttpResponse:
    """Mark a response that shows a secret, so that it is not compressed."""
    response.shows_secret = True
    return response


class CompressionMiddleware(GZipMiddleware):
    """Compresses what the client accepts compressed; static files are compressed where they are collected."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if (
            getattr(response, "shows_secret", False)
            or is_granting(request)
            or (request.path.startswith("/api/") and request.method not in SAFE_METHODS)
        ):
            return response
        return super().process_response(request, response)
