"""Terms that change from a past date on: closed periods that they touch are restated, or nothing is changed at all."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from bpo.errors import Refused
from bpo.formatting import show_day
from bpo.models import User
from contracts.clocks import clocks_of
from contracts.models.agreements import Contract
from contracts.models.service_levels import ServiceLevel, ServiceLevelTerms
from metrics.models.breaches import Breach, BreachEvent
from metrics.models.verdicts import Verdict, Withdrawal
from metrics.services.breaches import Instruction, outcome_text
from metrics.services.closed_periods import cells_judged, changed_calendars
from metrics.services.closing import final_keys
from metrics.services.inputs import Assumptions
from metrics.services.restatement_plans import CannotRestate, Restatement, plan_restatement, write_restatement
from metrics.services.restatements import check_may_restate, checked_reason, lock_closed
from metrics.services.row_changes import cells_containing
from metrics.services.standings import update_standings
from metrics.services.work_queue import dequeue, enqueue, lock_feeds, rows_at
from metrics.tallies.sums import undecided_cases
from metrics.timelines import Agreed, Cell, CellKey, Timeline, timelines_of, with_closed_joints
from sla.periods import DAY, local_day

Made = TypeVar("Made")
# What was recorded before the change at hand is not what it brings.
MOMENT = timedelta(microseconds=1)
# The primary key of terms in a preview that are not in the table.
NOT_SAVED = 0


class WouldRestate(Refused):
    """Terms from a past date on touch closed periods, and no reason to restate these was given."""

    code = "would_restate"

    def __init__(self, restatement: Restatement) -> None:
        labels = [move.cell.label for move in restatement.moves]
        labels += [f"{verdict.service_level.public_id} {verdict.period_label}" for verdict in restatement.added]
        super().__init__(
            _("Closed periods would be restated: %s.") % ", ".join(labels),
            hint=_("Say so with a reason, and they are."),
        )
        self.restatement = restatement


def amend(
    *, act: Callable[[], tuple[Contract, Made]], reason: str, by: User | None, now: datetime
) -> tuple[Made, Restatement]:
    """Change a contract's terms with all that follows, wholly or not at all; without a reason no closed period moves.

    `act` makes the change and returns the contract; WouldRestate has what it would have done to closed periods.
    """
    with transaction.atomic():
        contract, made = act()
        done = follow_terms(contract, Instruction(checked_reason(reason) if reason else "", by), now=now)
        if (done.moves or done.added) and not reason:
            raise WouldRestate(done)
    return made, done


def preview_terms(*, terms: ServiceLevelTerms, by: User | None, now: datetime) -> Restatement:
    """What new terms, or another end of old ones, would restate once they are saved."""
    timelines = timelines_of(ServiceLevel.objects.filter(contract=terms.service_level.contract_id))
    timeline = timelines[terms.service_level_id]
    rows = [copy(agreed.terms) for agreed in timeline.agreed if agreed.terms.pk != terms.pk]
    added = copy(terms)
    if added.pk is None:
        # New terms end those before them.
        added.pk, start = NOT_SAVED, added.effective_on
        for row in rows:
            if row.effective_on < start and (row.ends_on is None or row.ends_on > start):
                row.ends_on = start
    ordered = sorted([*rows, added], key=attrgetter("effective_on"))
    previewed = with_closed_joints({timeline.service_level.pk: Timeline.of(timeline.service_level, ordered)})
    return effect_of_terms(timelines | previewed, by=by, now=now)


def preview_change(
    *, act: Callable[[], tuple[Contract, Made]], by: User | None, now: datetime
) -> tuple[Made, Restatement]:
    """What a change of a whole contract, as a terms file makes it, would restate.

    The change itself is made in a transaction that is rolled back, because the rules of what is agreed are those of its
    tables; what follows from it for verdicts is worked out without being written.
    """
    with transaction.atomic():
        contract, made = act()
        effect = effect_of_terms(timelines_of(ServiceLevel.objects.filter(contract=contract)), by=by, now=now)
        transaction.set_rollback(True)
    return made, effect


def effect_of_terms(timelines: Mapping[int, Timeline], *, by: User | None, now: datetime) -> Restatement:
    """What those service levels' terms do to verdicts that were judged by others."""
    closed, _open_cells, withdrawn = find_rejudged(timelines, by=by, now=now)
    closed += find_back_dated(timelines, by=by, now=now)
    if not closed:
        return Restatement(withdrawn=tuple(withdrawn))
    assumed = Assumptions(verdicts={(verdict.service_level_id, verdict.starts_on): None for verdict in withdrawn})
    plan = plan_restatement(closed, timelines, instruction=Instruction("", by), now=now, assumed=assumed)
    return replace(plan.restatement(), withdrawn=tuple(withdrawn))


