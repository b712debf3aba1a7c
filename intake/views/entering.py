"""A month's few numbers, typed into a grid."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from bpo.htmx import render_page
from bpo.row_errors import SubmissionError
from bpo.size_limits import REASON_CHARACTERS
from bpo.viewpoint import PageRequest, viewpoint_of
from intake.parsing import Sheet
from intake.receiving import FORM, receive_rows
from intake.refusals import note_refusals
from intake.selectors.entering import NUMBERS, Line, lines_of, put_errors
from intake.views.imports import feeds_of, reporting_vendor
from metrics.models.results import Batch
from vendors.models import Vendor


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: PageRequest) -> HttpResponse:
    """The grid; the button pressed checks or saves, and wrong cells keep what was typed."""
    viewpoint, now = viewpoint_of(request), timezone.now()
    vendor = reporting_vendor(viewpoint)
    with_reported = request.GET.get("all") == "1"
    lines = lines_of(feeds_of(viewpoint), with_reported=with_reported, now=now)
    refusal, reason = None, request.POST.get("reason", "").strip()
    if request.method == "POST":
        for line in lines:
            line.typed = {number: request.POST.get(f"{number}:{line.name}", "").strip() for number in NUMBERS}
        saves = request.POST.get("act") == "save"
        refusal = _send(request, vendor, [line for line in lines if line.is_filled], reason, saves=saves, now=now)
        if saves and refusal is None:
            return redirect(f"{reverse('intake:enter')}{'?all=1' if with_reported else ''}")
    context = {
        "lines": lines,
        "refusal": refusal,
        "questions": refusal.more.get("warnings", []) if refusal else [],
        "ticked": request.POST.getlist("confirm"),
        "reason": reason,
        "with_reported": with_reported,
        "checked": request.method == "POST",
        "viewpoint": viewpoint,
    }
    return render_page(request, "intake/enter.html", context=context, status=422 if refusal else 200)


def _send(
    request: PageRequest, vendor: Vendor, filled: list[Line], reason: str, *, saves: bool, now: datetime
) -> SubmissionError | None:
    """Send the filled lines through the intake; what it refuses is hung on the lines."""
    if not filled:
        return SubmissionError(422, "empty_batch", _("No number was entered that differs from what is stored."))
    if len(reason) > REASON_CHARACTERS:
        return SubmissionError(
            422, "text_too_long", _("A reason has at most %(most)s characters.") % {"most": REASON_CHARACTERS}
        )
    try:
        receipt = receive_rows(
            principal=request.user,
            vendor=vendor,
            sheet=Sheet.of_rows([line.as_row() for line in filled]),
            media_type=FORM,
            channel=Batch.Channel.FORM,
            now=now,
            reason=reason,
            dry_run=not saves,
            confirmed=request.POST.getlist("confirm"),
            request_id=request.request_id,
        )
    except SubmissionError as error:
        note_refusals(error.refused_feeds, now=now)
        put_errors(filled, error.more.get("errors", ()))
        if error.code == "confirm_needed":
            error.hint = _("Correct them, or confirm each point that is right.")
        return error
    if saves:
        message = ngettext(
            "%(number)s row is stored, receipt %(id)s.", "%(number)s rows are stored, receipt %(id)s.", len(filled)
        )
        messages.success(request, message % {"number": len(filled), "id": receipt.batch.public_id})
    return None
