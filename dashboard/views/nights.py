"""The nightly runs: whether they ran, and what they changed for the reader."""

from datetime import date

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from bpo.htmx import render_page
from bpo.lists import Table
from bpo.viewpoint import viewpoint_of
from dashboard.lists import NIGHTS
from dashboard.selectors.nights import MOST, night_page, night_rows, nights_status, runs_of

A_PAGE = 60


@login_required
@require_safe
def night_list(request: HttpRequest) -> HttpResponse:
    """The runs of the reader's zones, latest first."""
    viewpoint = viewpoint_of(request)
    page = Paginator(runs_of(principal=viewpoint), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "table": Table(NIGHTS, night_rows(runs=list(page.object_list), principal=viewpoint), viewpoint),
        "nights": nights_status(principal=viewpoint, now=timezone.now()),
        "viewpoint": viewpoint,
    }
    return render_page(request, "dashboard/night_list.html", context=context)


@login_required
@require_safe
def nights_of_day(request: HttpRequest, on: str) -> HttpResponse:
    """The runs of one date, zone by zone."""
    viewpoint = viewpoint_of(request)
    runs = list(runs_of(principal=request.user, on=_day(on)))
    if not runs:
        raise Http404
    table = Table(NIGHTS, night_rows(runs=runs, principal=request.user), viewpoint)
    context = {"on": _day(on), "table": table, "viewpoint": viewpoint}
    return render_page(request, "dashboard/night_day.html", context=context)


@login_required
@require_safe
def night_detail(request: HttpRequest, on: str, zone: str) -> HttpResponse:
    """What one run of one zone did for the reader."""
    run = get_object_or_404(runs_of(principal=request.user, on=_day(on)), zone=zone)
    shown = night_page(run=run, principal=request.user)
    failures = Paginator(shown.failures, MOST).get_page(request.GET.get("page"))
    context = {"shown": shown, "failures": failures, "viewpoint": viewpoint_of(request)}
    return render_page(request, "dashboard/night_detail.html", context=context)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error
