"""Days that a vendor asks not to be counted: asked by one side, decided by the other."""

from dataclasses import replace
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from bpo import audit
from bpo.errors import Refused
from bpo.formatting import show_day
from bpo.models import Role, User
from contracts.models.service_levels import ServiceLevel
from metrics.models.breaches import Breach, BreachEvent, Excuse
from metrics.services.breaches import Restated
from metrics.services.cells import cells_of, final_keys, mark_dirty, rows_at
from metrics.services.foresight import foresee
from metrics.services.restatements import LONGEST_REASON, Restatement, RestatementMoved, lock, restate
from metrics.tallies.records import undone
from metrics.timelines import Cell, timelines_of
from sla.excuses import ExcuseTreatment
from sla.periods import DAY

ASKERS = (Role.VENDOR_MANAGER,)
DECIDERS = (Role.CLIENT_MANAGER,)
MOST_DAYS = 366


class NotYours(Refused):
    """Somebody who may not ask, or may not decide."""

    code = "not_yours"


@transaction.atomic
def ask_excuse(
    *,
    service_level: ServiceLevel,
    starts_on: date,
    ends_on: date,
    reason: str,
    asked_by: User,
    clause: str = "",
    now: datetime,
) -> Excuse:
    """Ask that the days from `starts_on` up to, not including, `ends_on` are not counted; nothing moves yet."""
    if not may_ask(asked_by, service_level):
        raise NotYours(_("Only the vendor's managers ask for excuses."))
    if ends_on <= starts_on:
        raise Refused(_("An excuse ends after it starts."))
    if (ends_on - starts_on).days > MOST_DAYS:
        raise Refused(_("An excuse covers a year at most."))
    if not reason.strip():
        raise Refused(_("An excuse needs a reason."))
    excuse = Excuse.objects.create(
        service_level=service_level,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason,
        clause=clause,
        asked_by=asked_by,
        asked_at=now,
    )
    record(excuse, asked_by, "ask_excuse", ("", Excuse.Decision.ASKED))
    said = {"excuse": excuse.public_id, "days": days_text(excuse), "reason": reason}
    tell_breaches(excuse, asked_by, _("%(excuse)s asked for %(days)s: %(reason)s") % said, now=now)
    return excuse


def may_ask(user: User, service_level: ServiceLevel) -> bool:
    """Managers of the service level's vendor."""
    return user.roles.get(service_level.contract.vendor.organisation_id) in ASKERS


def may_decide(user: User, excuse: Excuse) -> bool:
    """Managers of the client, on what they did not ask for themselves."""
    client = excuse.service_level.contract.client.organisation_id
    undecided = excuse.decision == Excuse.Decision.ASKED and user.pk != excuse.asked_by_id
    return undecided and user.roles.get(client) in DECIDERS


def preview_excuse(*, excuse: Excuse, now: datetime) -> Restatement:
    """What granting an excuse would change; nothing is stored."""
    with undone():
        copy = Excuse.objects.select_related("service_level__contract").get(pk=excuse.pk)
        refuse_reduced(cells_between(copy.service_level, copy.starts_on, copy.ends_on))
        # Whoever would decide: the name is taken back with everything else.
        somebody = User.objects.exclude(pk=copy.asked_by_id).earliest("pk")
        settle(copy, granted=True, by=somebody, now=now)
        return effect(copy, Restated("", None), now=now)


