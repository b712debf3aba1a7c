"""Pages that mails lead to."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from reports.links import settings_link, unsubscriber
from reports.services.subscriptions import stop_digests


@csrf_exempt  # The signed token says who asks; mail programs post without a page of ours.
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Show what would stop, and stop it on a press of the button; looking alone changes nothing."""
    reader = unsubscriber(token)
    if reader is None:
        raise Http404
    if request.method == "POST":
        stop_digests(reader=reader)
    context = {"reader": reader, "is_stopped": not reader.wants_digest, "settings_url": settings_link()}
    return render(request, "reports/unsubscribe.html", context)
