"""The page of data quality, and the vendor's word that a report comes later."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bpo.acts import perform
from bpo.htmx import render_page
from bpo.list_pages import list_page
from bpo.models import Role
from bpo.viewpoint import PageRequest, Viewpoint, viewpoint_of
from contracts.models.service_levels import Feed
from intake.delays import announce_delay
from intake.due import DueReport, due_reports, report_named
from intake.filters import DueFilter
from intake.forms import DelayForm, NilForm
from intake.lists import DUE_REPORTS
from intake.receiving import report_nothing
from intake.selectors.owed import owed_by
from intake.selectors.quality import due_cells, quality_page, reporting_feeds
from intake.views.imports import feeds_of, reporting_vendor
from sla.periods import DAY

FEEDS_A_PAGE = 25
REMINDERS = (Role.CLIENT_ADMIN, Role.CLIENT_MANAGER, Role.OPERATOR_ADMIN)


@login_required
@require_safe
def data(request: PageRequest) -> HttpResponse:
    """Who has not reported?"""
    now, viewpoint = timezone.now(), viewpoint_of(request)
    filtered = DueFilter(request.GET, queryset=Feed.objects.visible_to(viewpoint))
    feeds, owed = set(filtered.qs.values_list("pk", flat=True)), owed_by(request, now=now)
    state = filtered.form.cleaned_data.get("state")
    feed_page = Paginator(reporting_feeds(filtered.qs, now=now), FEEDS_A_PAGE).get_page(request.GET.get("feeds"))
    reports = due_reports(Feed.objects.filter(pk__in=list(feed_page)), now=now)
    context = {
        "filter": filtered,
        "shown": quality_page(viewpoint, owed, reports, now=now),
        "feed_page": feed_page,
        "may_remind": request.user.has_role(*REMINDERS) and not viewpoint.is_vendor,
    }
    return list_page(
        request,
        DUE_REPORTS,
        [row for row in reversed(owed) if row.feed.pk in feeds and (row.state == state or not state)],
        rows=lambda page: due_cells(viewpoint, page), file_name="reports owed",
        template="intake/data.html", part="intake/_data_owed.html", context=context,
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def nothing(request: PageRequest, report_id: str) -> HttpResponse:
    """State that nothing happened in the days of a report that is owed."""
    viewpoint, now = viewpoint_of(request), timezone.now()
    report = known_report(viewpoint, report_id, now)
    if not report.state.is_owed:
        return back_to_data(request, report)
    days = {"first": max(report.span.start, report.feed.time.start), "last": report.span.end - DAY}
    context = {"report": report, "viewpoint": viewpoint}
    return perform(
        request,
        form=NilForm(request.POST if request.method == "POST" else None, initial=days),
        page=lambda form, status: render_page(
            request, "intake/nothing.html", context=context | {"form": form}, status=status
        ),
        act=lambda given: report_nothing(
            feed=report.feed, person=viewpoint.user, now=now, request_id=getattr(request, "request_id", ""), **given
        ),
        done=lambda receipt: _("That nothing happened is stored, receipt %(id)s.") % {"id": receipt.batch.public_id},
        then=lambda _receipt: redirect("intake:data"),
    )


def known_report(viewpoint: Viewpoint, report_id: str, now: datetime) -> DueReport:
    """Return a report of the reader's vendor. Raises PermissionDenied for those who do not report, Http404."""
    reporting_vendor(viewpoint)
    report = report_named(report_id, feeds_of(viewpoint), now=now)
    if report is None:
        raise Http404
    return report


def back_to_data(request: PageRequest, report: DueReport) -> HttpResponse:
    """Answer a form of a report that is not owed, such as one that is sent twice."""
    names = {"feed": report.feed.name, "period": report.period}
    messages.info(request, _("%(feed)s, %(period)s: this report is not owed now. Nothing was stored.") % names)
    return redirect("intake:data")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delay(request: PageRequest, report_id: str) -> HttpResponse:
    """Say when a report that is owed will come."""
    viewpoint, now = viewpoint_of(request), timezone.now()
    report = known_report(viewpoint, report_id, now)
    if not report.state.is_owed:
        return back_to_data(request, report)
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
