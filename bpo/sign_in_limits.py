"""How often passwords may be tried and account forms sent: counted by client address, by account and by person.

Counts are kept as those of the API are (`bpo/counters.py`): where the server of all machines does not answer, each
machine counts by itself, and people sign in as ever.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bpo.client_addresses import client_address, network_of
from bpo.counters import counters, whole_seconds

MINUTE = timedelta(minutes=1)
FORMS = "/accounts/"


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of one thing is let through under one key in an interval, which begins with the first."""

    name: str
    most: int
    interval: timedelta

    def count(self, key: str, more: int = 1) -> tuple[int, timedelta]:
        """Count, or take back; return how many there are now, and how long they still count."""
        # What people type is not kept in the open.
        name = f"{self.name}:{hashlib.sha256(key.encode()).hexdigest()}"
        count = counters().count({name: more}, now=timezone.now(), interval=self.interval)[name]
        return count.hits, count.left

    def allows(self, key: str) -> bool:
        return self.count(key)[0] <= self.most

    def forget(self, key: str) -> None:
        self.count(key, -self.count(key, 0)[0])


# Wrong passwords: of one client's address, and for one account from anywhere.
TRIES_OF_ADDRESS = Limit("tries-of-address", 10, MINUTE)
TRIES_OF_ACCOUNT = Limit("tries-of-account", 5, 5 * MINUTE)
# Wrong codes of a second factor, of somebody whose password was right.
CODES_OF_PERSON = Limit("codes-of-person", 5, 5 * MINUTE)
LINKS_OF_ACCOUNT = Limit("links-of-account", 5, 5 * MINUTE)
# All forms about accounts: a whole office may share an address.
FORMS_OF_ADDRESS = Limit("forms-of-address", 60, MINUTE)
FORMS_OF_PERSON = Limit("forms-of-person", 10, MINUTE)


def limit_account_forms(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse forms about accounts from an address, or of a signed-in person, that sent too many within a minute."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method != "POST" or not request.path.startswith(FORMS):
            return get_response(request)
        counts = [(FORMS_OF_ADDRESS, network_of(client_address(request)))]
        if request.user.is_authenticated:
            counts.append((FORMS_OF_PERSON, str(request.user.pk)))
        for limit, key in counts:
            hits, left = limit.count(key)
            if hits > limit.most:
                seconds = whole_seconds(left)
                refusal = render(request, "429.html", {"seconds": seconds}, status=429)
                refusal["Retry-After"] = str(seconds)
                return refusal
        return get_response(request)

    return middleware