@transaction.atomic
def decide_excuse(
    *, excuse: Excuse, granted: bool, decided_by: User, now: datetime, reason: str = "", digest: str | None = None
) -> Excuse:
    """Grant or refuse an excuse; granted, open periods are judged anew without its days, closed ones restated.

    With a `digest` the grant must still change what was shown.
    """
    excuse = Excuse.objects.select_for_update(of=("self",)).select_related("service_level__contract").get(pk=excuse.pk)
    if excuse.decision != Excuse.Decision.ASKED:
        raise Refused(_("This excuse was decided before."))
    if not may_decide(decided_by, excuse):
        raise NotYours(_("The client's managers decide, and nobody on what they asked for themselves."))
    if granted:
        refuse_reduced(cells_between(excuse.service_level, excuse.starts_on, excuse.ends_on))
    settle(excuse, granted=granted, by=decided_by, now=now, reason=reason)
    record(excuse, decided_by, "decide_excuse", (Excuse.Decision.ASKED, excuse.decision))
    if granted:
        why = _("%(excuse)s granted: %(reason)s") % {"excuse": excuse.public_id, "reason": reason or excuse.reason}
        granting = effect(excuse, Restated(why[:LONGEST_REASON], decided_by), now=now)
        if digest is not None and granting.digest != digest:
            raise RestatementMoved(_("What the grant would change has changed since it was shown: look at it again."))
    tell_breaches(excuse, decided_by, decided_text(excuse), now=now)
    return excuse


def settle(excuse: Excuse, *, granted: bool, by: User, now: datetime, reason: str = "") -> None:
    """Write the decision."""
    excuse.decision = Excuse.Decision.GRANTED if granted else Excuse.Decision.REFUSED
    excuse.decided_by, excuse.decided_at, excuse.decision_reason = by, now, reason.strip()
    excuse.save(update_fields=["decision", "decided_by", "decided_at", "decision_reason"])


def effect(excuse: Excuse, restated: Restated, *, now: datetime) -> Restatement:
    """What a granted excuse does: closed periods are restated, open ones put onto the list of work."""
    cells = cells_between(excuse.service_level, excuse.starts_on, excuse.ends_on)
    closed = final_keys(cells)
    lock([cell for cell in cells if cell.key in closed], now=now)
    done = restate([cell for cell in cells if cell.key in closed], restated=restated, now=now)
    waiting = [cell for cell in cells if cell.key not in closed]
    mark_dirty(waiting, now=now)
    known = {foreseen.cell.key for foreseen in done.provisional}
    told = [one for one in foresee(waiting, now=now) if one.cell.key not in known]
    return replace(done, provisional=(*told, *done.provisional))


def tell_breaches(excuse: Excuse, by: User, text: str, *, now: datetime) -> None:
    """A line on the timeline of each breach that an excuse is about."""
    keys = [cell.key for cell in cells_between(excuse.service_level, excuse.starts_on, excuse.ends_on)]
    BreachEvent.objects.bulk_create(
        BreachEvent(breach=breach, at=now, kind=BreachEvent.Kind.EXCUSE, text=text, by=by)
        for breach in rows_at(Breach.objects.all(), keys)
    )


def decided_text(excuse: Excuse) -> str:
    said = {"excuse": excuse.public_id, "decision": excuse.get_decision_display(), "reason": excuse.decision_reason}
    if excuse.decision_reason:
        return _("%(excuse)s %(decision)s: %(reason)s") % said
    return _("%(excuse)s %(decision)s.") % said


def days_text(excuse: Excuse) -> str:
    last = excuse.ends_on - DAY
    if last == excuse.starts_on:
        return show_day(last)
    return f"{show_day(excuse.starts_on)} – {show_day(last)}"


def cells_between(service_level: ServiceLevel, starts_on: date, ends_on: date) -> list[Cell]:
    """The cells that share a day with the excuse."""
    days = [starts_on + DAY * number for number in range((ends_on - starts_on).days)]
    return list(cells_of(timelines_of(ServiceLevel.objects.filter(pk=service_level.pk)).values(), days).values())


def refuse_reduced(cells: list[Cell]) -> None:
    if any(cell.agreed.limits.excuses is ExcuseTreatment.REDUCE_LEVEL for cell in cells):
        raise Refused(_("These terms lower the level for an excuse, by an amount that an excuse does not hold."))


def record(excuse: Excuse, actor: User, action: str, decision: tuple[str, str]) -> None:
    contract = excuse.service_level.contract
    audit.record(
        actor=actor,
        action=action,
        thing=excuse,
        changes={"decision": decision, "days": ("", f"{excuse.starts_on} – {excuse.ends_on - DAY}")},
        client=contract.client.organisation,
        vendor=contract.vendor.organisation,
    )
