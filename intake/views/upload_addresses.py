"""Upload addresses: the page on which a vendor's manager makes and revokes them."""

from datetime import timedelta
from functools import partial

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from bpo.acts import perform
from bpo.compression import never_compress
from bpo.confirmation import confirmed
from bpo.htmx import render_page
from bpo.viewpoint import PageRequest
from contracts.models.service_levels import Feed
from contracts.querysets import TAKING_RESULTS
from intake.files.readings.shipped_readings import shipped_readings
from intake.forms import UploadAddressForm
from intake.models.readings import FeedReading
from intake.models.upload_addresses import UploadAddress
from intake.upload_addresses import address_state, make_address, revoke_address, url_of
from vendors.models import Vendor
from vendors.views import managed_vendor, managed_vendors


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
def address_list(request: PageRequest) -> HttpResponse:
    """The vendor's upload addresses; a new one is shown once, in the response that makes it."""
    vendor, now = managed_vendor(request), timezone.now()
    form = _form(request, vendor)
    return perform(
        request,
        form=form,
        page=lambda form, status: _page(request, vendor, form, status),
        act=lambda given: make_address(
            feed=form.feeds[given["feed"]], name=given["name"], reading=given["reading"], person=request.user,
            expires_at=now + timedelta(days=given["days"]), now=now,
        ),
        then=partial(_show_new, request, vendor),
    )  # fmt: skip


@login_required
@require_POST
def revoke(request: PageRequest, public_id: str) -> HttpResponse:
    """Revoke an upload address at once."""
    rows = UploadAddress.objects.visible_to(request.user).filter(vendor__in=managed_vendors(request))
    address = get_object_or_404(rows.select_related("vendor__organisation"), public_id=public_id)
    return perform(
        request,
        act=lambda _given: revoke_address(address=address, person=request.user, now=timezone.now()),
        done=lambda _ended: _("%(id)s is revoked; it takes no file from now on.") % {"id": address.public_id},
        then=lambda _ended: redirect(f"{reverse('intake:upload-addresses')}?vendor={address.vendor.public_id}"),
    )


def _form(request: PageRequest, vendor: Vendor, *, is_empty: bool = False) -> UploadAddressForm:
    feeds = Feed.objects.visible_to(request.user).filter(TAKING_RESULTS, contract__vendor=vendor)
    feeds = feeds.select_related("contract__vendor__organisation").order_by("contract__reference", "code", "pk")
    own = FeedReading.objects.visible_to(request.user).filter(vendor=vendor).values_list("name", flat=True)
    names = dict.fromkeys([*own, *(each.name for each in shipped_readings())])
    given = request.POST if request.method == "POST" and not is_empty else None
    return UploadAddressForm(given, feeds=feeds, readings=names)


@sensitive_variables("made", "token")
def _show_new(request: PageRequest, vendor: Vendor, made: tuple[UploadAddress, str]) -> HttpResponse:
    address, token = made
    return _page(request, vendor, _form(request, vendor, is_empty=True), 201, url_of(address, token), address)


@sensitive_variables("url")
def _page(
    request: PageRequest,
    vendor: Vendor,
    form: UploadAddressForm,
    status: int,
    url: str = "",
    made: UploadAddress | None = None,
) -> HttpResponse:
    """The list of upload addresses, and above it the one that was just made."""
    now = timezone.now()
    rows = UploadAddress.objects.visible_to(request.user).filter(vendor=vendor)
    rows = rows.select_related("feed__contract", "reading", "created_by")
    context = {
        "vendor": vendor,
        "vendors": managed_vendors(request),
        "addresses": [(address, address_state(address, now)) for address in rows],
        "form": form,
        "made": made,
        "url": url,
    }
    response = render_page(request, "intake/upload_addresses.html", context=context, status=status)
    return never_compress(response) if url else response
