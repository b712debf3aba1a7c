"""The way to an organisation's own sign-in."""

from collections.abc import Callable
from urllib.parse import urlsplit

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from requests import RequestException

from bpo.models import SingleSignOn

LONGEST_ADDRESS = 254
View = Callable[[HttpRequest, str], HttpResponse]

log = structlog.get_logger("desk.sign_on")


@require_safe
def find_sign_on(request: HttpRequest) -> HttpResponse:
    """Name the providers that vouch for an address; a link leads there, since forms may send nowhere else."""
    address = request.GET.get("email", "")[:LONGEST_ADDRESS].strip()
    rows = SingleSignOn.objects.filter(is_active=True, organisation__is_active=True).select_related("organisation")
    found = [(row, urlsplit(row.server_url).hostname) for row in rows if address and row.vouches_for(address)]
    return render(request, "account/sign_on.html", {"address": address, "found": found})


def asking(view: View) -> View:
    """Wrap a view that asks an identity provider: one that is away, or answers badly, is no error of the desk."""

    def asks(request: HttpRequest, provider_id: str) -> HttpResponse:
        try:
            return view(request, provider_id)
        except (RequestException, LookupError) as error:
            log.warning("identity_provider_failed", organisation=provider_id, error=type(error).__name__)
            return render(request, "socialaccount/authentication_error.html", status=502)

    return asks
