"""Pages that mails link to, and the button that sends reminders."""

from functools import partial

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from bpo import audit
from bpo.acts import perform
from bpo.models import AuditEntry, Role, User
from bpo.viewpoint import PageRequest
from breaches.services.muting import mute_breach, unmute_breach
from breaches.services.transitions import BreachAct, act_on_breach, acting_side
from contracts.models.service_levels import Feed
from intake.due import owed_reports
from intake.selectors.owed import missing
from metrics.models.breaches import Breach, Mute
from reports.links import Act, link, read_act_token
from reports.readers import CLIENT_ROLES
from reports.selecting.breaches import BREACH_PATHS
from reports.services.queueing import queue_reminders
from reports.subscriptions import Subscription, is_stopped, read_unsubscribe_token, stop_mails


@csrf_exempt  # The signed token names the person; mail programs post without a page of ours.
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Show which mail would stop; the button stops it, a GET changes nothing."""
    named = read_unsubscribe_token(token)
    if named is None:
        raise Http404
    person, subscription = named
    reader = audit.acting(person, AuditEntry.Channel.MAIL_LINK, request.request_id)
    if request.method == "POST":
        stop_mails(reader=reader, subscription=subscription)
    context = {
        "reader": reader,
        "is_digest": subscription == Subscription.DIGEST,
        "is_stopped": is_stopped(reader=reader, subscription=subscription),
        "settings_url": link("me"),
    }
    return render(request, "reports/unsubscribe.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, act: str, token: str) -> HttpResponse:
    """Show what a mail's link does; the button does it, a GET changes nothing."""
    person, breach = _named(act, token)
    reader = audit.acting(person, AuditEntry.Channel.MAIL_LINK, request.request_id)
    if request.method == "POST":
        now = timezone.now()
        if act == Act.ACKNOWLEDGE:
            act_on_breach(breach=breach, act=BreachAct.ACKNOWLEDGE, by=reader, now=now)
        else:
            mute_breach(breach=breach, reader=reader, now=now)
    context = {
        "act": act, "reader": reader, "breach": breach, "breach_url": link("breaches", breach.public_id),
        "mute": Mute.objects.filter(reader=reader, breach=breach, until__gt=timezone.now()).first(),
    }  # fmt: skip
    return render(request, "reports/act.html", context)


def _named(act: str, token: str) -> tuple[User, Breach]:
    """The person and the breach that a link names, if the person may still do it."""
    named = read_act_token(Act(act), token) if act in set(Act) else None
    if named is None:
        raise Http404
    reader, public_id = named
    visible = Breach.objects.visible_to(reader).select_related(*BREACH_PATHS)
    breach = visible.filter(public_id=public_id).first()
    if breach is None or (act == Act.ACKNOWLEDGE and acting_side(reader, breach, BreachAct.ACKNOWLEDGE) is None):
        raise Http404
    return reader, breach


@login_required
@require_POST
def mute(request: PageRequest, public_id: str) -> HttpResponse:
    """Mute mails about a breach for two weeks, or unmute them."""
    breach = get_object_or_404(Breach.objects.visible_to(request.user), public_id=public_id)
    if request.POST.get("act") == "unmute":
        act, message = unmute_breach, _("You get mail about %(id)s again.")
    else:
        act, message = partial(mute_breach, now=timezone.now()), _("You get no mail about %(id)s for two weeks.")
    return perform(
        request,
        act=lambda _given: act(breach=breach, reader=request.user),
        done=lambda _outcome: message % {"id": breach.public_id},
        then=lambda _outcome: redirect("breaches:breach", breach.public_id),
    )


@login_required
@require_POST
def remind(request: PageRequest) -> HttpResponse:
    """Remind every vendor that is late with a report of the reader's own contracts."""
    user, now = request.user, timezone.now()
    feeds = Feed.objects.visible_to(user)
    if not user.reach.is_operator:
        clients = [pk for pk, role in user.roles.items() if role in CLIENT_ROLES]
        feeds = feeds.filter(contract__client__organisation__in=clients)
    late = missing(owed_reports(feeds, now=now))
    return perform(
        request,
        allowed=user.has_role(*CLIENT_ROLES, Role.OPERATOR_ADMIN),
        act=lambda _given: queue_reminders(late=late, actor=user, now=now),
        done=describe_reminders,
        then=lambda _queued: redirect("/data"),
    )


def describe_reminders(number: int) -> str:
    """Return how many mails were queued, or why none was."""
    if not number:
        return _("No mail was queued: nothing is late, or today's reminders are queued already.")
    return ngettext("%(number)s mail is queued.", "%(number)s mails are queued.", number) % {"number": number}
