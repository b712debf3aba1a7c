"""Restatements worked out wholly before anything is written.

A preview is a plan that is not written. A restatement plans under locks, compares the outcome with the preview, and
writes.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils.translation import gettext as _

from bpo import audit
from bpo.batches import ROWS_AT_ONCE
from bpo.errors import Refused
from bpo.models import AuditEntry
from contracts.models.agreements import Contract
from metrics.models.verdicts import Verdict
from metrics.services.breaches import Change, Instruction
from metrics.services.closed_periods import judge_as_of
from metrics.services.closing import closing_times, final_keys
from metrics.services.inputs import AS_RECORDED, Assumptions
from metrics.services.previews import PreviewedVerdict, preview_cells
from metrics.services.revisions import plan_changes, write_changes
from metrics.services.work_queue import dequeue, enqueue
from metrics.timelines import Cell, CellKey, Timeline


class RestatementMoved(Refused):
    """What would be restated is not what the preview was of."""

    code = "restatement_moved"


class CannotRestate(Refused):
    """A closed period cannot be judged anew."""

    code = "cannot_restate"


@dataclass(frozen=True, slots=True)
class Move:
    """One closed verdict before and after, and the states of its breach.

    `was_asked` is false where it only depends on a verdict that was asked for.
    """

    cell: Cell
    before: Verdict
    after: Verdict
    breach_before: str
    breach_after: str
    was_asked: bool


@dataclass(frozen=True, slots=True)
class Restatement:
    """Everything that a restatement touches: closed verdicts, open ones that look back at them, and those that new
    terms cut differently; `late` is how many late arrivals it counts, `added` are verdicts of periods without any.
    """

    moves: tuple[Move, ...] = ()
    provisional: tuple[PreviewedVerdict, ...] = ()
    late: int = 0
    withdrawn: tuple[Verdict, ...] = ()
    added: tuple[Verdict, ...] = ()

    @property
    def opened(self) -> list[Verdict]:
        """Closed verdicts that are withdrawn, because their periods are open again."""
        return [verdict for verdict in self.withdrawn if verdict.is_final]

    @property
    def needs_reason(self) -> bool:
        """Whether anything that is closed moves."""
        return bool(self.moves or self.added or self.opened)

    @property
    def digest(self) -> str:
        """SHA-256 of what has to be the same when it is done as in the preview."""
        moves = [
            [
                *(move.cell.service_level.public_id, move.cell.period.start.isoformat(), move.before.revision),
                *(move.after.inputs_sha256, move.after.status, move.breach_after),
            ]
            for move in self.moves
        ]
        return hashlib.sha256(json.dumps([self.late, *moves], separators=(",", ":")).encode()).hexdigest()


@dataclass(kw_only=True)
class Plan:
    """A restatement on its way: what it is asked to do, and what it comes to; nothing of it is written.

    `asked` are the cells it was asked for, `counting` those of them that count what came late. `changes` are the new
    revisions of closed cells, `judged` all closed cells that were looked at, `open_cells` those that are judged anew
    by the workers. With `lock`, which takes a transaction, closed cells and their breaches are locked when judged.
    """

    timelines: Mapping[int, Timeline]
    instruction: Instruction
    now: datetime
    asked: Collection[CellKey]
    counting: Collection[CellKey]
    assumed: Assumptions
    lock: bool
    changes: list[Change] = field(default_factory=list)
    judged: set[CellKey] = field(default_factory=set)
    open_cells: dict[CellKey, Cell] = field(default_factory=dict)

    def judge_wave(self, pending: Mapping[CellKey, Cell]) -> list[Change]:
        """Judge those of the pending cells that depend on no other one, and assume their new revisions from now on."""
        wave: list[Cell] = []
        for key in sorted(pending):
            # Of a service level that looks back only the earliest.
            agreed = self.timelines[key[0]].agreed
            if not wave or wave[-1].key[0] != key[0] or not any(terms.looks_back for terms in agreed):
                wave.append(pending[key])
        if self.lock:
            enqueue(wave, now=self.now)
        if any(closed_at > self.now for closed_at in closing_times(wave).values()):
            # Judged as of an instant that others have passed, what they counted meanwhile would be lost.
            raise RestatementMoved(_("Somebody else has restated the period meanwhile: look at it again."))
        findings, errors = judge_as_of(wave, self.timelines, at=self.now, counting=self.counting, assumed=self.assumed)
        for key, error in errors.items():
            words = {"cell": pending[key].label, "error": error}
            raise CannotRestate(_("%(cell)s cannot be judged: %(error)s") % words)
        changes = []
        for is_asked, instruction in ((True, self.instruction), (False, replace(self.instruction, always=False))):
            some = [findings[cell.key] for cell in wave if (cell.key in self.asked) is is_asked]
            changes += plan_changes(some, now=self.now, instruction=instruction, lock=self.lock)
        after = {change.finding.cell.key: change.after for change in changes}
        self.assumed = replace(self.assumed, verdicts={**self.assumed.verdicts, **after})
        self.judged |= findings.keys()
        self.changes += changes
        return changes

    def restatement(self, withdrawn: Sequence[Verdict] = ()) -> Restatement:
        """The effect, with previews of the open cells, beside verdicts that are withdrawn."""
        moves = []
        for change in self.changes:
            if change.before is not None:
                cell = change.finding.cell
                moves.append(Move(cell, change.before, change.after, *change.breach_states, cell.key in self.asked))
        previews = preview_cells(self.open_cells, self.timelines, now=self.now, assumed=self.assumed)
        added = tuple(change.after for change in self.changes if change.before is None)
        return Restatement(tuple(moves), tuple(previews), withdrawn=tuple(withdrawn), added=added)


def repeat_flag(verdict: Verdict) -> str:
    """The clauses on repeated failure that a verdict reaches."""
    repeats = verdict.working.get("facts", {}).get("repeats", [])
    return ", ".join(repeat["clause"] or repeat["rule"] for repeat in repeats if repeat["reached"])


def plan_restatement(
    cells: Collection[Cell],
    timelines: Mapping[int, Timeline],
    *,
    instruction: Instruction,
    now: datetime,
    counting: Collection[CellKey] = (),
    assumed: Assumptions = AS_RECORDED,
    lock: bool = False,
) -> Plan:
    """Work out new final revisions of those closed cells, and of every closed one that looks back at them."""
    pending = {cell.key: cell for cell in cells}
    plan = Plan(
        timelines=timelines, instruction=instruction, now=now, asked=frozenset(pending), counting=frozenset(counting),
        assumed=assumed, lock=lock,
    )  # fmt: skip
    while pending:
        changes = plan.judge_wave(pending)
        later = {cell.key: cell for change in changes for cell in change.finding.followers}
        closed = final_keys(later.values())
        plan.open_cells |= {key: cell for key, cell in later.items() if key not in closed}
        pending = {key: cell for key, cell in pending.items() if key not in plan.judged}
        pending |= {key: later[key] for key in closed - plan.judged}
    return plan


def write_restatement(plan: Plan) -> None:
    """Write what was planned under locks; the open cells go onto the work queue."""
    write_changes(plan.changes, now=plan.now)
    levels = [change.finding.cell.service_level for change in plan.changes]
    contracts = {level.contract_id: level.contract for level in levels}
    entries = [
        audit_entry(change, contracts[level.contract_id], plan.instruction)
        for change, level in zip(plan.changes, levels, strict=True)
    ]
    AuditEntry.objects.bulk_create(entries, batch_size=ROWS_AT_ONCE)
    dequeue(plan.judged)
    enqueue(plan.open_cells.values(), now=plan.now)


def audit_entry(change: Change, contract: Contract, instruction: Instruction) -> AuditEntry:
    """What the audit trail says of a restated verdict of a contract; not yet saved."""
    before, after = change.before, change.after
    after.service_level = change.finding.cell.service_level
    return audit.entry(
        actor=instruction.by,
        action="restate",
        thing=after,
        changes={
            "revision": (before and before.revision, after.revision),
            "value": (before and before.display, after.display),
            "status": (before and before.status, after.status),
            "reason": ("", instruction.reason),
        },
        client=contract.client.organisation,
        vendor=contract.vendor.organisation,
    )
