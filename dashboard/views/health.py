"""The state of the installation: ready or not, for monitoring; everything, for operators."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from bpo.htmx import render_page
from bpo.lists import Table
from bpo.viewpoint import viewpoint_of
from reports.system_health.lists import CONDITIONS
from reports.system_health.prometheus import CONTENT_TYPE, exposition
from reports.system_health.recent import RECENT

RETRY_AFTER = {"Retry-After": "5"}
# What may be told to everybody: whether the parts work that the desk cannot do without.
OF_READINESS = ("database", "migrations", "broker", "workers", "files")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 where the desk can do its work, otherwise 503 with the reasons."""
    health = RECENT.at(timezone.now())
    conditions = [condition for condition in health.conditions if condition.name in OF_READINESS]
    body = {
        "status": "ok" if health.is_ready else "unavailable",
        "conditions": {row.name: ((row.stops or row.name == "files") and row.problem) or "ok" for row in conditions},
    }
    return JsonResponse(body, status=200 if health.is_ready else 503, headers={} if health.is_ready else RETRY_AFTER)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The conditions for Prometheus: with the token of the settings, or for a signed-in operator."""
    if not has_metrics_token(request):
        if not request.user.is_authenticated:
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
        if viewpoint_of(request).side != "operator":
            raise Http404
    return HttpResponse(exposition(RECENT.at(timezone.now())), content_type=CONTENT_TYPE)


def has_metrics_token(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(settings.METRICS_TOKEN) and constant_time_compare(given, settings.METRICS_TOKEN)


@login_required
@require_safe
def system_health(request: HttpRequest) -> HttpResponse:
    """Every condition of the installation, its workers and versions; for operators alone."""
    viewpoint = viewpoint_of(request)
    if viewpoint.side != "operator":
        raise Http404
    health = RECENT.at(timezone.now())
    problems_first = sorted(health.conditions, key=lambda condition: condition.is_ok)
    context = {"health": health, "table": Table(CONDITIONS, problems_first, viewpoint), "viewpoint": viewpoint}
    return render_page(request, "dashboard/system_health.html", context=context)
