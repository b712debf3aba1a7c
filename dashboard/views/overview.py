"""The first page."""

from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from bpo.csv_export import csv_response, wants_csv
from bpo.htmx import render_page
from bpo.viewpoint import choose, viewpoint_of
from contracts.models.service_levels import ServiceLevel
from dashboard.lists import heat_list
from dashboard.selectors.heat import heat_map
from dashboard.selectors.overview import overview
from intake.selectors.owed import owed_by
from metrics.statuses import legend


@login_required
@require_safe
def first_page(request: HttpRequest) -> HttpResponse:
    """What changed, what waits for the reader, what is at risk; htmx gets the heat map alone."""
    now, viewpoint = timezone.now(), viewpoint_of(request)
    only_problems = request.GET.get("show") != "all"
    levels = ServiceLevel.objects.visible_to(viewpoint).select_related(
        "contract__client__organisation", "contract__vendor__organisation"
    )
    heat = heat_map(
        levels,
        principal=viewpoint,
        today=now.astimezone(ZoneInfo(viewpoint.user.zone)).date(),
        only_problems=only_problems,
        by_client=viewpoint.is_vendor,
        number=request.GET.get("page"),
        whole=wants_csv(request),
    )
    if wants_csv(request):
        rows = [(party, row) for party, rows in heat.groups for row in rows]
        return csv_response(request, heat_list(heat.months), rows, viewpoint=viewpoint, what="heat map", now=now)
    context = {"heat": heat, "only_problems": only_problems, "legend": legend(), "viewpoint": viewpoint}
    if request.headers.get("HX-Request") != "true":
        context["all_dates"] = request.GET.get("dates") == "all"
        context["overview"] = overview(viewpoint=viewpoint, owed=owed_by(request, now=now), now=now)
    return render_page(request, "dashboard/overview.html", part="dashboard/_heat.html", context=context)


@login_required
@require_POST
def organisation(request: HttpRequest) -> HttpResponse:
    """Switch to another of the person's organisations."""
    choose(request, request.POST.get("organisation", ""))
    return redirect("dashboard:overview")
