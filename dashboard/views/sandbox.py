"""Deleting the data that a vendor's test keys sent."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import DatabaseError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from bpo.viewpoint import PageRequest
from metrics.services.sandbox import reset_sandbox
from vendors.views import managed_vendor


@login_required
@require_POST
def reset(request: PageRequest) -> HttpResponse:
    """Delete all test data of the vendor; data of live keys stays."""
    vendor = managed_vendor(request)
    try:
        batches = reset_sandbox(vendor, actor=request.user)
    except DatabaseError:
        messages.error(request, _("Test mode is not available. The operator must run manage.py migrate."))
    else:
        message = ngettext("%(n)s batch of test data is deleted.", "%(n)s batches of test data are deleted.", batches)
        messages.success(request, message % {"n": batches})
    return redirect(f"{reverse('vendors:keys')}?vendor={vendor.public_id}")
