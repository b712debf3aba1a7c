"""Responses to requests whose body did not arrive whole."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bpo.api_base import Problem, problem_response
from bpo.rate_limits import API
from bpo.slow_clients import CUT_SHORT, FAULT, SECONDS, TOO_SLOW


class BodyMiddleware:
    """Answers requests whose body did not arrive whole; others pass."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        fault, is_api = request.META.get(FAULT, ""), request.path.startswith(API)
        # The API compares lengths itself, after it has checked the key; a truncated form is refused here.
        if not fault or (fault == CUT_SHORT and is_api):
            return self.get_response(request)
        problem = FAULTS[fault]()
        if is_api:
            return problem_response(problem, request)
        response = HttpResponse(
            str(problem.detail), status=problem.status_code, content_type="text/plain; charset=utf-8"
        )
        for name, value in problem.problem_headers.items():
            response.headers[name] = value
        return response


def _too_slow() -> Problem:
    detail = _("The body did not arrive within %(seconds)s seconds.") % {"seconds": SECONDS}
    return Problem(408, TOO_SLOW, detail, headers={"Connection": "close"})


def _cut_short() -> Problem:
    return Problem(400, CUT_SHORT, _("The request ended before it was whole."), headers={"Connection": "close"})


FAULTS = {TOO_SLOW: _too_slow, CUT_SHORT: _cut_short}
