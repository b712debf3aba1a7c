"""Days that a vendor asks not to be counted: asked by one side, decided by the other."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from bpo import audit
from bpo.errors import Refused
from bpo.models import Role, User
from contracts.models.service_levels import ServiceLevel
from metrics.models.breaches import Excuse
from metrics.services.cells import cells_of, final_keys, label_of, mark_dirty
from metrics.timelines import Cell, timelines_of
from sla.excuses import ExcuseTreatment
from sla.periods import DAY

ASKERS = (Role.VENDOR_MANAGER,)
DECIDERS = (Role.CLIENT_MANAGER,)


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
    vendor = service_level.contract.vendor.organisation
    if not asked_by.has_role(*ASKERS, organisation_id=vendor.pk):
        raise NotYours(_("Only the vendor's managers ask for excuses."))
    if ends_on <= starts_on:
        raise Refused(_("An excuse ends after it starts."))
    refuse_closed(cells_between(service_level, starts_on, ends_on))
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
    return excuse


@transaction.atomic
def decide_excuse(*, excuse: Excuse, granted: bool, decided_by: User, now: datetime) -> Excuse:
    """Grant or refuse an excuse; granted, its days are judged anew without them."""
    excuse = Excuse.objects.select_for_update().get(pk=excuse.pk)
    service_level = excuse.service_level
    client = service_level.contract.client.organisation
    if not decided_by.has_role(*DECIDERS, organisation_id=client.pk) or decided_by == excuse.asked_by:
        raise NotYours(_("The client's managers decide, and nobody on what they asked for themselves."))
    if excuse.decision != Excuse.Decision.ASKED:
        raise Refused(_("This excuse was decided before."))
    cells = cells_between(service_level, excuse.starts_on, excuse.ends_on)
    if granted:
        refuse_reduced(cells)
        mark_dirty(cells, now=now)
        refuse_closed(cells)
    decision = Excuse.Decision.GRANTED if granted else Excuse.Decision.REFUSED
    excuse.decision, excuse.decided_by, excuse.decided_at = decision, decided_by, now
    excuse.save(update_fields=["decision", "decided_by", "decided_at"])
    record(excuse, decided_by, "decide_excuse", (Excuse.Decision.ASKED, decision))
    return excuse


def cells_between(service_level: ServiceLevel, starts_on: date, ends_on: date) -> list[Cell]:
    """The cells that share a day with the excuse."""
    days = [starts_on + DAY * number for number in range((ends_on - starts_on).days)]
    return list(cells_of(timelines_of(ServiceLevel.objects.filter(pk=service_level.pk)).values(), days).values())


def refuse_closed(cells: list[Cell]) -> None:
    """What is final moves only by a restatement."""
    closed = final_keys(cells)
    names = ", ".join(label_of(cell) for cell in cells if cell.key in closed)
    if names:
        raise Refused(_("Already closed: %s. A closed period moves only by a restatement.") % names)


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
