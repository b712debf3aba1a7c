"""Contracts and vendors."""

from datetime import date
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from bpo.csv_export import csv_response, wants_csv
from bpo.htmx import render_page
from bpo.lists import Table
from bpo.viewpoint import viewpoint_of
from contracts.filters import ContractFilter
from contracts.lists import CONTRACTS
from contracts.models.agreements import Contract
from contracts.selectors import contract_on
from dashboard.selectors.contract_page import fee_lines, level_lines
from dashboard.selectors.parties import certificate_rows, contract_rows, vendor_page, vendor_rows
from vendors.lists import VENDORS
from vendors.models import Vendor

A_PAGE = 50
# Days beyond these are no contract's, and some cannot be counted on from.
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)


@login_required
@require_safe
def contract_list(request: HttpRequest) -> HttpResponse:
    """The reader's contracts."""
    viewpoint = viewpoint_of(request)
    found = ContractFilter(request.GET, queryset=Contract.objects.visible_to(viewpoint))
    contracts = found.qs.order_by("client__organisation__name", "vendor__organisation__name", "reference")
    if wants_csv(request):
        rows, now = contract_rows(contracts, viewpoint), timezone.now()
        return csv_response(request, CONTRACTS, rows, viewpoint=viewpoint, what="contracts", now=now)
    page = Paginator(contracts, A_PAGE).get_page(request.GET.get("page"))
    table = Table(CONTRACTS, contract_rows(page.object_list, viewpoint), viewpoint)
    context = {"filter": found, "page": page, "table": table, "viewpoint": viewpoint}
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
        rows, now = vendor_rows(vendors, viewpoint), timezone.now()
        return csv_response(request, VENDORS, rows, viewpoint=viewpoint, what="vendors", now=now)
    page = Paginator(vendors, A_PAGE).get_page(request.GET.get("page"))
    table = Table(VENDORS, vendor_rows(page.object_list, viewpoint), viewpoint)
    context = {"page": page, "table": table, "viewpoint": viewpoint}
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
