"""What is granted of an excuse, and its effect: closed periods are restated, open ones judged again."""

from collections.abc import Collection
from copy import copy
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from bpo.errors import Refused
from bpo.models import User
from breaches.services.selections import Grant, cells_touched, whole_days_granted, whole_excuse, zone_of
from contracts.models.service_levels import Feed, ServiceLevel
from metrics.models.breaches import Excuse
from metrics.services.breaches import Instruction
from metrics.services.closing import final_keys
from metrics.services.inputs import AS_RECORDED, Assumptions
from metrics.services.restatement_plans import Plan, Restatement, plan_restatement, write_restatement
from metrics.services.restatements import lock_closed
from metrics.tallies.excused import has_moments
from metrics.timelines import Cell, timelines_of
from sla.excuses import ExcuseTreatment
from sla.periods import day_start


class NotGrantable(Refused):
    """The grant is not part of what was asked for, or the terms do not know its amount."""

    code = "not_grantable"
    status = 422


def is_part(grant: Grant, excuse: Excuse) -> bool:
    """Whether some of what was asked for stays refused."""
    return replace(grant, lowers_by=None) != whole_excuse(excuse)


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
    """Refuse what was not asked for, and amounts that the terms do not know or miss."""
    if set(grant.cases) - set(excuse.cases):
        raise NotGrantable(_("Rows can be granted that were asked for."))
    if not excuse.starts_on <= grant.starts_on < grant.ends_on <= excuse.ends_on:
        raise NotGrantable(_("Days can be granted that were asked for, the first one first."))
    if grant.hours:
        first, last = excuse.hours or (day_start(day, zone_of(excuse)) for day in (excuse.starts_on, excuse.ends_on))
        if excuse.cases or not first <= grant.hours[0] < grant.hours[1] <= last:
            raise NotGrantable(_("Hours can be granted that were asked for, the first moment first."))
    lowers = lowers_limits(cells_touched(excuse.service_level, grant))
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
    """Why nothing can be taken out: the feed's totals are longer than what is asked for, or the figure has no hours."""
    cells, schedule = cells_touched(service_level, grant), service_level.feed.schedule
    before = whole_days_granted(service_level) if cells else []
    if not cells or any(can_act(cell, grant, before) for cell in cells):
        return ""
    if grant.hours and all(cell.agreed.measure.snapshot for cell in cells):
        return _("The figure is of the end of the period: no hours can be taken out of it.")
    if grant.hours:
        return _("The feed reports totals of whole days or longer: hours of a day cannot be taken out of them.")
    if schedule == Feed.Schedule.WEEKLY:
        return _("The feed reports totals of weeks: only whole weeks can be excused, and none lies in these days.")
    if schedule == Feed.Schedule.MONTHLY:
        return _("The feed reports totals of months: only whole months can be excused, and none lies in these days.")
    return _("The feed reports quarters or years: only whole ones can be excused, and none lies in these days.")


def can_act(cell: Cell, grant: Grant, before: Collection[date]) -> bool:
    """Whether the grant can take anything out of a cell, with days excused before, or its terms treat it otherwise."""
    if grant.cases or cell.agreed.limits.excuses not in (ExcuseTreatment.BOTH_SIDES, ExcuseTreatment.COUNT_AS_MET):
        return True
    whole = grant.whole_days(ZoneInfo(cell.service_level.contract.zone))
    if cell.excusable(whole) or len(cell.excusable({*whole, *before})) > len(cell.excusable(before)):
        return True
    return bool(grant.hours) and not cell.agreed.measure.snapshot and has_moments(cell)


def decide(excuse: Excuse, *, grant: Grant | None, by: User | None, now: datetime, reason: str = "") -> None:
    """Set the decision, not to be saved here; without a grant it is refused."""
    excuse.decision = Excuse.Decision.GRANTED if grant else Excuse.Decision.REFUSED
    excuse.decided_by, excuse.decided_at, excuse.decision_reason = by, now, reason.strip()
    if grant:
        excuse.granted_from, excuse.granted_until, excuse.lowers_by = grant.starts_on, grant.ends_on, grant.lowers_by
        excuse.granted_starts_at, excuse.granted_ends_at = grant.hours or (None, None)
        excuse.granted_cases = list(grant.cases)


def restate_granted(excuse: Excuse, grant: Grant, instruction: Instruction, *, now: datetime) -> Restatement:
    """Count a granted excuse: closed periods are restated, open ones put onto the work queue."""
    cells = cells_touched(excuse.service_level, grant)
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
    cells = cells_touched(excuse.service_level, grant)
    closed = final_keys(cells)
    plan = plan_restatement(
        [cell for cell in cells if cell.key in closed],
        timelines_of(ServiceLevel.objects.filter(pk=excuse.service_level_id)),
        instruction=instruction, now=now, assumed=assumed, lock=lock,
    )  # fmt: skip
    plan.open_cells |= {cell.key: cell for cell in cells if cell.key not in closed}
    return plan
