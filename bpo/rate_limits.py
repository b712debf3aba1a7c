"""How fast the API may be asked: limits for each caller and each address, told with every answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from bpo.api_base import Problem, problem_body
from bpo.client_addresses import client_address, sender
from bpo.counters import WINDOW, Count, seconds_of, windows

API = "/api/"


@dataclass(frozen=True, slots=True)
class Pace:
    """How much of one limit is left within its minute."""

    policy: str
    limit: int
    count: Count

    @property
    def is_exceeded(self) -> bool:
        return self.count.hits > self.limit

    @property
    def headers(self) -> dict[str, str]:
        """What clients are told, in the form of the IETF's draft on RateLimit fields."""
        seconds, left = seconds_of(self.count.left), max(0, self.limit - self.count.hits)
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.limit};w={int(WINDOW.total_seconds())}',
            "RateLimit": f'"{self.policy}";r={left};t={seconds}',
        }

    def refusal(self, detail: str, hint: str = "") -> Problem:
        """The answer to what is too much."""
        headers = {**self.headers, "Retry-After": str(seconds_of(self.count.left))}
        return Problem(429, "too_many_requests", detail, hint=hint, headers=headers)


def paced(name: str, *, policy: str, limit: int, now: datetime) -> Pace:
    """Count one request under a name."""
    return Pace(policy, limit, windows().count({name: 1}, now=now)[name])


def check_guesses(request: HttpRequest) -> None:
    """Look at no more keys from an address that has shown too many wrong ones, whether this one is right or not."""
    guesses: Pace | None = getattr(request, "guesses", None)
    if guesses is not None and guesses.count.hits >= guesses.limit:
        raise _too_many_guesses(guesses)


def note_guess(request: HttpRequest, *, now: datetime) -> None:
    """Count a key that is none; the answer to one too many does not even say that."""
    guesses = paced(_guesses_of(request), policy="refused-keys", limit=settings.API_REFUSED_KEYS_PER_MINUTE, now=now)
    if guesses.is_exceeded:
        raise _too_many_guesses(guesses)


def _too_many_guesses(guesses: Pace) -> Problem:
    return guesses.refusal(
        _("Too many requests with keys that are not valid came from this address."), _("Check the key, and wait.")
    )


def _guesses_of(request: HttpRequest) -> str:
    return f"guesses:{sender(client_address(request))}"


class PaceMiddleware:
    """Counts what comes to the API from each address, and tells every answer's reader how much is left."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(API):
            return self.get_response(request)
        address, guesses = f"address:{sender(client_address(request))}", _guesses_of(request)
        counts = windows().count({address: 1, guesses: 0}, now=timezone.now())
        request.pace = Pace("address", settings.API_REQUESTS_PER_MINUTE, counts[address])
        request.guesses = Pace("refused-keys", settings.API_REFUSED_KEYS_PER_MINUTE, counts[guesses])
        response = _too_fast(request) if request.pace.is_exceeded else self.get_response(request)
        for name, value in request.pace.headers.items():
            response.headers.setdefault(name, value)
        return response


def _too_fast(request: HttpRequest) -> JsonResponse:
    """Refuse a request before anything else is done about it."""
    return problem_response(request.pace.refusal(_("Too many requests came from this address.")), request)


def problem_response(problem: Problem, request: HttpRequest) -> JsonResponse:
    """A problem as the answer to a request that no view has seen."""
    return JsonResponse(
        problem_body(problem, request_id=request.request_id),
        status=problem.status_code,
        headers=problem.problem_headers,
        content_type="application/problem+json",
    )
