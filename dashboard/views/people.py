"""A person's own page, the search, and the help."""

from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bpo.acts import perform
from bpo.factors.rules import ADMINS
from bpo.htmx import render_page
from bpo.models import User
from bpo.services import change_mail_settings
from bpo.viewpoint import PageRequest, viewpoint_of
from dashboard.forms import MailForm
from dashboard.selectors.search import exact_page, search
from metrics.statuses import legend
from reports.composing import next_mail
from reports.readers import Side, make_reader

LONGEST_TEXT = 100


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def me(request: PageRequest) -> HttpResponse:
    """The reader's own settings: mail and time zone."""
    memberships = request.user.memberships.select_related("organisation")
    viewpoint = viewpoint_of(request)
    context = {
        "memberships": memberships,
        "viewpoint": viewpoint,
        "next_mail": _next_mail(request.user),
        "is_admin": viewpoint.role in ADMINS or viewpoint.side == "operator",
    }
    return perform(
        request,
        form=MailForm(request.POST if request.method == "POST" else None, instance=request.user),
        page=lambda form, status: render_page(
            request, "dashboard/me.html", context=context | {"form": form}, status=status
        ),
        act=lambda given: change_mail_settings(user=User.objects.get(pk=request.user.pk), **given),
        done=lambda _user: _("Saved."),
        then=lambda _user: redirect("dashboard:me"),
    )


def _next_mail(user: User) -> str:
    """When the next nightly mail is due, in the mail's own words; nothing for those who get none, or only failures."""
    now = timezone.now()
    reader = make_reader(user, now.astimezone(ZoneInfo(user.zone)).date())
    return next_mail(reader, reader.next_moment(now)) if reader and reader.side != Side.OPERATOR else ""


@login_required
@require_safe
def find(request: PageRequest) -> HttpResponse:
    """Search by name or id; an exact id leads straight to its page."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_TEXT]
    page = exact_page(text, request.user) if text else None
    if page:
        return redirect(page)
    viewpoint = viewpoint_of(request)
    groups = search(text, viewpoint) if text else []
    context = {"question": text, "groups": groups, "viewpoint": viewpoint}
    return render_page(request, "dashboard/search.html", context=context)


@login_required
@require_safe
def help_page(request: PageRequest) -> HttpResponse:
    """Explain the status marks and the terms."""
    return render_page(request, "dashboard/help.html", context={"legend": legend(), "viewpoint": viewpoint_of(request)})
