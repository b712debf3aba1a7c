"""API keys: the page on which a vendor's manager creates, replaces and revokes them."""

from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bpo.acts import perform
from bpo.compression import never_compress
from bpo.confirmation import confirmed
from bpo.htmx import render_page
from bpo.models import Role
from bpo.viewpoint import PageRequest
from vendors.forms import KeyForm, RotateForm
from vendors.key_requests import RETENTION, as_curl
from vendors.keys import EXPIRY_WARNING, issue_key, revoke_key, rotate_key
from vendors.models import ApiKey, KeyRequest, Vendor


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
def key_list(request: PageRequest) -> HttpResponse:
    """The vendor's keys; the text of a new one is shown once, in the response that creates it."""
    vendor, now = managed_vendor(request), timezone.now()
    # A vendor's first key is best a test key.
    mode = ApiKey.Mode.LIVE if ApiKey.objects.filter(vendor=vendor).exists() else ApiKey.Mode.TEST
    return perform(
        request,
        form=KeyForm(request.POST if request.method == "POST" else None, initial={"mode": mode}),
        page=lambda form, status: _page(request, vendor, form, status),
        act=lambda given: issue_key(
            vendor=vendor, name=given["name"], scopes=given["scopes"], mode=given["mode"], actor=request.user,
            expires_at=now + timedelta(days=given["days"]), now=now,
        ),
        then=partial(_show_new_key, request, vendor),
    )  # fmt: skip


@login_required
@require_POST
@confirmed
def rotate(request: PageRequest, public_id: str) -> HttpResponse:
    """Create a key that replaces another, which then expires earlier."""
    key, form = _key(request, public_id), RotateForm(request.POST)
    if not form.is_valid():
        return _redirect_to_keys(key.vendor)
    overlap = timedelta(days=form.cleaned_data["days"])
    return perform(
        request,
        act=lambda _given: rotate_key(key=key, overlap=overlap, actor=request.user, now=timezone.now()),
        then=partial(_show_new_key, request, key.vendor),
    )


@sensitive_variables("created", "secret")
def _show_new_key(request: PageRequest, vendor: Vendor, created: tuple[ApiKey, str] | None) -> HttpResponse:
    """The list of keys with the new one above it; the list alone where none was created."""
    if created is None:
        return _redirect_to_keys(vendor)
    key, secret = created
    return _page(request, vendor, KeyForm(initial={"mode": key.mode}), 201, key, secret)


def _redirect_to_keys(vendor: Vendor) -> HttpResponse:
    return redirect(f"{reverse('vendors:keys')}?vendor={vendor.public_id}")


@sensitive_variables("secret")
def _page(
    request: PageRequest, vendor: Vendor, form: KeyForm, status: int, new_key: ApiKey | None = None, secret: str = ""
) -> HttpResponse:
    """The list of keys, and above it the one that was just created."""
    now = timezone.now()
    keys = ApiKey.objects.visible_to(request.user).filter(vendor=vendor)
    keys = keys.select_related("created_by", "revoked_by", "successor")
    context = {
        "rotation": RotateForm(),
        "vendor": vendor,
        "vendors": managed_vendors(request),
        "keys": [(key, *key_state(key, now)) for key in keys],
        "form": form,
        "new_key": new_key,
        "secret": secret,
        "base_url": settings.BASE_URL,
        "now": now,
    }
    response = render_page(request, "vendors/key_list.html", context=context, status=status)
    return never_compress(response) if secret else response


@login_required
@require_safe
def log(request: PageRequest, public_id: str) -> HttpResponse:
    """Requests that were made with a key in the last month, with their responses."""
    key, now = _key(request, public_id), timezone.now()
    rows = KeyRequest.objects.visible_to(request.user).filter(api_key=key, at__gte=now - RETENTION)
    latest = rows.order_by("-at", "-pk")[:100]
    context = {"key": key, "rows": [(row, as_curl(row, base_url=settings.BASE_URL)) for row in latest]}
    return render_page(request, "vendors/key_log.html", context=context)


@login_required
@require_POST
def revoke(request: PageRequest, public_id: str) -> HttpResponse:
    """Revoke a key at once."""
    key = _key(request, public_id)
    return perform(
        request,
        act=lambda _given: revoke_key(key=key, actor=request.user, now=timezone.now()),
        done=lambda _key: _("%(id)s is revoked; its requests are refused from now on.") % {"id": key.public_id},
        then=lambda _key: _redirect_to_keys(key.vendor),
    )


def key_state(key: ApiKey, now: datetime) -> tuple[str, int | None]:
    """Return "revoked", "expired" or "works", and the days left of a key that ends soon without a successor."""
    if key.revoked_at:
        return "revoked", None
    if key.expires_at is None:
        return "works", None
    left = key.expires_at - now
    if left <= timedelta(0):
        return "expired", None
    return "works", left.days if left <= EXPIRY_WARNING and not key.successor_id else None


def _key(request: PageRequest, public_id: str) -> ApiKey:
    """A key of the vendors whose manager the person is."""
    keys = ApiKey.objects.visible_to(request.user).filter(vendor__in=managed_vendors(request))
    return get_object_or_404(keys.select_related("vendor__organisation"), public_id=public_id)


def managed_vendors(request: PageRequest) -> list[Vendor]:
    """Return the vendors whose manager the person is; only managers manage keys. Raises PermissionDenied if none."""
    organisations = [pk for pk, role in request.user.roles.items() if role == Role.VENDOR_MANAGER]
    rows = Vendor.objects.visible_to(request.user).filter(organisation__in=organisations)
    vendors = list(rows.select_related("organisation"))
    if not vendors:
        raise PermissionDenied
    return vendors


def managed_vendor(request: PageRequest) -> Vendor:
    """The vendor that the address names, else the one chosen in the bar on top, else the first."""
    vendors = managed_vendors(request)
    named = request.GET.get("vendor", "")
    chosen = request.session.get("organisation", "")
    for vendor in vendors:
        if vendor.public_id == named or (not named and vendor.organisation.public_id == chosen):
            return vendor
    return vendors[0]
