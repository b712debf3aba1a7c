"""Contracts and vendors."""

from datetime import date
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from bpo.htmx import render_page
from bpo.list_pages import PAGE_SIZE, list_page
from bpo.tenancy import reach_of
from bpo.viewpoint import viewpoint_of
from contracts.filters import ContractFilter
from contracts.lists import CONTRACTS
from contracts.models.agreements import Contract
from contracts.selectors import contract_on
from dashboard.filters import VendorFilter
from dashboard.selectors.parties import FeeRow, certificate_rows, contract_rows, vendor_page, vendor_rows
from vendors.lists import VENDORS
from vendors.models import Vendor

# No contract has days beyond these.
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)


@login_required
@require_safe
def contract_list(request: HttpRequest) -> HttpResponse:
    """The contracts that the reader may see."""
    viewpoint = viewpoint_of(request)
    filtered = ContractFilter(request.GET, queryset=Contract.objects.heads_visible_to(viewpoint))
    return list_page(
        request,
        CONTRACTS,
        filtered.qs.order_by("client__organisation__name", "vendor__organisation__name", "reference"),
        rows=lambda contracts: contract_rows(contracts, viewpoint),
        template="dashboard/contract_list.html",
        part="dashboard/_contracts.html",
        file_name="contracts",
        context={"filter": filtered},
    )


@login_required
@require_safe
def contract_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """One contract, with what is in force today, or on the day of `?on=2025-03-01`; its head alone without a grant."""
    contracts = Contract.objects.heads_visible_to(request.user).select_related(
        "client__organisation", "vendor__organisation", "calendar"
    )
    contract = get_object_or_404(contracts, public_id=public_id)
    if reach_of(request.user).lacks_grant_of(contract.client.organisation_id):
        return render_page(request, "dashboard/contract_head.html", context={"contract": contract})
    today = timezone.now().astimezone(ZoneInfo(contract.zone)).date()
    on, is_understood = asked_day(request, today)
    picture = contract_on(contract, on=on)
    context = {
        "levels": Paginator(picture.levels, PAGE_SIZE).get_page(request.GET.get("page")),
        "contract": contract,
        "picture": picture,
        "fees": [FeeRow(fee, contract.currency) for fee in picture.fees],
        "on": on,
        "today": today,
        "is_understood": is_understood,
        "amendments": contract.amendments.order_by("number"),
        "certificates": certificate_rows(contract.vendor, request.user, on),
        "viewpoint": viewpoint_of(request),
    }
    return render_page(request, "dashboard/contract_detail.html", context=context)


def asked_day(request: HttpRequest, today: date) -> tuple[date, bool]:
    """The day that `?on=` names, and True; today, and False where it is not a valid day."""
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
    """The vendors that the reader has a contract with; a vendor sees itself, without what clients think of it."""
    viewpoint = viewpoint_of(request)
    vendors = Vendor.objects.visible_to(viewpoint).select_related("organisation")
    filtered = VendorFilter(request.GET, queryset=vendors, request=request)
    return list_page(
        request,
        VENDORS.without("risk", "risk_tier") if viewpoint.is_vendor else VENDORS,
        filtered.qs.order_by("organisation__name"),
        rows=lambda page: vendor_rows(page, viewpoint),
        template="dashboard/vendor_list.html",
        part="dashboard/_vendors.html",
        file_name="vendors",
        context={"filter": filtered},
    )


@login_required
@require_safe
def vendor_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """One vendor: contracts, service levels, sites, certificates, people."""
    vendors = Vendor.objects.visible_to(request.user).select_related("organisation")
    vendor = get_object_or_404(vendors, public_id=public_id)
    shown = vendor_page(vendor=vendor, principal=request.user, now=timezone.now())
    context = {
        "vendor": vendor,
        "shown": shown,
        "sees_risk": vendor.organisation_id not in reach_of(request.user).organisations,
        "viewpoint": viewpoint_of(request),
    }
    return render_page(request, "dashboard/vendor_detail.html", context=context)
