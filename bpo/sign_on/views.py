"""The way to an organisation's own sign-in."""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bpo.models import SingleSignOn

LONGEST_ADDRESS = 254


@require_safe
def find_sign_on(request: HttpRequest) -> HttpResponse:
    """Name the providers that vouch for an address; a link leads there, since forms may send nowhere else."""
    address = request.GET.get("email", "")[:LONGEST_ADDRESS].strip()
    rows = SingleSignOn.objects.filter(is_active=True, organisation__is_active=True).select_related("organisation")
    found = [(row, urlsplit(row.server_url).hostname) for row in rows if address and row.vouches_for(address)]
    return render(request, "account/sign_on.html", {"address": address, "found": found})
