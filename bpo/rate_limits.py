"""Rate limits of the API, by caller and by address, stated in the headers of every response."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from bpo.api_base import Problem, problem_response
from bpo.client_addresses import client_address, network_of
from bpo.counters import INTERVAL, Count, counters, whole_seconds

API = "/api/"


@dataclass(frozen=True, slots=True)
class RateLimit:
    """One limit with its current count."""

    policy: str
    limit: int
    count: Count

    @property
    def is_exceeded(self) -> bool:
        return self.count.hits > self.limit

    @property
    def headers(self) -> dict[str, str]:
        """Return the RateLimit fields of the IETF's draft."""
        seconds, left = whole_seconds(self.count.left), max(0, self.limit - self.count.hits)
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.limit};w={int(INTERVAL.total_seconds())}',
            "RateLimit": f'"{self.policy}";r={left};t={seconds}',
        }

    def refusal(self, detail: str, hint: str = "") -> Problem:
        """Return the 429 problem."""
        headers = {**self.headers, "Retry-After": str(whole_seconds(self.count.left))}
        return Problem(429, "too_many_requests", detail, hint=hint, headers=headers)


def count_request(name: str, *, policy: str, limit: int, now: datetime) -> RateLimit:
    """Count one request under a name and return its limit."""
    return RateLimit(policy, limit, counters().count({name: 1}, now=now)[name])


def refuse_guessing(request: HttpRequest) -> None:
    """Refuse every key from an address that has sent too many wrong ones. Raises Problem."""
    guesses: RateLimit | None = getattr(request, "guesses", None)
    if guesses is not None and guesses.count.hits >= guesses.limit:
        raise _too_many_guesses(guesses)


def count_wrong_key(request: HttpRequest, *, now: datetime) -> None:
    """Count a wrong key. Raises Problem where the address has sent too many."""
    name = f"guesses:{network_of(client_address(request))}"
    guesses = count_request(name, policy="refused-keys", limit=settings.API_REFUSED_KEYS_PER_MINUTE, now=now)
    if guesses.is_exceeded:
        raise _too_many_guesses(guesses)


def _too_many_guesses(guesses: RateLimit) -> Problem:
    return guesses.refusal(
        _("Too many requests with keys that are not valid came from this address."), _("Check the key, and wait.")
    )


def limit_requests(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Count the API requests of each address, and state in every response how many are left."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(API):
            return get_response(request)
        network = network_of(client_address(request))
        address, guesses = f"address:{network}", f"guesses:{network}"
        counts = counters().count({address: 1, guesses: 0}, now=timezone.now())
        request.rate_limit = RateLimit("address", settings.API_REQUESTS_PER_MINUTE, counts[address])
        request.guesses = RateLimit("refused-keys", settings.API_REFUSED_KEYS_PER_MINUTE, counts[guesses])
        if request.rate_limit.is_exceeded:
            refusal = request.rate_limit.refusal(_("Too many requests came from this address."))
            response: HttpResponse = problem_response(refusal, request)
        else:
            response = get_response(request)
        for name, value in request.rate_limit.headers.items():
            response.headers.setdefault(name, value)
        return response

    return middleware
