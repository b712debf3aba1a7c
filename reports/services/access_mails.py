"""Queues what a client's admins and operators are mailed about access to the client's data."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext_lazy

from bpo.formatting import show_instant
from bpo.models import AccessGrant, AuditEntry, Role, User
from bpo.tracing import working_for
from reports.links import link
from reports.models import Message
from reports.services.passwords import NEWS_WITHIN
from reports.services.queueing import queue_once

# What is told of each act in the audit trail, as a subject.
NEWS = {
    "ask_access": gettext_lazy("%(operator)s asks to read the data of %(client)s"),
    "grant_access": gettext_lazy("%(operator)s may read the data of %(client)s"),
    "refuse_access": gettext_lazy("%(client)s does not let you read its data"),
    "withdraw_access": gettext_lazy("The access of %(operator)s to the data of %(client)s is ended"),
}


def queue_access_mails(*, now: datetime) -> None:
    """Queue the mails about each act of the last day that has none yet."""
    mailed = Message.objects.filter(kind=Message.Kind.ACCESS, queued_at__gt=now - NEWS_WITHIN)
    known = set(mailed.values_list("recipient", "cause"))
    news = AuditEntry.objects.filter(
        thing_type=AccessGrant._meta.label_lower, action__in=NEWS, at__gt=now - NEWS_WITHIN
    ).select_related("actor")
    for entry in news.order_by("pk"):
        grant = AccessGrant.objects.select_related("client", "operator").get(public_id=entry.thing_id)
        for person in _recipients(entry, grant):
            if (person.pk, str(entry.pk)) not in known:
                with working_for(entry.request_id):
                    _queue(entry, grant, person, now=now)


def _recipients(entry: AuditEntry, grant: AccessGrant) -> Iterable[User]:
    """The client's admins and the operator, without who acted; of a refusal the operator alone.

    A question that was answered before anybody could be mailed is no news.
    """
    if entry.action == "ask_access" and grant.state != AccessGrant.State.ASKED:
        return []
    admins = User.objects.serving(grant.client, Role.CLIENT_ADMIN).filter(is_operator_admin=False)
    operators = User.objects.active().filter(pk=grant.operator_id)
    people = [*([] if entry.action == "refuse_access" else admins), *operators]
    return [person for person in people if person != entry.actor]


def _queue(entry: AuditEntry, grant: AccessGrant, person: User, *, now: datetime) -> None:
    words = {"operator": grant.operator, "client": grant.client}
    context = {
        "subject": NEWS[entry.action] % words,
        "grant": grant,
        "actor": entry.actor_label,
        "at": show_instant(entry.at, person.zone),
        "ends_at": show_instant(grant.ends_at, person.zone) if entry.action == "grant_access" and grant.ends_at else "",
        "is_question": entry.action == "ask_access",
        "access_url": link("access"),
    }
    facts = {} if person == grant.operator else {"organisations": [grant.client_id]}
    queue_once(
        person, kind=Message.Kind.ACCESS, cause=str(entry.pk), name="access", context=context, facts=facts, now=now
    )