def follow_terms(contract: Contract, instruction: Instruction, *, now: datetime) -> Restatement:
    """Restate the closed periods that other terms judge now, and put the open ones onto the work queue."""
    timelines = timelines_of(ServiceLevel.objects.filter(contract=contract))
    # Feeds before cells, as intake takes them: whoever sends meanwhile finds the cells that the new terms cut.
    lock_feeds({pk for timeline in timelines.values() for pk in timeline.service_level.feed_pks})
    lock_recut_periods(timelines, now=now)
    closed, open_cells, withdrawn = find_rejudged(timelines, by=instruction.by, now=now)
    added = find_back_dated(timelines, by=instruction.by, now=now)
    enqueue(open_cells, now=now)
    withdraw(withdrawn, timelines, by=instruction.by, now=now)
    if not closed and not added:
        return Restatement(withdrawn=tuple(withdrawn))
    lock_closed(closed, now=now)
    plan = plan_restatement([*closed, *added], timelines, instruction=instruction, now=now, lock=True)
    effect = replace(plan.restatement(), withdrawn=tuple(withdrawn))
    write_restatement(plan)
    return effect


def find_rejudged(
    timelines: Mapping[int, Timeline], *, by: User | None, now: datetime
) -> tuple[list[Cell], list[Cell], list[Verdict]]:
    """Find closed and open cells that other terms judge now, and provisional verdicts of periods cut differently.

    It reaches as far back as both sides signed: the terms' time for corrections does not limit it. A closed period that
    ends earlier now, or is split, counts as closed in all its parts. Raises CannotRestate where one would be cut
    otherwise, and MayNotRestate where the user may not restate closed periods.
    """
    closed: list[Cell] = []
    open_cells: list[Cell] = []
    withdrawn: list[Verdict] = []
    verdicts = Verdict.objects.current().filter(service_level__in=timelines).defer("days", "working")
    verdicts = list(verdicts.order_by("service_level", "starts_on"))
    for verdict in verdicts:
        timeline = timelines[verdict.service_level_id]
        cell = cell_of(verdict, timeline)
        if cell is not None:
            if verdict.is_final and cell.is_history is not verdict.is_history:
                raise CannotRestate(opening_day_text(cell))
            if (cell.agreed.terms.pk, cell.is_history) != (verdict.terms_id, verdict.is_history):
                (closed if verdict.is_final else open_cells).append(cell)
        elif not verdict.is_final:
            withdrawn.append(verdict)
        elif parts := parts_of(verdict, timeline):
            closed += parts
        else:
            words = {"period": f"{timeline.service_level.public_id} {verdict.period_label}"}
            raise CannotRestate(
                _("%(period)s is closed and would be cut differently: begin with a period that is still open.") % words
            )
    known = {cell.key for cell in closed}
    final = [verdict for verdict in verdicts if verdict.is_final]
    changed = changed_calendars(final, timelines, now=now, since=now - MOMENT)
    closed.extend(cell for key, (cell, _days) in sorted(changed.items()) if key not in known)
    if closed and by is not None and not by.is_operator_admin:
        check_may_restate(by, closed[0].service_level)
    return closed, open_cells, withdrawn


def find_back_dated(timelines: Mapping[int, Timeline], *, by: User | None, now: datetime) -> list[Cell]:
    """Find the periods that are over and reported by now, of service levels that an amendment adds from an earlier day.

    Raises MayNotRestate where the user may not restate closed periods.
    """
    fresh = {pk for pk, timeline in timelines.items() if any(map(is_back_dated, timeline.agreed))}
    fresh -= set(Verdict.objects.filter(service_level__in=fresh).values_list("service_level", flat=True))
    levels = [timelines[pk].service_level for pk in sorted(fresh)]
    levels = [level for level in levels if level.contract.status != Contract.Status.DRAFT]
    clocks = clocks_of((level.contract for level in levels), at=now)
    found: list[Cell] = []
    for level in levels:
        clock, today = clocks[level.contract_id], local_day(now, ZoneInfo(level.contract.zone))
        cells = (cell for cell in timelines[level.pk].cells_until(today) if not cell.is_history)
        closed = (cell for cell in cells if cell.deadlines(clock).closing_day(is_reported=False) <= today)
        found += [cell for cell in closed if not undecided_cases(cell, clock, ())]
    if found and by is not None and not by.is_operator_admin:
        check_may_restate(by, found[0].service_level)
    return found


def is_back_dated(agreed: Agreed) -> bool:
    """Whether terms hold from a day before that of the amendment which brought them."""
    return agreed.terms.effective_on < agreed.terms.amendment.effective_on


def opening_day_text(cell: Cell) -> str:
    """Why the opening day cannot be moved over a closed cell."""
    words = {"period": cell.label, "day": show_day(cell.service_level.contract.opening_day)}
    if cell.is_history:
        return _("%(period)s is closed and cannot become history: judge the contract from that period on.") % words
    return _("%(period)s is closed as history: it cannot be judged from %(day)s on any more.") % words


