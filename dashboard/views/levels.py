"""Service levels: the list, one of them, one of its periods."""

from datetime import date

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from bpo.csv_export import csv_response, wants_csv
from bpo.htmx import render_page
from bpo.list_pages import list_page
from bpo.lists import Table
from bpo.strict_values import CellError, read_day
from bpo.viewpoint import PageRequest, viewpoint_of
from breaches.services.excuses import may_ask
from contracts.models.service_levels import ServiceLevel
from dashboard.selectors.level_page import level_page, verdict_rows
from dashboard.selectors.levels import HEAVY, level_row, with_standing
from dashboard.selectors.period_page import period_page
from metrics.as_of import end_of_night
from metrics.filters import LateArrivalFilter, ServiceLevelFilter, VerdictFilter
from metrics.lists import LATE_ARRIVALS, OF_PERIOD, SERVICE_LEVELS, VERDICTS, verdict_days
from metrics.models.verdicts import LateArrival, Verdict
from metrics.querysets import PARTIES, owns_receipts
from metrics.services.closed_periods import changed_calendar_days
from metrics.services.judged_since import judged_since
from metrics.services.restatements import may_restate

OF_LEVEL, OF_LEVELS = VERDICTS.without("level"), VERDICTS.without("breach")
VERDICT_PATHS = ("terms", "service_level__feed", *PARTIES)
# What a page of service levels is grouped by: its order, and the heading of each group.
GROUPS = {
    "vendor": ("contract__vendor__organisation__name", lambda row: row.level.contract.vendor.name),
    "client": ("contract__client__organisation__name", lambda row: row.level.contract.client.name),
    "contract": ("contract__reference", lambda row: str(row.level.contract)),
}


@login_required
@require_safe
def level_list(request: PageRequest) -> HttpResponse:
    """The service levels that the reader may see, filtered and grouped by the parameters of the address."""
    now, viewpoint = timezone.now(), viewpoint_of(request)
    group = request.GET.get("group", "client" if viewpoint.is_vendor else "vendor")
    group = group if group in GROUPS else "vendor"
    filtered = ServiceLevelFilter(request.GET, queryset=ServiceLevel.objects.visible_to(viewpoint))
    order, heading = GROUPS[group]
    return list_page(
        request,
        SERVICE_LEVELS,
        with_standing(filtered.qs).order_by(order, "contract__reference", "code"),
        rows=lambda levels: [level_row(level, now) for level in levels],
        template="dashboard/level_list.html",
        part="dashboard/_levels.html",
        file_name="service levels",
        group=heading,
        context={"filter": filtered, "group": group},
    )


@login_required
@require_safe
def verdict_list(request: PageRequest) -> HttpResponse:
    """Verdicts of all service levels that the reader may see, the latest periods first."""
    filtered = VerdictFilter(request.GET, queryset=Verdict.objects.visible_to(viewpoint_of(request)))
    verdicts = filtered.qs.select_related(*VERDICT_PATHS).defer(*HEAVY)
    return list_page(
        request,
        OF_LEVELS,
        verdicts.order_by("-starts_on", "service_level__code", "service_level", "-revision"),
        rows=verdict_rows,
        template="dashboard/verdict_list.html",
        part="dashboard/_verdicts.html",
        file_name="verdicts",
        context={"filter": filtered},
    )


@login_required
@require_safe
def late_list(request: PageRequest) -> HttpResponse:
    """Results that came after their periods had closed, the latest first."""
    viewpoint = viewpoint_of(request)
    filtered = LateArrivalFilter(request.GET, queryset=LateArrival.objects.visible_to(viewpoint))
    late = filtered.qs.select_related("batch", "counted_by", *PARTIES)
    return list_page(
        request,
        LATE_ARRIVALS.without("receipt") if viewpoint.side == "client" else LATE_ARRIVALS,
        late.defer("counted_by__days", "counted_by__working").order_by("-arrived_at", "-pk"),
        rows=list,
        template="dashboard/late_list.html",
        part="dashboard/_late_results.html",
        file_name="late results",
        context={"filter": filtered},
    )


@login_required
@require_safe
def level_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """One service level: its current standing and its periods."""
    level = get_object_or_404(with_standing(ServiceLevel.objects.visible_to(request.user)), public_id=public_id)
    day = past_day(request)
    as_of = (day, end_of_night(level.contract.zone, day)) if day else None
    now, viewpoint = timezone.now(), viewpoint_of(request)
    shown = level_page(level=level, principal=request.user, now=now, as_of=as_of)
    if wants_csv(request):
        what = f"{level.public_id} periods"
        return csv_response(request, OF_LEVEL, shown.periods, viewpoint=viewpoint, what=what, now=now)
    table = Table(OF_LEVEL, shown.periods, viewpoint)
    context = {"level": level, "shown": shown, "table": table, "viewpoint": viewpoint, "as_of": day}
    return render_page(request, "dashboard/level_detail.html", context=context)


@login_required
@require_safe
def period_detail(request: PageRequest, public_id: str, label: str) -> HttpResponse:
    """The working of one period's verdict; `?rev=1` shows a revision, `?as_of=2025-11-05` the verdict of that day."""
    level = get_object_or_404(with_standing(ServiceLevel.objects.visible_to(request.user)), public_id=public_id)
    asked = request.GET.get("rev", "")
    revision = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else None
    if asked and revision is None:
        raise Http404
    day = past_day(request)
    at = end_of_night(level.contract.zone, day) if day else None
    shown = period_page(level=level, label=label, revision=revision, principal=request.user, at=at)
    if shown is None:
        raise Http404
    days, now, viewpoint = verdict_days(shown.row.verdict), timezone.now(), viewpoint_of(request)
    if wants_csv(request):
        what = f"{level.public_id} {label} days"
        return csv_response(request, days, shown.days, viewpoint=viewpoint, what=what, now=now)
    context = {"level": level, "shown": shown, "viewpoint": viewpoint, "as_of": day}
    context["days"] = Table(days, shown.days, viewpoint)
    is_present = day is None and shown.row.verdict.is_current
    context["may_restate"] = is_present and shown.row.verdict.is_final and may_restate(request.user, level)
    context["owns_receipts"] = owns_receipts(request.user, level.contract)
    late = LATE_ARRIVALS.without(*OF_PERIOD, *([] if context["owns_receipts"] else ["receipt"]))
    context["late"] = Table(late, shown.late, viewpoint)
    context["may_ask"] = is_present and may_ask(request.user, level)
    context["calendar_days"] = changed_calendar_days(shown.row.verdict, now=now) if is_present else []
    context["judged_since"] = judged_since(shown.row.verdict, now=now) if is_present else []
    return render_page(request, "dashboard/period_detail.html", context=context)


def past_day(request: PageRequest) -> date | None:
    """The day that `?as_of=` names; None without one. Raises Http404 where it is not a day, or mistyped."""
    if set(request.GET) - {"as_of", "rev", "format"}:
        raise Http404
    asked = request.GET.get("as_of", "")
    if not asked:
        return None
    try:
        return read_day(asked)
    except CellError as error:
        raise Http404 from error
