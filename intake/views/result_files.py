"""Files to fill in and to correct: what a feed owes, and the results that are there."""

from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from bpo.htmx import render_page
from bpo.viewpoint import PageRequest, viewpoint_of
from intake.due import owed_reports
from intake.files.result_files import TYPES, TooManyRows, due_file, results_file, results_within
from intake.forms import ResultsForm, address_of
from intake.views.imports import feeds_of, reporting_vendor
from sla.periods import add_months


@login_required
@require_safe
def template(request: PageRequest, address: str) -> HttpResponse:
    """A file to fill in: the feed's columns, and a row for each total that is owed; CSV, or with type=xlsx typed."""
    viewpoint = viewpoint_of(request)
    reporting_vendor(viewpoint)
    feeds = feeds_of(viewpoint)
    chosen = next((feed for feed in feeds if address_of(feed) == address), None)
    type_ = request.GET.get("type", "csv")
    if chosen is None or type_ not in TYPES:
        raise Http404
    return due_file(chosen, owed_reports(feeds.filter(pk=chosen.pk), now=timezone.now())).response(type_, "due")


@login_required
@require_safe
def results(request: PageRequest) -> HttpResponse:
    """Choose a feed and days; get their results as a file that can be corrected and brought back."""
    viewpoint = viewpoint_of(request)
    reporting_vendor(viewpoint)
    today = timezone.now().astimezone(ZoneInfo(request.user.zone)).date()
    initial: dict[str, object] = {"first": add_months(today.replace(day=1), -1), "last": today, "type": "xlsx"}
    feeds = feeds_of(viewpoint)
    form = ResultsForm(request.GET if "feed" in request.GET else None, feeds=feeds, initial=initial)
    if form.is_valid():
        given = form.cleaned_data
        feed = form.feeds[given["feed"]]
        try:
            rows = results_within(viewpoint, feed, given["first"], given["last"])
            return results_file(feed, rows).response(given["type"], f"{given['first']}_{given['last']}")
        except TooManyRows as refused:
            form.add_error("last", str(refused))
    status = 400 if form.errors else 200
    return render_page(request, "intake/results_file.html", context={"form": form}, status=status)
