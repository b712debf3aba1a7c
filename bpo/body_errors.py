"""Responses to requests whose body did not arrive whole, or was not read."""

from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext_lazy as _

from bpo.api_base import Problem, problem_response
from bpo.bodies import (
    CUT_SHORT,
    FAULT,
    FROM_ANYBODY,
    IN_MEMORY,
    MOST_BYTES,
    NO_LENGTH,
    NOT_EXPECTED,
    SECONDS,
    TOO_LARGE,
    TOO_MANY,
    TOO_SLOW,
)
from bpo.rate_limits import API

FAULTS = {
    TOO_SLOW: (408, _("The body did not arrive within %(seconds)s seconds, or, if it is a large file, too slowly.")),
    CUT_SHORT: (400, _("The request ended before it was whole.")),
    NO_LENGTH: (411, _("Send a Content-Length.")),
    TOO_LARGE: (413, _("The request has more than %(most)s bytes.")),
    NOT_EXPECTED: (
        413,
        _("Only who is signed in may send more than %(few)s bytes, and more than %(more)s only as a file."),
    ),
    TOO_MANY: (503, _("Many are sending large files just now. Nothing was stored: send it again in a few seconds.")),
}
# The API asks for the key before it says these, and compares lengths itself.
SAID_BY_VIEWS = (CUT_SHORT, NO_LENGTH, TOO_LARGE, NOT_EXPECTED)
LIMITS = {"seconds": SECONDS, "most": MOST_BYTES, "few": FROM_ANYBODY, "more": IN_MEMORY}


class BodyMiddleware(MiddlewareMixin):
    """Answers requests whose body did not arrive whole or was not read; others pass."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        fault, is_api = request.META.get(FAULT, ""), request.path.startswith(API)
        if not fault or (is_api and fault in SAID_BY_VIEWS):
            return None
        status, detail = FAULTS[fault]
        headers = {"Connection": "close"} | ({"Retry-After": "5"} if fault == TOO_MANY else {})
        problem = Problem(status, fault, detail % LIMITS, headers=headers)
        if is_api:
            return problem_response(problem, request)
        headers = {**problem.problem_headers, "Content-Type": "text/plain; charset=utf-8"}
        return HttpResponse(str(problem.detail), status=status, headers=headers)
