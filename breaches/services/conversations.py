"""What people do about a breach: acknowledge it, state its cause, accept that, and comment."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from bpo import audit
from bpo.errors import Refused
from bpo.models import Organisation, Role, User
from metrics.models.breaches import Breach, BreachEvent

CLIENT_ACTS = (Role.CLIENT_ADMIN, Role.CLIENT_MANAGER)
VENDOR_ACTS = (Role.VENDOR_MANAGER,)
ANSWERED = (Breach.State.CAUSE, Breach.State.ACTION, Breach.State.ACCEPTED)
SIDES = (
    "verdict",
    "service_level__contract__client__organisation",
    "service_level__contract__vendor__organisation",
)


class NotInvolved(Refused):
    """Somebody without a membership on either side wants to speak for one of them."""

    code = "not_involved"
    status = 403


def side_of(user: User, breach: Breach) -> Organisation | None:
    """The organisation for which a person may act on a breach; None where there is none."""
    contract = breach.service_level.contract
    for organisation, roles in (
        (contract.client.organisation, CLIENT_ACTS),
        (contract.vendor.organisation, VENDOR_ACTS),
    ):
        if user.roles.get(organisation.pk) in roles:
            return organisation
    return None


def may_acknowledge(user: User, breach: Breach) -> bool:
    """Managers and admins of the breach's client."""
    return user.roles.get(breach.service_level.contract.client.organisation_id) in CLIENT_ACTS


def may_comment(user: User, breach: Breach) -> bool:
    """Managers of both sides."""
    return side_of(user, breach) is not None


@transaction.atomic
def acknowledge_breach(*, breach: Breach, by: User, now: datetime) -> Breach:
    """Note that the client has seen it; the first who does stays, and doing it again changes nothing."""
    if not may_acknowledge(by, breach):
        raise NotInvolved(_("Only the client's managers acknowledge a breach."))
    unseen = Breach.objects.filter(pk=breach.pk, acknowledged_at__isnull=True)
    if unseen.update(acknowledged_at=now, acknowledged_by=by):
        BreachEvent.objects.create(
            breach=breach, at=now, kind=BreachEvent.Kind.ACKNOWLEDGED, text=_("Seen by the client."), by=by
        )
        _record(breach, by, "acknowledge", {"acknowledged_at": (None, now)})
    breach.refresh_from_db(fields=["acknowledged_at", "acknowledged_by"])
    return breach


class NotYourTurn(Refused):
    """The breach is not at the step that this act needs."""

    code = "not_your_turn"


def may_answer(user: User, breach: Breach) -> bool:
    """Managers of the breach's vendor, while it is open."""
    acts = user.roles.get(breach.service_level.contract.vendor.organisation_id) in VENDOR_ACTS
    return acts and breach.state in (Breach.State.FOUND, Breach.State.CAUSE)


def may_close(user: User, breach: Breach) -> bool:
    """Managers of the breach's client, once the cause is stated and the verdict is final."""
    return may_acknowledge(user, breach) and breach.state in ANSWERED and breach.verdict.is_final


@transaction.atomic
def answer_breach(*, breach: Breach, by: User, cause: str, action: str, now: datetime, cause_kind: str = "") -> Breach:
    """The vendor states why it happened and what it does about it; saying it anew keeps both on the timeline."""
    breach = Breach.objects.select_for_update(of=("self",)).select_related(*SIDES).get(pk=breach.pk)
    if not may_answer(by, breach):
        raise NotYourTurn(_("Only the vendor's managers state the cause, while the breach is open."))
    before = {name: getattr(breach, name) for name in ("cause_kind", "cause", "action", "state")}
    breach.cause_kind, breach.cause, breach.action, breach.state = cause_kind, cause, action, Breach.State.CAUSE
    breach.save(update_fields=["cause_kind", "cause", "action", "state"])
    text = _("Cause: %(cause)s") % {"cause": cause}
    if action:
        text += "\n" + _("Action: %(action)s") % {"action": action}
    BreachEvent.objects.create(breach=breach, at=now, kind=BreachEvent.Kind.COMMENT, text=text, by=by)
    _record(breach, by, "answer", {name: (value, getattr(breach, name)) for name, value in before.items()})
    return breach


@transaction.atomic
def close_breach(*, breach: Breach, by: User, now: datetime) -> Breach:
    """The client accepts cause and action: the breach is over, its verdict stays."""
    breach = Breach.objects.select_for_update(of=("self",)).select_related(*SIDES).get(pk=breach.pk)
    if not may_close(by, breach):
        raise NotYourTurn(_("A breach is closed by the client, once its cause is stated and its verdict is final."))
    before = breach.state
    breach.state, breach.closed_at = Breach.State.CLOSED, now
    breach.save(update_fields=["state", "closed_at"])
    text = _("Cause and action are accepted; the breach is closed.")
    BreachEvent.objects.create(breach=breach, at=now, kind=BreachEvent.Kind.COMMENT, text=text, by=by)
    _record(breach, by, "close", {"state": (before, breach.state)})
    return breach


@transaction.atomic
def comment_on_breach(*, breach: Breach, by: User, text: str, is_internal: bool, now: datetime) -> BreachEvent:
    """A line on the timeline: to both sides, or only inside the writer's own."""
    side = side_of(by, breach)
    if side is None:
        raise NotInvolved(_("Only managers of the client or the vendor comment on a breach."))
    event = BreachEvent.objects.create(
        breach=breach,
        at=now,
        kind=BreachEvent.Kind.COMMENT,
        text=text,
        by=by,
        internal_to=side if is_internal else None,
    )
    _record(breach, by, "comment", {"internal": (None, is_internal)})
    return event


def _record(breach: Breach, by: User, action: str, changes: dict[str, tuple[object, object]]) -> None:
    contract = breach.service_level.contract
    inside = changes.get("internal", (None, False))[1]
    side = side_of(by, breach)
    audit.record(
        actor=by,
        action=f"breach.{action}",
        thing=breach,
        changes=changes,
        client=None if inside and side != contract.client.organisation else contract.client.organisation,
        vendor=None if inside and side != contract.vendor.organisation else contract.vendor.organisation,
    )
