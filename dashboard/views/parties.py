"""Contracts and vendors."""

from datetime import date
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from bpo.csv_export import csv_file, wants_csv
from bpo.htmx import render_page
from bpo.viewpoint import viewpoint_of
from contracts.models.agreements import Contract
from contracts.selectors import contract_on
from dashboard.selectors.contract_page import fee_lines, level_lines
from dashboard.selectors.parties import certificate_rows, contract_rows, vendor_page, vendor_rows
from vendors.models import Vendor

A_PAGE = 50
# Days beyond these are no contract's, and some cannot be counted on from.
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)
CONTRACT_HEADER = (
    "client", "vendor", "reference", "title", "status", "starts_on", "ends_on", "zone", "currency",
    "service_levels", "open_breaches",
)  # fmt: skip
VENDOR_HEADER = (
    "vendor", "country", "status", "risk_tier", "service_levels", "met", "reported", "not_reported", "at_risk",
    "open_breaches",
)  # fmt: skip


@login_required
@require_safe
def contract_list(request: HttpRequest) -> HttpResponse:
    """The reader's contracts."""
    viewpoint = viewpoint_of(request)
    contracts = Contract.objects.visible_to(viewpoint).order_by(
        "client__organisation__name", "vendor__organisation__name", "reference"
    )
    if wants_csv(request):
        rows = [
            [
                row.contract.client.name, row.contract.vendor.name, row.contract.reference, row.contract.title,
                row.status_word, row.contract.starts_on.isoformat(),
                row.contract.ends_on.isoformat() if row.contract.ends_on else "", row.contract.zone,
                row.contract.currency, row.levels, row.open_breaches, row.contract.public_id,
                request.build_absolute_uri(f"/contracts/{row.contract.public_id}"), "",
            ]
            for row in contract_rows(contracts, viewpoint)
        ]  # fmt: skip
        now = timezone.now()
        return csv_file(viewpoint=viewpoint, what="contracts", header=CONTRACT_HEADER, rows=rows, now=now)
    page = Paginator(contracts, A_PAGE).get_page(request.GET.get("page"))
    rows = contract_rows(page.object_list, viewpoint)
    context = {"page": page, "rows": rows, "viewpoint": viewpoint}
    return render_page(request, "dashboard/contract_list.html", context=context)


@login_required
@require_safe
def contract_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """What was agreed, and what is in force on a day: today, or `?on=2025-03-01`."""
    contracts = Contract.objects.visible_to(request.user).select_related(
        "client__organisation", "vendor__organisation", "calendar"
    )
    contract = get_object_or_404(contracts, public_id=public_id)
    today = timezone.now().astimezone(ZoneInfo(contract.zone)).date()
    on, is_understood = asked_day(request, today)
    picture = contract_on(contract, on=on)
    context = {
        "contract": contract,
        "picture": picture,
        "levels": level_lines(picture),
        "fees": fee_lines(picture),
        "on": on,
        "today": today,
        "is_understood": is_understood,
        "amendments": contract.amendments.order_by("number"),
        "certificates": certificate_rows(contract.vendor, request.user, on),
        "viewpoint": viewpoint_of(request),
    }
    return render_page(request, "dashboard/contract_detail.html", context=context)


def asked_day(request: HttpRequest, today: date) -> tuple[date, bool]:
    """The day that the address asks for; today, and False, where it cannot be read."""
    text = request.GET.get("on", "")
    if not text:
        return today, True
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today, False
    return (day, True) if EARLIEST <= day <= LATEST else (today, False)


@login_required
@require_safe
def vendor_list(request: HttpRequest) -> HttpResponse:
    """The vendors that the reader has a contract with; a vendor sees itself."""
    viewpoint = viewpoint_of(request)
    vendors = Vendor.objects.visible_to(viewpoint).select_related("organisation").order_by("organisation__name")
    if wants_csv(request):
        rows = [
            [
                row.vendor.name, row.vendor.country, row.vendor.get_status_display(),
                row.vendor.get_risk_tier_display(), row.levels, row.met, row.reported, row.missing, row.at_risk,
                row.open_breaches, row.vendor.public_id,
                request.build_absolute_uri(f"/vendors/{row.vendor.public_id}"), "",
            ]
            for row in vendor_rows(vendors, viewpoint)
        ]  # fmt: skip
        now = timezone.now()
        return csv_file(viewpoint=viewpoint, what="vendors", header=VENDOR_HEADER, rows=rows, now=now)
    page = Paginator(vendors, A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": vendor_rows(page.object_list, viewpoint), "viewpoint": viewpoint}
    return render_page(request, "dashboard/vendor_list.html", context=context)


@login_required
@require_safe
def vendor_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """One vendor: contracts, service levels, sites, certificates, people."""
    vendors = Vendor.objects.visible_to(request.user).select_related("organisation")
    vendor = get_object_or_404(vendors, public_id=public_id)
    shown = vendor_page(vendor=vendor, principal=request.user, now=timezone.now())
    context = {"vendor": vendor, "shown": shown, "viewpoint": viewpoint_of(request)}
    return render_page(request, "dashboard/vendor_detail.html", context=context)
