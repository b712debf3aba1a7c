"""Queues what people are mailed about their passwords."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from bpo.formatting import show_instant
from bpo.models import AuditEntry, PasswordResetRequest, User
from bpo.tracing import working_for
from reports.links import RESET_LINK_MARK, link
from reports.models import Message
from reports.services.queueing import queue_once

LINK_WITHIN = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
# A change that no worker saw for longer is no news.
NEWS_WITHIN = timedelta(days=1)
MOST_AT_ONCE = 500


def queue_password_mails(*, now: datetime) -> None:
    """Queue the links that were asked for, and a mail to everybody whose password was changed."""
    for request in PasswordResetRequest.objects.order_by("pk")[:MOST_AT_ONCE]:
        with working_for(request.request_id):
            _answer_request(request, now=now)
    mailed = Message.objects.filter(kind=Message.Kind.NEW_PASSWORD, queued_at__gt=now - NEWS_WITHIN)
    changes = AuditEntry.objects.filter(
        thing_type=User._meta.label_lower, action="set_password", at__gt=now - NEWS_WITHIN
    )
    known = set(mailed.values_list("cause", flat=True))
    for entry in changes.order_by("pk"):
        if str(entry.pk) not in known:
            with working_for(entry.request_id):
                _queue_change(entry, now=now)


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


def _queue_change(entry: AuditEntry, *, now: datetime) -> None:
    person = User.objects.active().filter(pk=entry.thing_id).first()
    if person is None:
        return
    context = {
        "subject": _("Your password for BPO desk was changed"),
        "person": person,
        "actor": entry.actor if entry.actor != person else None,
        "changed_at": show_instant(entry.at, person.zone),
        "reset_url": link("accounts", "password", "reset", ""),
    }
    queue_once(
        person,
        kind=Message.Kind.NEW_PASSWORD,
        cause=str(entry.pk),
        name="password",
        context=context,
        facts={},
        now=now,
    )
