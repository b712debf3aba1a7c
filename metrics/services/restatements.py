"""Restatements: closed periods get new final revisions, by a person with a reason."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from bpo.errors import Refused
from bpo.models import Role, User
from contracts.models.service_levels import ServiceLevel
from metrics.models.verdicts import LateArrival, Verdict
from metrics.services.breaches import Instruction
from metrics.services.closed_periods import Ground, changed_calendars, refuse_late_corrections
from metrics.services.closing import count_arrivals, final_keys
from metrics.services.judged_since import judged_since
from metrics.services.restatement_plans import (
    Plan,
    Restatement,
    RestatementMoved,
    plan_restatement,
    write_restatement,
)
from metrics.services.work_queue import enqueue, lock_feeds, rows_at
from metrics.timelines import Cell, timelines_of

RESTATERS = (Role.CLIENT_ADMIN, Role.CLIENT_MANAGER)
LONGEST_REASON = 200


class MayNotRestate(Refused):
    """The user may not restate closed periods."""

    code = "not_yours"
    status = 403


class NothingToRestate(Refused):
    """No closed verdict would change."""

    code = "nothing_to_restate"


class ReasonNeeded(Refused):
    """A closed period is not restated without a reason."""

    code = "reason_needed"
    status = 422


def may_restate(user: User, service_level: ServiceLevel) -> bool:
    """Managers and admins of the service level's client."""
    return user.roles.get(service_level.contract.client.organisation_id) in RESTATERS


def check_may_restate(user: User, service_level: ServiceLevel) -> None:
    """Raise MayNotRestate unless the user may restate closed periods of the service level."""
    if not may_restate(user, service_level):
        raise MayNotRestate(_("Only the client's managers and admins restate closed periods."))


def closed_cell(verdict: Verdict) -> Cell | None:
    """The cell of a verdict as today's terms cut it."""
    timeline = timelines_of(ServiceLevel.objects.filter(pk=verdict.service_level_id))[verdict.service_level_id]
    return timeline.cell_starting(verdict.starts_on)


def preview_late(*, cells: Collection[Cell], now: datetime) -> Restatement:
    """What counting the late arrivals of those closed cells would change."""
    plan, arrivals = plan_late(cells, instruction=Instruction("", None), now=now)
    return replace(plan.restatement(), late=len(arrivals))


@transaction.atomic
def restate_late(
    *, cells: Collection[Cell], by: User, reason: str, digest: str | None, now: datetime, ground: str = ""
) -> Restatement:
    """Count the late arrivals of those closed cells, if that still changes what was shown.

    After the terms' time for corrections it takes the client's admin and a `ground`.
    """
    for cell in cells:
        check_may_restate(by, cell.service_level)
    refuse_late_corrections(cells, by=by, ground=ground, now=now)
    checked = checked_reason(f"{Ground(ground).label}: {checked_reason(reason)}" if ground else reason)
    lock_closed(cells, now=now)
    plan, arrivals = plan_late(cells, instruction=Instruction(checked, by), now=now, lock=True)
    effect = replace(plan.restatement(), late=len(arrivals))
    if digest is not None and effect.digest != digest:
        raise RestatementMoved(_("What would be restated has changed since it was shown: look at it again."))
    write_restatement(plan)
    count_arrivals([move.after for move in effect.moves if move.was_asked])
    return effect


def plan_late(
    cells: Collection[Cell], *, instruction: Instruction, now: datetime, lock: bool = False
) -> tuple[Plan, list[LateArrival]]:
    """The closed cells with all that came late for them: results, which are returned too, calendars, old verdicts."""
    keys = {cell.key for cell in cells}
    if keys - final_keys(cells):
        raise NothingToRestate(_("The period is still open: it is judged anew by itself."))
    timelines = timelines_of(ServiceLevel.objects.filter(pk__in={pk for pk, _start in keys}))
    arrivals = rows_at(LateArrival.objects.filter(counted_by__isnull=True), keys)
    final = rows_at(Verdict.objects.current().filter(is_final=True), keys)
    counts_otherwise = (
        arrivals
        or changed_calendars(final, timelines, now=now)
        or any(judged_since(verdict, now=now) for verdict in final)
    )
    if not counts_otherwise:
        raise NothingToRestate(_("Nothing came after closing that is not counted already."))
    instruction = replace(instruction, always=True)
    return plan_restatement(cells, timelines, instruction=instruction, now=now, counting=keys, lock=lock), arrivals


def lock_closed(cells: Collection[Cell], *, now: datetime) -> None:
    """Keep intake and nights out of those cells until the end of the transaction."""
    lock_feeds({pk for cell in cells for pk in cell.service_level.feed_pks})
    enqueue(cells, now=now)


def checked_reason(reason: str) -> str:
    """A restatement's reason; refused where there is none, or too much of it."""
    stripped = reason.strip()
    if not stripped or len(stripped) > LONGEST_REASON:
        raise ReasonNeeded(_("A restatement needs a reason of at most 200 characters."))
    return stripped