def lock_recut_periods(timelines: Mapping[int, Timeline], *, now: datetime) -> None:
    """Wait for workers and nights that are at periods which are cut differently now, and keep them out."""
    provisional = Verdict.objects.current().filter(service_level__in=timelines, is_final=False)
    provisional = provisional.defer("days", "working").select_related("terms").order_by()
    recut = [verdict for verdict in provisional if cell_of(verdict, timelines[verdict.service_level_id]) is None]
    enqueue(cells_judged(recut, timelines), now=now)


def effect_lines(restatement: Restatement) -> list[str]:
    """Before and after of every closed period, and what is withdrawn, one line each."""
    lines = []
    for move in restatement.moves:
        before, after = (f"{verdict.display} {verdict.get_status_display()}" for verdict in (move.before, move.after))
        if move.before.numbers != move.after.numbers:
            before, after = f"{before} ({move.before.counted_text})", f"{after} ({move.after.counted_text})"
        words = {"period": move.cell.label, "before": before.strip(), "after": after.strip()}
        lines.append(_("restates %(period)s: %(before)s → %(after)s") % words)
    for verdict in restatement.added:
        named = f"{verdict.service_level.public_id} {verdict.period_label}"
        words = {"period": named, "after": f"{verdict.display} {verdict.get_status_display()}".strip()}
        lines.append(_("judges %(period)s, which is over, for the first time: %(after)s") % words)
    for verdict in restatement.withdrawn:
        named = f"{verdict.service_level.public_id} {verdict.period_label}"
        lines.append(_("withdraws %s, which is provisional and would be cut differently") % named)
    return lines


def cell_of(verdict: Verdict, timeline: Timeline) -> Cell | None:
    """The verdict's period as the terms cut it now; None where they cut its days differently, or not at all."""
    cell = timeline.cell_starting(verdict.starts_on)
    return cell if cell is not None and cell.period.end == verdict.ends_on else None


def parts_of(verdict: Verdict, timeline: Timeline) -> list[Cell]:
    """The periods of the same kind into which the terms cut the verdict's days now, up to its end or that of the time.

    None where they cut these days otherwise.
    """
    cells: list[Cell] = []
    day = verdict.starts_on
    while day < verdict.ends_on and (cell := timeline.cell_starting(day)):
        cells.append(cell)
        day = cell.period.end
    wanted = {(True, verdict.is_history, verdict.terms.period)}
    fits = {(cell.chosen, cell.is_history, cell.agreed.terms.period) for cell in cells} == wanted
    return cells if fits and day in (verdict.ends_on, timeline.time.end) else []


def withdraw(verdicts: Sequence[Verdict], timelines: Mapping[int, Timeline], *, by: User | None, now: datetime) -> None:
    """Withdraw provisional verdicts whose periods exist no longer, and have their days judged as they are cut now."""
    if not verdicts:
        return
    reason = _("New terms cut this time into other periods.")
    Verdict.objects.filter(pk__in=[verdict.pk for verdict in verdicts]).update(is_current=False)
    Withdrawal.objects.bulk_create(Withdrawal(verdict=verdict, at=now, reason=reason, by=by) for verdict in verdicts)
    keys = {(verdict.service_level_id, verdict.starts_on): verdict for verdict in verdicts}
    dequeue(keys)
    withdraw_breaches(keys, reason, by=by, now=now)
    days: dict[int, list[date]] = defaultdict(list)
    for verdict in verdicts:
        length = (verdict.ends_on - verdict.starts_on).days
        days[verdict.service_level_id] += [verdict.starts_on + DAY * number for number in range(length)]
    cells: dict[CellKey, Cell] = {}
    for pk in days:
        cells |= cells_containing([timelines[pk]], days[pk])
    closed = final_keys(cells.values())
    enqueue([cell for key, cell in cells.items() if key not in closed], now=now)
    update_standings([timelines[pk].service_level for pk in days], now=now)


def withdraw_breaches(verdicts: Mapping[CellKey, Verdict], reason: str, *, by: User | None, now: datetime) -> None:
    """Withdraw the breaches of periods that exist no longer, with the reason on their timelines."""
    for breach in rows_at(Breach.objects.select_for_update(), verdicts):
        verdict = verdicts[breach.service_level_id, breach.starts_on]
        if breach.state == Breach.State.WITHDRAWN:
            continue
        breach.state, breach.closed_at = Breach.State.WITHDRAWN, now
        breach.save(update_fields=["state", "closed_at"])
        text = f"{outcome_text(verdict)}: {reason} " + _("No longer a breach.")
        BreachEvent.objects.create(
            breach=breach, at=now, kind=BreachEvent.Kind.WITHDRAWN, text=text, verdict=verdict, by=by
        )
