"""Terms that change from a past date on: closed periods that they touch are restated, or else nothing is changed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from bpo.errors import Refused
from bpo.models import User
from contracts.models.agreements import Contract
from contracts.models.service_levels import ServiceLevel, ServiceLevelTerms
from contracts.services import service_levels
from metrics.models.verdicts import Verdict
from metrics.services.breaches import Restated
from metrics.services.looking import lock_feeds, only_looking, undone
from metrics.services.recalendared import timed_otherwise
from metrics.services.restatements import (
    CannotRestate,
    MayNotRestate,
    Restatement,
    checked,
    lock,
    may_restate,
    restate,
)
from metrics.services.withdrawing import withdraw
from metrics.services.work_queue import enqueue
from metrics.timelines import Agreed, Cell, Timeline, timelines_of
from sla.periods import Period, PeriodKind

Made = TypeVar("Made")
# What was recorded before the change at hand is not what it brings.
MOMENT = timedelta(microseconds=1)


class WouldRestate(Refused):
    """Terms from a past date on touch closed periods, and nobody said why these may be restated."""

    code = "would_restate"

    def __init__(self, restatement: Restatement) -> None:
        labels = ", ".join(move.cell.label for move in restatement.moves)
        super().__init__(
            _("Closed periods would be restated: %s.") % labels, hint=_("Say so with a reason, and they are.")
        )
        self.restatement = restatement


def amend(
    *, act: Callable[[], tuple[Contract, Made]], reason: str, by: User | None, now: datetime
) -> tuple[Made, Restatement]:
    """Change a contract's terms with all that follows, wholly or not at all; without a reason no closed period moves.

    `act` makes the change and gives the contract; WouldRestate tells what it would have done to closed periods.
    """
    with transaction.atomic():
        contract, made = act()
        done = follow_terms(contract, Restated(checked(reason) if reason else "", by), now=now)
        if done.moves and not reason:
            raise WouldRestate(done)
    return made, done


def set_terms(
    *, service_level: ServiceLevel, by: User | None, now: datetime, reason: str = "", **terms: Any
) -> tuple[ServiceLevelTerms, Restatement]:
    """The terms that an amendment brings one service level, perhaps from a past date on."""

    def act() -> tuple[Contract, ServiceLevelTerms]:
        made = service_levels.set_terms(actor=by, service_level=service_level, **terms)
        return service_level.contract, made

    return amend(act=act, reason=reason, by=by, now=now)


def preview_terms(*, act: Callable[[], tuple[Contract, Any]], by: User | None, now: datetime) -> Restatement:
    """What a change of terms would restate; nothing is changed."""
    with only_looking(), undone():
        contract, _made = act()
        return follow_terms(contract, Restated("", by), now=now)


def follow_terms(contract: Contract, restated: Restated, *, now: datetime) -> Restatement:
    """Restate the closed periods that other terms judge now, and put the open ones onto the list of work.

    What both sides signed reaches as far back as it says: the time that terms give for corrections does not bind it.
    """
    closed: list[Cell] = []
    waiting: list[Cell] = []
    gone: list[Verdict] = []
    timelines = timelines_of(ServiceLevel.objects.filter(contract=contract))
    # Feeds before cells, as intake takes them: whoever sends meanwhile finds the cells that the new terms cut.
    lock_feeds({timeline.service_level.feed_id for timeline in timelines.values()})
    verdicts = Verdict.objects.current().filter(service_level__in=timelines).defer("days", "working")
    lock_recut(verdicts, timelines, now=now)
    for verdict in verdicts.order_by("service_level", "starts_on"):
        timeline = timelines[verdict.service_level_id]
        cell = cell_of(verdict, timeline)
        if cell is None:
            refuse_final(verdict, timeline)
            gone.append(verdict)
        elif cell.agreed.terms.pk != verdict.terms_id:
            (closed if verdict.is_final else waiting).append(cell)
    final = [verdict for verdict in verdicts if verdict.is_final]
    known = {cell.key for cell in closed}
    later = timed_otherwise(final, timelines, now=now, since=now - MOMENT)
    closed += [cell for key, (cell, _days) in sorted(later.items()) if key not in known]
    enqueue(waiting, now=now)
    withdraw(gone, timelines, by=restated.by, now=now)
    if not closed:
        return Restatement((), (), 0, tuple(gone))
    level = closed[0].service_level
    if restated.by is not None and not (may_restate(restated.by, level) or restated.by.is_operator_admin):
        raise MayNotRestate(_("Only the client's managers and admins restate closed periods."))
    lock(closed, now=now)
    return replace(restate(closed, restated=restated, now=now), withdrawn=tuple(gone))


def lock_recut(verdicts: QuerySet[Verdict], timelines: Mapping[int, Timeline], *, now: datetime) -> None:
    """Wait for workers and nights that are at periods which are cut otherwise now, and keep them out."""
    provisional = verdicts.filter(is_final=False).select_related("terms").order_by()
    gone = [verdict for verdict in provisional if cell_of(verdict, timelines[verdict.service_level_id]) is None]
    enqueue([cell_as_cut(verdict, timelines[verdict.service_level_id]) for verdict in gone], now=now)


def cell_as_cut(verdict: Verdict, timeline: Timeline) -> Cell:
    """The verdict's period as it was cut when it was judged."""
    kind = PeriodKind(verdict.terms.period)
    period = Period(kind, verdict.starts_on, verdict.ends_on, verdict.period_label)
    return Cell(timeline.service_level, Agreed(verdict.terms), period, in_force=False)


def said_of(restatement: Restatement) -> list[str]:
    """Before and after of every closed period, and what is withdrawn, one line each."""
    lines = []
    for move in restatement.moves:
        words = {
            "period": move.cell.label,
            "before": f"{move.before.display} {move.before.get_status_display()}".strip(),
            "after": f"{move.after.display} {move.after.get_status_display()}".strip(),
        }
        lines.append(_("restates %(period)s: %(before)s → %(after)s") % words)
    for verdict in restatement.withdrawn:
        named = f"{verdict.service_level.public_id} {verdict.period_label}"
        lines.append(_("withdraws %s, which is provisional and would be cut otherwise") % named)
    return lines


def cell_of(verdict: Verdict, timeline: Timeline) -> Cell | None:
    """The verdict's period as the terms cut it now; None where they cut its days otherwise, or not at all."""
    cell = timeline.cell_starting(verdict.starts_on)
    return cell if cell is not None and cell.period.end == verdict.ends_on else None


def refuse_final(verdict: Verdict, timeline: Timeline) -> None:
    """A closed period keeps its days."""
    if verdict.is_final:
        said = {"period": f"{timeline.service_level.public_id} {verdict.period_label}"}
        raise CannotRestate(
            _("%(period)s is closed and would be cut otherwise: begin with a period that is still open.") % said
        )
