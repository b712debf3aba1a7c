"""Restating a closed period: a preview, and the restatement with a reason."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bpo.acts import perform
from bpo.errors import Refused
from bpo.htmx import render_page
from bpo.lists import Table
from bpo.viewpoint import PageRequest, viewpoint_of
from contracts.models.service_levels import ServiceLevel
from dashboard.forms import RestatementForm
from dashboard.selectors.levels import with_standing
from dashboard.selectors.period_page import PeriodPage, period_page
from metrics.effects import move_rows
from metrics.lists import LATE_ARRIVALS, OF_PERIOD
from metrics.services.closed_periods import (
    changed_calendar_days,
    corrections_over,
    last_correction_days,
    may_correct_late,
)
from metrics.services.judged_since import judged_since
from metrics.services.restatements import closed_cell, may_restate, preview_late, restate_late
from metrics.timelines import Cell


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def restate(request: PageRequest, public_id: str, label: str) -> HttpResponse:
    """Show what counting the late results of a closed period would change; a POST with a reason does it."""
    level = get_object_or_404(with_standing(ServiceLevel.objects.visible_to(request.user)), public_id=public_id)
    shown = period_page(level=level, label=label, revision=None, principal=request.user)
    if shown is None:
        raise Http404
    cell = closed_cell(shown.row.verdict)
    if cell is None:
        raise Http404
    return perform(
        request,
        allowed=may_restate(request.user, level),
        form=RestatementForm(request.POST if request.method == "POST" else None),
        page=lambda form, status: _page(request, shown, cell, form, status),
        act=lambda given: restate_late(cells=[cell], by=request.user, now=timezone.now(), **given),
        done=lambda _restatement: _("%(period)s is restated.") % {"period": shown.row.name},
        then=lambda _restatement: redirect("dashboard:period", level.public_id, cell.period.label),
    )


def _page(request: PageRequest, shown: PeriodPage, cell: Cell, form: forms.Form, status: int) -> HttpResponse:
    now, viewpoint = timezone.now(), viewpoint_of(request)
    context = {
        "level": cell.service_level,
        "shown": shown,
        "form": form,
        "viewpoint": viewpoint,
        "late": Table(LATE_ARRIVALS.without("receipt", *OF_PERIOD), shown.late, viewpoint),
        "calendar_days": changed_calendar_days(shown.row.verdict, now=now),
        "judged_since": judged_since(shown.row.verdict, now=now),
        "until": last_correction_days([cell]).get(cell.key),
        "is_over": cell.key in corrections_over([cell], now=now),
        "may_open": may_correct_late(request.user, cell.service_level),
    }
    try:
        restatement = preview_late(cells=[cell], now=now)
        rows = move_rows(restatement, now=now)
        context |= {"restatement": restatement, "rows": rows, "nothing": not any(row.changes for row in rows)}
    except Refused as refused:
        context["refusal"] = refused.sentence
    return render_page(request, "dashboard/restate.html", context=context, status=status)
