"""A person's own page, the search, and the help."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bpo.htmx import render_page
from bpo.models import User
from bpo.services import change_mail_settings
from bpo.viewpoint import viewpoint_of
from dashboard.forms import MailForm
from dashboard.selectors.search import exact_page, search
from metrics.statuses import legend

LONGEST_QUESTION = 100


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    """When the mail comes, and in which zone the reader lives."""
    form = MailForm(request.POST if request.method == "POST" else None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        change_mail_settings(user=User.objects.get(pk=request.user.pk), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("dashboard:me")
    viewpoint = viewpoint_of(request)
    memberships = request.user.memberships.select_related("organisation")
    context = {"form": form, "memberships": memberships, "viewpoint": viewpoint}
    status = 422 if form.errors else 200
    return render_page(request, "dashboard/me.html", context=context, status=status)


@login_required
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Where is it? An exact id jumps straight to its page."""
    question = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_QUESTION]
    page = exact_page(question, request.user) if question else None
    if page:
        return redirect(page)
    viewpoint = viewpoint_of(request)
    groups = search(question, viewpoint) if question else []
    context = {"question": question, "groups": groups, "viewpoint": viewpoint}
    return render_page(request, "dashboard/search.html", context=context)


@login_required
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """The shapes and the words."""
    return render_page(request, "dashboard/help.html", context={"legend": legend(), "viewpoint": viewpoint_of(request)})
