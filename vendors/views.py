"""The page on which a vendor's manager makes and ends API keys."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bpo.htmx import render_page
from bpo.models import Role
from vendors.forms import KeyForm, RotateForm
from vendors.key_requests import as_curl, requests_of
from vendors.keys import EXPIRY_WARNING, KeyNotIssued, issue_key, revoke_key, rotate_key
from vendors.models import ApiKey, Vendor


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("secret")
def key_list(request: HttpRequest) -> HttpResponse:
    """The vendor's keys; a new one's text is shown in the answer that makes it, and never again."""
    vendor, now = managed_vendor(request), timezone.now()
    form = KeyForm(request.POST if request.method == "POST" else None, initial={"mode": _first_mode(vendor)})
    fresh, secret = None, ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        expires_at = now + timedelta(days=given["days"])
        fresh, secret = issue_key(
            vendor=vendor,
            name=given["name"],
            scopes=given["scopes"],
            actor=request.user,
            expires_at=expires_at,
            now=now,
            mode=given["mode"],
        )
        form = KeyForm(initial={"mode": given["mode"]})
    return _page(request, vendor, form, fresh, secret)


@login_required
@require_POST
@sensitive_variables("secret")
def rotate(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make a key that takes another's place, and shorten the old one's life."""
    key, form = _key(request, public_id), RotateForm(request.POST)
    if form.is_valid():
        overlap = timedelta(days=form.cleaned_data["days"])
        try:
            fresh, secret = rotate_key(key=key, overlap=overlap, actor=request.user, now=timezone.now())
            return _page(request, key.vendor, KeyForm(initial={"mode": key.mode}), fresh, secret)
        except KeyNotIssued as refused:
            messages.error(request, refused.sentence)
    return redirect(f"{reverse('vendors:keys')}?vendor={key.vendor.public_id}")


@sensitive_variables("secret")
def _page(request: HttpRequest, vendor: Vendor, form: KeyForm, fresh: ApiKey | None, secret: str) -> HttpResponse:
    """The list of keys, and above it the one that was just made."""
    now = timezone.now()
    keys = ApiKey.objects.visible_to(request.user).filter(vendor=vendor)
    keys = keys.select_related("created_by", "revoked_by", "successor")
    context = {
        "rotation": RotateForm(),
        "vendor": vendor,
        "vendors": _vendors(request),
        "keys": [(key, state_of(key, now), days_left(key, now)) for key in keys],
        "form": form,
        "fresh": fresh,
        "secret": secret,
        "base_url": settings.BASE_URL,
        "now": now,
    }
    status = 422 if form.errors else 201 if fresh else 200
    return render_page(request, "vendors/key_list.html", context=context, status=status)


@login_required
@require_safe
def log(request: HttpRequest, public_id: str) -> HttpResponse:
    """What a key's machine asked in the last month, and what it was answered."""
    key, now = _key(request, public_id), timezone.now()
    rows = requests_of(key, request.user, now=now)
    context = {
        "key": key,
        "state": state_of(key, now),
        "rows": [(row, as_curl(row, base_url=settings.BASE_URL)) for row in rows],
    }
    return render_page(request, "vendors/key_log.html", context=context)


@login_required
@require_POST
def revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    """End a key at once."""
    key = _key(request, public_id)
    revoke_key(key=key, actor=request.user, now=timezone.now())
    messages.success(request, _("%(id)s is revoked; its next request will be refused.") % {"id": key.public_id})
    return redirect(f"{reverse('vendors:keys')}?vendor={key.vendor.public_id}")


def days_left(key: ApiKey, now: datetime) -> int | None:
    """In how many days a key ends that nothing replaces, once that is worth a warning."""
    left = key.expires_at - now if key.expires_at and not key.successor_id and not key.revoked_at else None
    return left.days if left is not None and timedelta(0) < left <= EXPIRY_WARNING else None


def state_of(key: ApiKey, now: datetime) -> str:
    """ "revoked", "expired" or "works"."""
    if key.revoked_at:
        return "revoked"
    return "expired" if key.expires_at and key.expires_at <= now else "works"


def _key(request: HttpRequest, public_id: str) -> ApiKey:
    """A key of the vendors whose manager the person is."""
    keys = ApiKey.objects.visible_to(request.user).filter(vendor__in=_vendors(request))
    return get_object_or_404(keys.select_related("vendor__organisation"), public_id=public_id)


def _vendors(request: HttpRequest) -> list[Vendor]:
    """The vendors whose manager the person is; nobody else handles keys here."""
    managed = [pk for pk, role in request.user.roles.items() if role == Role.VENDOR_MANAGER]
    found = list(
        Vendor.objects.visible_to(request.user).filter(organisation__in=managed).select_related("organisation")
    )
    if not found:
        raise PermissionDenied
    return found


def managed_vendor(request: HttpRequest) -> Vendor:
    """The vendor that the address names, or the only one, or the one chosen in the bar on top."""
    vendors = _vendors(request)
    named = request.GET.get("vendor", "")
    chosen = request.session.get("organisation", "")
    for vendor in vendors:
        if vendor.public_id == named or (not named and vendor.organisation.public_id == chosen):
            return vendor
    return vendors[0]


def _first_mode(vendor: Vendor) -> str:
    """A vendor's first key is for trying things out."""
    return ApiKey.Mode.LIVE if ApiKey.objects.filter(vendor=vendor).exists() else ApiKey.Mode.TEST
