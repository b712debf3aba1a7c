"""Queues what people are mailed about their passwords and second factors, and about sign-ins that were refused."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bpo.formatting import show_instant
from bpo.models import AuditEntry, PasswordResetRequest, User
from bpo.sign_in_failures import record_sign_in_failures
from bpo.tracing import working_for
from reports.links import RESET_LINK_MARK, link
from reports.models import Message
from reports.services.queueing import queue_once

LINK_WITHIN = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
# A change that no worker saw for longer is no news.
NEWS_WITHIN = timedelta(days=1)
MOST_AT_ONCE = 500
CHANGE, LOCK = "set_password", "lock_account"
# What a person is told about their second factor.
FACTOR_NEWS = {
    "add_second_factor": gettext_lazy("A second factor was added to your account: %(after)s."),
    "remove_second_factor": gettext_lazy("A second factor was removed from your account: %(before)s."),
    "make_recovery_codes": gettext_lazy("New recovery codes were made for your account. The old ones no longer work."),
    "use_recovery_code": gettext_lazy("A recovery code of your account was used. Codes left: %(after)s."),
    "reset_second_factor": gettext_lazy("Your second factor was reset. The next time you sign in, set up a new one."),
    "lock_second_factor": gettext_lazy(
        "Somebody who knows your password entered wrong codes of a second factor and was stopped."
    ),
}
KINDS = {
    CHANGE: Message.Kind.NEW_PASSWORD,
    LOCK: Message.Kind.LOCKED,
    **dict.fromkeys(FACTOR_NEWS, Message.Kind.FACTOR),
}
# Names in the ids of mails.
TEMPLATES = {Message.Kind.NEW_PASSWORD: "password", Message.Kind.LOCKED: "locked", Message.Kind.FACTOR: "factor"}
# Of what somebody keeps doing, its owner hears once an hour.
ONCE_AN_HOUR = (LOCK, "lock_second_factor")


def queue_password_mails(*, now: datetime) -> None:
    """Queue the links that were asked for, and a mail to everybody whose password was changed or account locked."""
    record_sign_in_failures()
    for request in PasswordResetRequest.objects.order_by("pk")[:MOST_AT_ONCE]:
        with working_for(request.request_id):
            _answer_request(request, now=now)
    mailed = Message.objects.filter(kind__in=set(KINDS.values()), queued_at__gt=now - NEWS_WITHIN)
    known = set(mailed.values_list("recipient", "cause"))
    news = AuditEntry.objects.filter(thing_type=User._meta.label_lower, action__in=KINDS, at__gt=now - NEWS_WITHIN)
    for entry in news.order_by("pk"):
        if (int(entry.thing_id), cause_of(entry)) not in known:
            with working_for(entry.request_id):
                _queue_news(entry, now=now)


def cause_of(entry: AuditEntry) -> str:
    """Each change is told; what may come again and again once an hour."""
    if entry.action not in ONCE_AN_HOUR:
        return str(entry.pk)
    hour = entry.at.isoformat(timespec="hours")
    return hour if entry.action == LOCK else f"{entry.action} {hour}"


@transaction.atomic
def _answer_request(request: PasswordResetRequest, *, now: datetime) -> None:
    """Queue the link where the address is a person's; who asks again within a minute gets one."""
    person = User.objects.active().filter(email=request.address).first()
    if person and now - request.asked_at <= LINK_WITHIN:
        context = {"subject": _("Choose a new password for BPO desk"), "person": person, "link": RESET_LINK_MARK}
        queue_once(
            person,
            kind=Message.Kind.RESET,
            cause=request.asked_at.isoformat(timespec="minutes"),
            name="reset",
            context=context,
            facts={},
            now=now,
        )
    request.delete()


def _queue_news(entry: AuditEntry, *, now: datetime) -> None:
    person = User.objects.active().filter(pk=entry.thing_id).first()
    if person is None:
        return
    context = {
        "person": person,
        "reset_url": link("accounts", "password", "reset", ""),
        "actor": entry.actor if entry.actor != person else None,
        "changed_at": show_instant(entry.at, person.zone),
    }
    if entry.action == CHANGE:
        context["subject"] = _("Your password for BPO desk was changed")
    elif entry.action == LOCK:
        until = datetime.fromisoformat(entry.changes["locked_until"][1])
        context["subject"] = _("Your account at BPO desk is locked for some minutes")
        context["until"] = show_instant(until, person.zone)
    else:
        before, after = next(iter(entry.changes.values()), ["", ""])
        context["subject"] = _("Your second factor at BPO desk")
        context["news"] = FACTOR_NEWS[entry.action] % {"before": before, "after": after}
    kind = KINDS[entry.action]
    queue_once(person, kind=kind, cause=cause_of(entry), name=TEMPLATES[kind], context=context, facts={}, now=now)
