"""Service levels: the list, one of them, one of its periods."""

from datetime import date

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from bpo.csv_export import csv_file, wants_csv
from bpo.htmx import render_page
from bpo.strict_values import CellError, read_day
from bpo.viewpoint import Viewpoint, viewpoint_of
from breaches.services.excuses import may_ask
from contracts.models.service_levels import ServiceLevel
from dashboard.filters import LevelFilter
from dashboard.selectors.level_page import level_page
from dashboard.selectors.levels import LevelRow, level_rows, with_standing
from dashboard.selectors.period_page import period_page
from metrics.as_of import night_over
from metrics.receipts import owns_receipts
from metrics.services.recalendared import other_days
from metrics.services.restatements import may_restate

A_PAGE = 50
GROUPS = {
    "vendor": "contract__vendor__organisation__name",
    "client": "contract__client__organisation__name",
    "contract": "contract__reference",
}
HEADER = (
    "client", "vendor", "contract", "code", "name", "expected", "minimum",
    "last_period", "last_status", "last_value", "open_period", "open_status", "open_value",
)  # fmt: skip


@login_required
@require_safe
def level_list(request: HttpRequest) -> HttpResponse:
    """Every service level that the reader may see, filtered and grouped by the address."""
    now, viewpoint = timezone.now(), viewpoint_of(request)
    group = request.GET.get("group", "client" if viewpoint.is_vendor else "vendor")
    group = group if group in GROUPS else "vendor"
    found = LevelFilter(request.GET, queryset=ServiceLevel.objects.visible_to(viewpoint))
    levels = with_standing(found.qs).order_by(GROUPS[group], "contract__reference", "code")
    if wants_csv(request):
        return _as_csv(request, viewpoint, level_rows(levels, now), now)
    page = Paginator(levels, A_PAGE).get_page(request.GET.get("page"))
    context = {"filter": found, "page": page, "rows": level_rows(page, now), "group": group, "viewpoint": viewpoint}
    return render_page(request, "dashboard/level_list.html", part="dashboard/_levels.html", context=context)


@login_required
@require_safe
def level_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """How one service level stands and where it comes from."""
    level = get_object_or_404(with_standing(ServiceLevel.objects.visible_to(request.user)), public_id=public_id)
    day = past_day(request)
    as_of = (day, night_over(level.contract.zone, day)) if day else None
    shown = level_page(level=level, principal=request.user, now=timezone.now(), as_of=as_of)
    if wants_csv(request):
        return _periods_as_csv(request, shown)
    context = {"level": level, "shown": shown, "viewpoint": viewpoint_of(request), "as_of": day}
    return render_page(request, "dashboard/level_detail.html", context=context)


@login_required
@require_safe
def period_detail(request: HttpRequest, public_id: str, label: str) -> HttpResponse:
    """Why one period's number is what it is; `?rev=1` shows a revision, `?as_of=2025-11-05` what held that morning."""
    level = get_object_or_404(with_standing(ServiceLevel.objects.visible_to(request.user)), public_id=public_id)
    asked = request.GET.get("rev", "")
    revision = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else None
    if asked and revision is None:
        raise Http404
    day = past_day(request)
    at = night_over(level.contract.zone, day) if day else None
    shown = period_page(level=level, label=label, revision=revision, principal=request.user, at=at)
    if shown is None:
        raise Http404
    if wants_csv(request):
        return _days_as_csv(request, level, shown)
    context = {"level": level, "shown": shown, "viewpoint": viewpoint_of(request), "as_of": day}
    is_present = day is None and shown.is_latest
    context["may_restate"] = is_present and shown.row.verdict.is_final and may_restate(request.user, level)
    context["owns_receipts"] = owns_receipts(request.user, level.contract)
    context["may_ask"] = is_present and may_ask(request.user, level)
    context["calendar_days"] = other_days(shown.row.verdict, now=timezone.now()) if is_present else []
    return render_page(request, "dashboard/period_detail.html", context=context)


def past_day(request: HttpRequest) -> date | None:
    """The day after whose night the reader wants to look from; a day that is none is an address that is none."""
    asked = request.GET.get("as_of", "")
    if not asked:
        return None
    try:
        return read_day(asked)
    except CellError as wrong:
        raise Http404 from wrong


def _as_csv(request: HttpRequest, viewpoint: Viewpoint, rows: list[LevelRow], now) -> HttpResponse:
    body = [
        [
            row.level.contract.client.organisation.name,
            row.level.contract.vendor.organisation.name,
            row.level.contract.reference,
            row.level.code,
            row.level.name,
            row.expected,
            row.minimum,
            *_half(row.last, row.last_sign),
            *_half(row.so_far, row.now_sign),
            row.level.public_id,
            request.build_absolute_uri(f"/service-levels/{row.level.public_id}"),
            row.last.value if row.last else None,
        ]
        for row in rows
    ]
    return csv_file(viewpoint=viewpoint, what="service levels", header=HEADER, rows=body, now=now)


def _half(verdict, sign) -> list[str]:
    return [verdict.period_label, sign.word, verdict.display] if verdict else ["", "", ""]


def _periods_as_csv(request: HttpRequest, shown) -> HttpResponse:
    level = shown.row.level
    base = request.build_absolute_uri(f"/service-levels/{level.public_id}")
    rows = [
        [
            period.verdict.period_label, period.verdict.starts_on.isoformat(), period.verdict.ends_on.isoformat(),
            period.sign.word, period.verdict.display, period.expected, period.minimum, period.verdict.cases,
            period.verdict.revision, level.public_id, f"{base}/{period.verdict.period_label}", period.verdict.value,
        ]
        for period in shown.periods
    ]  # fmt: skip
    header = ("period", "starts_on", "ends_on", "status", "value", "expected", "minimum", "cases", "revision")
    return csv_file(
        viewpoint=viewpoint_of(request), what=f"{level.public_id} periods", header=header, rows=rows, now=timezone.now()
    )


def _days_as_csv(request: HttpRequest, level: ServiceLevel, shown) -> HttpResponse:
    verdict = shown.row.verdict
    url = request.build_absolute_uri(f"/service-levels/{level.public_id}/{verdict.period_label}?rev={verdict.revision}")
    rows = [
        [on, numerator, denominator, cases, level.public_id, url, day.shown]
        for (on, numerator, denominator, cases), day in zip(verdict.days, shown.days, strict=True)
    ]
    header = ("day", "numerator", "denominator", "cases")
    what = f"{level.public_id} {verdict.period_label} days"
    return csv_file(viewpoint=viewpoint_of(request), what=what, header=header, rows=rows, now=timezone.now())
