"""Terms that change from a past date on: closed periods that they touch are restated, or nothing is changed at all."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import date, datetime
from operator import attrgetter
from typing import TypeVar

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from bpo import audit
from bpo.errors import Refused
from bpo.models import User
from contracts.models.agreements import Contract
from contracts.models.service_levels import ServiceLevel, ServiceLevelTerms
from metrics.models.breaches import Breach, BreachEvent
from metrics.models.verdicts import Verdict, Withdrawal
from metrics.services.breaches import Instruction, outcome_text
from metrics.services.closed_periods import cells_judged
from metrics.services.closing import count_arrivals, final_keys
from metrics.services.inputs import Assumptions
from metrics.services.late_parts import late_by_part, move_arrivals
from metrics.services.recuts import Recut, cell_of, days_of, find_back_dated, find_rejudged
from metrics.services.restatement_plans import Plan, Restatement, plan_restatement, write_restatement
from metrics.services.restatements import checked_reason, lock_closed
from metrics.services.row_changes import cells_containing
from metrics.services.standings import update_standings
from metrics.services.work_queue import dequeue, enqueue, lock_feeds, rows_at
from metrics.timelines import Cell, CellKey, Timeline, timelines_of, with_closed_joints

Made = TypeVar("Made")
# The primary key of terms in a preview that are not in the table.
NOT_SAVED = 0


class WouldRestate(Refused):
    """Terms from a past date on touch closed periods, and no reason to restate these was given."""

    code = "would_restate"

    def __init__(self, restatement: Restatement) -> None:
        labels = [move.cell.label for move in restatement.moves]
        rest = [*restatement.added, *restatement.opened]
        labels += [f"{verdict.service_level.public_id} {verdict.period_label}" for verdict in rest]
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
        if done.needs_reason and not reason:
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
    found = find_rejudged(timelines, by=by, now=now)
    added = find_back_dated(timelines, by=by, now=now)
    return plan_recut(found, added, timelines, Instruction("", by), now=now).restatement(found.withdrawn)


def follow_terms(contract: Contract, instruction: Instruction, *, now: datetime) -> Restatement:
    """Restate the closed periods that other terms judge now, and put the open ones onto the work queue."""
    if not has_followers(contract):
        return Restatement()
    timelines = timelines_of(ServiceLevel.objects.filter(contract=contract))
    # Feeds before cells, as intake takes them: whoever sends meanwhile finds the cells that the new terms cut.
    lock_feeds({pk for timeline in timelines.values() for pk in timeline.service_level.feed_pks})
    lock_recut_periods(timelines, now=now)
    found = find_rejudged(timelines, by=instruction.by, now=now)
    added = find_back_dated(timelines, by=instruction.by, now=now)
    enqueue(found.open_cells, now=now)
    lock_closed(found.closed, now=now)
    plan = plan_recut(found, added, timelines, instruction, now=now, lock=True)
    effect = plan.restatement(found.withdrawn)
    withdraw(found.withdrawn, timelines, instruction, now=now)
    write_restatement(plan)
    move_arrivals(plan.assumed.late)
    # What came late for a period that is over now counts nowhere.
    count_arrivals([change.after for change in plan.changes if change.finding.cell.is_over])
    return effect


def has_followers(contract: Contract) -> bool:
    """Whether anything of a contract was judged, or may be, because terms begin before their amendment."""
    terms = ServiceLevelTerms.objects.filter(service_level__contract=contract)
    if terms.filter(effective_on__lt=F("amendment__effective_on")).exists():
        return True
    return Verdict.objects.filter(service_level__contract=contract).exists()


def plan_recut(
    found: Recut,
    added: Sequence[Cell],
    timelines: Mapping[int, Timeline],
    instruction: Instruction,
    *,
    now: datetime,
    lock: bool = False,
) -> Plan:
    """Work out the restatement of everything that is closed, while what is withdrawn is not there any more."""
    verdicts = {(verdict.service_level_id, verdict.starts_on): None for verdict in found.withdrawn}
    assumed = Assumptions(verdicts=verdicts, late=late_by_part(found.parts))
    cells = [*found.closed, *added]
    plan = plan_restatement(cells, timelines, instruction=instruction, now=now, assumed=assumed, lock=lock)
    plan.open_cells |= found.opened
    return plan


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
        if verdict.is_final:
            words = {"period": named, "before": f"{verdict.display} {verdict.get_status_display()}".strip()}
            lines.append(_("opens %(period)s again, which is closed and ends later now: %(before)s") % words)
        else:
            lines.append(_("withdraws %s, which is provisional and would be cut differently") % named)
    return lines


def withdraw(
    verdicts: Sequence[Verdict], timelines: Mapping[int, Timeline], instruction: Instruction, *, now: datetime
) -> None:
    """Withdraw verdicts whose periods exist no longer, or are open again, and have their days judged as cut now."""
    if not verdicts:
        return
    cut, opened = _("New terms cut this time into other periods."), _("The period is open again: it ends later now.")
    reasons = {verdict.pk: instruction.reason if verdict.is_final else cut for verdict in verdicts}
    Verdict.objects.filter(pk__in=reasons).update(is_current=False)
    Withdrawal.objects.bulk_create(
        Withdrawal(verdict=verdict, at=now, reason=reasons[verdict.pk], by=instruction.by) for verdict in verdicts
    )
    for verdict in verdicts:
        if verdict.is_final:
            record_withdrawal(verdict, instruction)
    by_key = {(verdict.service_level_id, verdict.starts_on): verdict for verdict in verdicts}
    dequeue(by_key)
    texts = {key: f"{opened} {instruction.reason}." if row.is_final else cut for key, row in by_key.items()}
    withdraw_breaches(by_key, texts, by=instruction.by, now=now)
    days: dict[int, list[date]] = defaultdict(list)
    for verdict in verdicts:
        days[verdict.service_level_id] += days_of(verdict)
    cells: dict[CellKey, Cell] = {}
    for pk in days:
        cells |= cells_containing([timelines[pk]], days[pk])
    closed = final_keys(cells.values())
    enqueue([cell for key, cell in cells.items() if key not in closed], now=now)
    update_standings([timelines[pk].service_level for pk in days], now=now)


def record_withdrawal(verdict: Verdict, instruction: Instruction) -> None:
    """Write into the audit trail that a closed period is open again."""
    contract = verdict.service_level.contract
    audit.record(
        actor=instruction.by,
        action="restate",
        thing=verdict,
        changes={
            "is_final": (True, False),
            "value": (verdict.display, ""),
            "status": (verdict.status, ""),
            "reason": ("", instruction.reason),
        },
        client=contract.client.organisation,
        vendor=contract.vendor.organisation,
    )


def withdraw_breaches(
    verdicts: Mapping[CellKey, Verdict], reasons: Mapping[CellKey, str], *, by: User | None, now: datetime
) -> None:
    """Withdraw the breaches of periods that exist no longer or are open again, with the reason on their timelines."""
    for breach in rows_at(Breach.objects.select_for_update(), verdicts):
        key = breach.service_level_id, breach.starts_on
        verdict = verdicts[key]
        if breach.state == Breach.State.WITHDRAWN:
            continue
        breach.state, breach.closed_at = Breach.State.WITHDRAWN, now
        breach.save(update_fields=["state", "closed_at"])
        text = f"{outcome_text(verdict)}: {reasons[key]} " + _("No longer a breach.")
        BreachEvent.objects.create(
            breach=breach, at=now, kind=BreachEvent.Kind.WITHDRAWN, text=text, verdict=verdict, by=by
        )
