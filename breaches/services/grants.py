"""What is granted of an excuse, and its effect: closed periods are restated, open ones judged again."""

from collections.abc import Collection, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from bpo.errors import Refused
from bpo.formatting import show_day
from bpo.models import User
from contracts.models.service_levels import Feed, ServiceLevel
from metrics.models.breaches import Excuse
from metrics.services.breaches import Instruction
from metrics.services.closing import final_keys
from metrics.services.inputs import AS_RECORDED, Assumptions
from metrics.services.restatement_plans import Plan, Restatement, plan_restatement, write_restatement
from metrics.services.restatements import lock_closed
from metrics.services.row_changes import cells_containing
from metrics.timelines import Cell, timelines_of
from sla.excuses import ExcuseTreatment
from sla.periods import DAY


class NotGrantable(Refused):
    """The grant is not part of what was asked for, or the terms do not know its amount."""

    code = "not_grantable"
    status = 422


@dataclass(frozen=True, slots=True)
class Grant:
    """Days that are granted, and by how much the limits become easier where the terms say so."""

    starts_on: date
    ends_on: date
    lowers_by: Decimal | None = None


def whole_excuse(excuse: Excuse) -> Grant:
    return Grant(excuse.starts_on, excuse.ends_on)


def read_grant(given: Mapping[str, Any], excuse: Excuse) -> Grant:
    """What a form or an API call grants; without a first or a last day it is the excuse's."""
    first, last = given.get("first_day") or excuse.starts_on, given.get("last_day")
    return Grant(first, min(last, excuse.ends_on) + DAY if last else excuse.ends_on, given.get("lowers_by"))


def is_part(grant: Grant, excuse: Excuse) -> bool:
    """Whether some of the days stay refused."""
    return (grant.starts_on, grant.ends_on) != (excuse.starts_on, excuse.ends_on)


def preview_excuse(*, excuse: Excuse, now: datetime, grant: Grant | None = None) -> Restatement:
    """What granting an excuse, or a part of it, would change."""
    grant = grant or whole_excuse(excuse)
    check_grant(excuse, grant)
    granted = copy(excuse)
    decide(granted, grant=grant, by=None, now=now)
    plan = plan_grant(granted, grant, Instruction("", None), now=now, assumed=Assumptions(excuses=[granted]))
    return plan.restatement()


def preview_if_possible(*, excuse: Excuse, now: datetime, grant: Grant | None = None) -> tuple[Restatement | None, str]:
    """What granting an excuse, or a part of it, would change, and the reason why it cannot act, or be granted."""
    try:
        restatement = preview_excuse(excuse=excuse, now=now, grant=grant)
    except Refused as refused:
        return None, refused.sentence
    return restatement, why_idle(excuse.service_level, grant or whole_excuse(excuse))


def check_grant(excuse: Excuse, grant: Grant) -> None:
    """Refuse days that were not asked for, and amounts that the terms do not know or miss."""
    if not excuse.starts_on <= grant.starts_on < grant.ends_on <= excuse.ends_on:
        raise NotGrantable(_("Days can be granted that were asked for, the first one first."))
    lowers = lowers_limits(cells_between(excuse.service_level, grant.starts_on, grant.ends_on))
    if lowers and grant.lowers_by is None:
        raise NotGrantable(_("These terms make the limits easier for an excuse: say by how much."))
    if not lowers and grant.lowers_by is not None:
        raise NotGrantable(_("These terms do not make the limits easier for an excuse."))
    if grant.lowers_by is not None and grant.lowers_by <= 0:
        raise NotGrantable(_("The limits become easier by more than nothing."))


def lowers_limits(cells: Collection[Cell]) -> bool:
    """Whether the terms of one of those cells make limits easier instead of taking days out."""
    return any(cell.agreed.limits.excuses is ExcuseTreatment.REDUCE_LEVEL for cell in cells)


def why_idle(service_level: ServiceLevel, grant: Grant) -> str:
    """Why those days cannot be taken out: the feed totals weeks or months, and none of them lies wholly in the days."""
    cells = cells_between(service_level, grant.starts_on, grant.ends_on)
    days = {grant.starts_on + DAY * number for number in range((grant.ends_on - grant.starts_on).days)}
    takes_out = (ExcuseTreatment.BOTH_SIDES, ExcuseTreatment.COUNT_AS_MET)
    if not cells or any(cell.agreed.limits.excuses not in takes_out or cell.excusable(days) for cell in cells):
        return ""
    if service_level.feed.schedule == Feed.Schedule.WEEKLY:
        return _("The feed reports totals of weeks: only whole weeks can be excused, and none lies in these days.")
    if service_level.feed.schedule == Feed.Schedule.MONTHLY:
        return _("The feed reports totals of months: only whole months can be excused, and none lies in these days.")
    return _("The feed reports quarters or years: only whole ones can be excused, and none lies in these days.")


def decide(excuse: Excuse, *, grant: Grant | None, by: User | None, now: datetime, reason: str = "") -> None:
    """Set the decision, not to be saved here; without a grant it is refused."""
    excuse.decision = Excuse.Decision.GRANTED if grant else Excuse.Decision.REFUSED
    excuse.decided_by, excuse.decided_at, excuse.decision_reason = by, now, reason.strip()
    if grant:
        excuse.granted_from, excuse.granted_until, excuse.lowers_by = grant.starts_on, grant.ends_on, grant.lowers_by


def restate_granted(excuse: Excuse, grant: Grant, instruction: Instruction, *, now: datetime) -> Restatement:
    """Count a granted excuse: closed periods are restated, open ones put onto the work queue."""
    cells = cells_between(excuse.service_level, grant.starts_on, grant.ends_on)
    closed = final_keys(cells)
    lock_closed([cell for cell in cells if cell.key in closed], now=now)
    plan = plan_grant(excuse, grant, instruction, now=now, lock=True)
    effect = plan.restatement()
    write_restatement(plan)
    return effect


def plan_grant(
    excuse: Excuse,
    grant: Grant,
    instruction: Instruction,
    *,
    now: datetime,
    assumed: Assumptions = AS_RECORDED,
    lock: bool = False,
) -> Plan:
    """What the granted days do to closed periods, to those that look back at them, and to open ones."""
    cells = cells_between(excuse.service_level, grant.starts_on, grant.ends_on)
    closed = final_keys(cells)
    plan = plan_restatement(
        [cell for cell in cells if cell.key in closed],
        timelines_of(ServiceLevel.objects.filter(pk=excuse.service_level_id)),
        instruction=instruction, now=now, assumed=assumed, lock=lock,
    )  # fmt: skip
    plan.open_cells |= {cell.key: cell for cell in cells if cell.key not in closed}
    return plan


def cells_between(service_level: ServiceLevel, starts_on: date, ends_on: date) -> list[Cell]:
    """The cells that share a day with the span."""
    days = [starts_on + DAY * number for number in range((ends_on - starts_on).days)]
    return list(
        cells_containing(timelines_of(ServiceLevel.objects.filter(pk=service_level.pk)).values(), days).values()
    )


def days_text(starts_on: date, ends_on: date) -> str:
    last = ends_on - DAY
    return show_day(last) if last == starts_on else f"{show_day(starts_on)} – {show_day(last)}"
