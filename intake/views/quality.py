"""The page of data quality, and the vendor's word that a report comes later."""

from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bpo.acts import perform
from bpo.htmx import render_page
from bpo.lists import Table
from bpo.models import Role
from bpo.viewpoint import Viewpoint, viewpoint_of
from intake.delays import announce_delay
from intake.due import DueReport, owed_reports
from intake.forms import DelayForm
from intake.lists import DUE_REPORTS
from intake.selectors.quality import quality_page
from intake.views.imports import feeds_of, reporting_vendor

REMINDERS = (Role.CLIENT_ADMIN, Role.CLIENT_MANAGER, Role.OPERATOR_ADMIN)


@login_required
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """Who has not reported?"""
    viewpoint = viewpoint_of(request)
    shown = quality_page(viewpoint, now=timezone.now())
    context = {
        "shown": shown,
        "owed": Table(DUE_REPORTS, shown.owed, viewpoint),
        "viewpoint": viewpoint,
        "may_remind": request.user.has_role(*REMINDERS) and not viewpoint.is_vendor,
    }
    return render_page(request, "intake/data.html", context=context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delay(request: HttpRequest, report_id: str) -> HttpResponse:
    """Say when a report that is owed will come."""
    viewpoint, now = viewpoint_of(request), timezone.now()
    reporting_vendor(viewpoint)
    report = _owed(viewpoint, report_id, now)
    context = {"report": report, "viewpoint": viewpoint}
    return perform(
        request,
        form=DelayForm(request.POST if request.method == "POST" else None),
        page=lambda form, status: render_page(
            request, "intake/delay.html", context=context | {"form": form}, status=status
        ),
        act=lambda given: announce_delay(
            feed=report.feed, starts_on=report.span.start, actor=request.user, today=report.today, now=now, **given
        ),
        done=lambda _delay: _("The delay of %(id)s is announced.") % {"id": report.id},
        then=lambda _delay: redirect("intake:data"),
    )


def _owed(viewpoint: Viewpoint, report_id: str, now: datetime) -> DueReport:
    owed = {report.id: report for report in owed_reports(feeds_of(viewpoint), now=now)}
    if report_id not in owed:
        raise Http404
    return owed[report_id]
