"""Queues what people are mailed about their passwords, and about sign-ins that were refused."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

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


def queue_password_mails(*, now: datetime) -> None:
    """Queue the links that were asked for, and a mail to everybody whose password was changed or account locked."""
    record_sign_in_failures()
    for request in PasswordResetRequest.objects.order_by("pk")[:MOST_AT_ONCE]:
        with working_for(request.request_id):
            _answer_request(request, now=now)
    for action, kind in ((CHANGE, Message.Kind.NEW_PASSWORD), (LOCK, Message.Kind.LOCKED)):
        mailed = Message.objects.filter(kind=kind, queued_at__gt=now - NEWS_WITHIN)
        known = set(mailed.values_list("recipient", "cause"))
        news = AuditEntry.objects.filter(thing_type=User._meta.label_lower, action=action, at__gt=now - NEWS_WITHIN)
        for entry in news.order_by("pk"):
            if (int(entry.thing_id), cause_of(entry)) not in known:
                with working_for(entry.request_id):
                    _queue_news(entry, kind=kind, now=now)


def cause_of(entry: AuditEntry) -> str:
    """Each change is told; of an account that somebody keeps locking, its owner hears once an hour."""
    return str(entry.pk) if entry.action == CHANGE else entry.at.isoformat(timespec="hours")


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


def _queue_news(entry: AuditEntry, *, kind: Message.Kind, now: datetime) -> None:
    person = User.objects.active().filter(pk=entry.thing_id).first()
    if person is None:
        return
    context = {"person": person, "reset_url": link("accounts", "password", "reset", "")}
    if entry.action == CHANGE:
        context |= {
            "subject": _("Your password for BPO desk was changed"),
            "actor": entry.actor if entry.actor != person else None,
            "changed_at": show_instant(entry.at, person.zone),
        }
    else:
        until = datetime.fromisoformat(entry.changes["locked_until"][1])
        context |= {
            "subject": _("Your account at BPO desk is locked for some minutes"),
            "until": show_instant(until, person.zone),
        }
    name = "password" if entry.action == CHANGE else "locked"
    queue_once(person, kind=kind, cause=cause_of(entry), name=name, context=context, facts={}, now=now)
