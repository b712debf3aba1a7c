"""Pages that mails lead to, and the button that sends one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from bpo.models import Role
from contracts.models.service_levels import Feed
from metrics.due import State, due_reports
from reports.links import settings_link, unsubscriber
from reports.services.reminding import queue_reminders
from reports.services.subscriptions import stop_digests

REMINDERS = (Role.CLIENT_ADMIN, Role.CLIENT_MANAGER)


@csrf_exempt  # The signed token says who asks; mail programs post without a page of ours.
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Show what would stop, and stop it on a press of the button; looking alone changes nothing."""
    reader = unsubscriber(token)
    if reader is None:
        raise Http404
    if request.method == "POST":
        stop_digests(reader=reader)
    context = {"reader": reader, "is_stopped": not reader.wants_digest, "settings_url": settings_link()}
    return render(request, "reports/unsubscribe.html", context)


@login_required
@require_POST
def remind(request: HttpRequest) -> HttpResponse:
    """Remind every vendor that is late with a report of the reader's own contracts."""
    user, now = request.user, timezone.now()
    if not user.has_role(*REMINDERS, Role.OPERATOR_ADMIN):
        raise PermissionDenied
    feeds = Feed.objects.visible_to(user)
    if not user.reach.everything:
        clients = [pk for pk, role in user.roles.items() if role in REMINDERS]
        feeds = feeds.filter(contract__client__organisation__in=clients)
    late = [report for report in due_reports(feeds, now=now) if report.state == State.LATE]
    queued = queue_reminders(late=late, actor=user, now=now)
    told = ngettext("%(number)s mail is queued.", "%(number)s mails are queued.", queued) % {"number": queued}
    messages.success(
        request, told if queued else _("Nobody was reminded: nothing is late, or today's mails are queued.")
    )
    return redirect("/data")
