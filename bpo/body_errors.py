"""Responses to requests whose body did not arrive whole."""

from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext_lazy as _

from bpo.api_base import Problem, problem_response
from bpo.rate_limits import API
from bpo.slow_clients import CUT_SHORT, FAULT, SECONDS, TOO_SLOW

FAULTS = {
    TOO_SLOW: (408, _("The body did not arrive within %(seconds)s seconds.")),
    CUT_SHORT: (400, _("The request ended before it was whole.")),
}


class BodyMiddleware(MiddlewareMixin):
    """Answers requests whose body did not arrive whole; others pass."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        fault, is_api = request.META.get(FAULT, ""), request.path.startswith(API)
        # The API compares lengths itself, after it has checked the key; a truncated form is refused here.
        if not fault or (fault == CUT_SHORT and is_api):
            return None
        status, detail = FAULTS[fault]
        problem = Problem(status, fault, detail % {"seconds": SECONDS}, headers={"Connection": "close"})
        if is_api:
            return problem_response(problem, request)
        headers = {**problem.problem_headers, "Content-Type": "text/plain; charset=utf-8"}
        return HttpResponse(str(problem.detail), status=status, headers=headers)
