"""The way to an organisation's own sign-in."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

import structlog
from allauth.account.internal.flows.reauthentication import resume_request
from allauth.account.utils import get_next_redirect_url
from allauth.core.internal.httpkit import add_query_params
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe
from requests import RequestException

from bpo.confirmation import must_confirm
from bpo.models import SingleSignOn
from bpo.sign_on.discovery import DiscoveringAdapter
from bpo.sign_on.services import providers_of
from bpo.viewpoint import PageRequest

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


@login_required
@require_safe
def confirm_by_sign_on(request: PageRequest) -> HttpResponse:
    """Ask somebody without password or second factor to sign in again at the provider."""
    found = providers_of(request.user)
    after = add_query_params(reverse("confirmed_by_sign_on"), {"next": get_next_redirect_url(request, "next") or "/"})
    # Without it, the provider would let through whoever has signed in there at some time.
    query = urlencode({"process": AuthProcess.REDIRECT, "next": after, "auth_params": "prompt=login"})
    return render(request, "account/confirm_by_sign_on.html", {"found": found, "query": query})


@login_required
@require_safe
def go_on_confirmed(request: PageRequest) -> HttpResponse:
    """Go on with what was asked for before the sign-in."""
    answer: HttpResponse | None = None if must_confirm(request) else resume_request(request)
    return answer or redirect("/")


def take_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take somebody back from the provider, with what it says of them."""
    try:
        view = OAuth2CallbackView.adapter_view(DiscoveringAdapter(request, provider_id))
        answer: HttpResponse = view(request)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    return answer


def asking(view: View) -> View:
    """Wrap a view that asks an identity provider: one that is away, or answers badly, is no error of the desk."""

    def asks(request: HttpRequest, provider_id: str) -> HttpResponse:
        try:
            return view(request, provider_id)
        except (RequestException, LookupError) as error:
            log.warning("identity_provider_failed", organisation=provider_id, error=type(error).__name__)
            return render(request, "socialaccount/authentication_error.html", status=502)

    return asks
