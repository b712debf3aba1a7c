"""Closed periods made to say something else: foreseen wholly, then done by a person with a reason, in the open."""

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NoReturn

from django.db import transaction
from django.utils.translation import gettext as _

from bpo import audit
from bpo.errors import Refused
from bpo.models import Role, User
from contracts.models.service_levels import ServiceLevel
from metrics.models.breaches import Breach
from metrics.models.verdicts import LateArrival, Verdict
from metrics.services.breaches import Change, Restated
from metrics.services.closed import find_at
from metrics.services.closing import closing_times, final_keys
from metrics.services.foresight import Foreseen, foresee
from metrics.services.looking import lock_feeds, only_looking, undone
from metrics.services.recalendared import timed_otherwise
from metrics.services.revisions import revise
from metrics.services.windows import Ground, refuse_over
from metrics.services.work_queue import dequeue, enqueue, rows_at
from metrics.timelines import Cell, CellKey, Timeline, timelines_of

RESTATERS = (Role.CLIENT_ADMIN, Role.CLIENT_MANAGER)
LONGEST_REASON = 200


class MayNotRestate(Refused):
    """Somebody who may not have closed periods say something else."""

    code = "not_yours"
    status = 403


class RestatementMoved(Refused):
    """What would be restated is not what was shown."""

    code = "restatement_moved"


class NothingToRestate(Refused):
    """No closed verdict would change."""

    code = "nothing_to_restate"


class CannotRestate(Refused):
    """A closed period cannot be judged anew."""

    code = "cannot_restate"


class ReasonNeeded(Refused):
    """A closed period does not move without saying why."""

    code = "reason_needed"
    status = 422


@dataclass(frozen=True, slots=True)
class Move:
    """One closed verdict before and after, and its breach; `was_asked` where it is not only drawn along."""

    cell: Cell
    before: Verdict
    after: Verdict
    breach_before: str
    breach_after: str
    was_asked: bool

    @property
    def changes_value(self) -> bool:
        return self.before.display != self.after.display

    @property
    def changes_status(self) -> bool:
        return self.before.status != self.after.status

    @property
    def repeats(self) -> tuple[str, str]:
        """What the two say of clauses on failing again."""
        return repeat_flag(self.before), repeat_flag(self.after)

    @property
    def facts(self) -> list[object]:
        """What has to be the same when it is done as when it was shown."""
        after = self.after
        return [
            *(self.cell.service_level.public_id, self.cell.period.start.isoformat(), self.before.revision),
            *(after.inputs_sha256, after.status, self.breach_after),
        ]


@dataclass(frozen=True, slots=True)
class Restatement:
    """Everything that a restatement touches: closed verdicts, open ones that look back at them, and those that new
    terms cut otherwise.
    """

    moves: tuple[Move, ...]
    provisional: tuple[Foreseen, ...]
    late: int
    withdrawn: tuple[Verdict, ...] = ()

    @property
    def digest(self) -> str:
        """What names exactly this outcome."""
        said = json.dumps([self.late, *(move.facts for move in self.moves)], separators=(",", ":"))
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass
class Work:
    """One restatement on its way: the cells to judge, those whose late rows now count, and what has moved."""

    restated: Restated
    now: datetime
    timelines: dict[int, Timeline]
    asked: frozenset[CellKey]
    counting: frozenset[CellKey]
    moves: list[Move] = field(default_factory=list)
    taken: set[CellKey] = field(default_factory=set)
    open_cells: dict[CellKey, Cell] = field(default_factory=dict)


def repeat_flag(verdict: Verdict) -> str:
    """The clauses on failing again that a verdict reaches."""
    repeats = verdict.working.get("facts", {}).get("repeats", [])
    return ", ".join(repeat["clause"] or repeat["rule"] for repeat in repeats if repeat["reached"])


def may_restate(user: User, service_level: ServiceLevel) -> bool:
    """Managers and admins of the service level's client."""
    return user.roles.get(service_level.contract.client.organisation_id) in RESTATERS


def refuse_strangers() -> NoReturn:
    """Say who restates."""
    raise MayNotRestate(_("Only the client's managers and admins restate closed periods."))


def closed_cell(verdict: Verdict) -> Cell | None:
    """The cell of a verdict as today's terms cut it."""
    timeline = timelines_of(ServiceLevel.objects.filter(pk=verdict.service_level_id))[verdict.service_level_id]
    return timeline.cell_starting(verdict.starts_on)


def preview_late(*, cells: Collection[Cell], now: datetime) -> Restatement:
    """What counting the late arrivals of those closed cells would change; nothing is stored."""
    with only_looking(), undone():
        return count_late(cells, restated=Restated("", None), now=now)


@transaction.atomic
def restate_late(
    *, cells: Collection[Cell], by: User, reason: str, digest: str | None, now: datetime, ground: str = ""
) -> Restatement:
    """Count the late arrivals of those closed cells, if that still changes what was shown.

    After the terms' time for corrections it takes the client's admin and a `ground`.
    """
    if not all(may_restate(by, cell.service_level) for cell in cells):
        refuse_strangers()
    refuse_over(cells, by=by, ground=ground, now=now)
    said = f"{Ground(ground).label}: {checked(reason)}" if ground else reason
    done = count_late(cells, restated=Restated(checked(said), by), now=now)
    refuse_moved(done, digest)
    return done


def count_late(cells: Collection[Cell], *, restated: Restated, now: datetime) -> Restatement:
    """The closed cells with everything that came late for them, results and calendars; inside a transaction."""
    lock(cells, now=now)
    keys = frozenset(cell.key for cell in cells)
    arrivals = rows_at(LateArrival.objects.filter(counted_by__isnull=True), keys)
    if not arrivals and not recalendared(cells, now=now):
        raise NothingToRestate(_("Nothing came after closing that is not counted already."))
    done = restate(cells, restated=replace(restated, always=True), now=now, counting=keys)
    after = {(move.after.service_level_id, move.after.starts_on): move.after for move in done.moves}
    for arrival in arrivals:
        arrival.counted_by = after[arrival.service_level_id, arrival.starts_on]
    LateArrival.objects.bulk_update(arrivals, ["counted_by"], batch_size=500)
    return replace(done, late=len(arrivals))


def recalendared(cells: Collection[Cell], *, now: datetime) -> bool:
    """Whether the calendar of one of those closed cells is known otherwise than when it closed."""
    timelines = timelines_of(ServiceLevel.objects.filter(pk__in={cell.service_level.pk for cell in cells}))
    current = rows_at(Verdict.objects.current().filter(is_final=True), [cell.key for cell in cells])
    return bool(timed_otherwise(current, timelines, now=now))


def restate(
    cells: Collection[Cell], *, restated: Restated, now: datetime, counting: Collection[CellKey] = ()
) -> Restatement:
    """New final revisions of those closed cells and of every closed one that looks back; inside a transaction."""
    levels = {cell.service_level.pk for cell in cells}
    work = Work(
        restated=restated,
        now=now,
        timelines=timelines_of(ServiceLevel.objects.filter(pk__in=levels)),
        asked=frozenset(cell.key for cell in cells),
        counting=frozenset(counting),
    )
    pending = {cell.key: cell for cell in cells}
    while pending:
        wave = next_wave(pending, work)
        pending = {key: cell for key, cell in pending.items() if cell not in wave}
        changes = take_wave(wave, work)
        pending |= closed_followers(changes, work)
    dequeue(work.taken)
    enqueue(list(work.open_cells.values()), now=now)
    return Restatement(tuple(work.moves), tuple(foresee(work.open_cells.values(), now=now)), 0)


def next_wave(pending: dict[CellKey, Cell], work: Work) -> list[Cell]:
    """What can be judged now: of a service level that looks back only the earliest period."""
    wave: dict[CellKey, Cell] = {}
    begun: set[int] = set()
    for key in sorted(pending):
        if key[0] not in begun or not work.timelines[key[0]].looks_back:
            wave[key] = pending[key]
        begun.add(key[0])
    return list(wave.values())


def take_wave(wave: Sequence[Cell], work: Work) -> list[Change]:
    """Judge and write some closed cells, and remember what moved."""
    enqueue(wave, now=work.now)
    refuse_overtaken(wave, now=work.now)
    findings, errors = find_at(wave, work.timelines, at=work.now, counting=work.counting)
    for cell in wave:
        if cell.key in errors:
            said = {"cell": cell.label, "error": errors[cell.key]}
            raise CannotRestate(_("%(cell)s cannot be judged: %(error)s") % said)
    keys = [cell.key for cell in wave]
    work.taken |= set(keys)
    before = breach_states(keys)
    drawn = replace(work.restated, always=False)
    changes = [
        *revise([findings[key] for key in keys if key in work.asked], now=work.now, restated=work.restated),
        *revise([findings[key] for key in keys if key not in work.asked], now=work.now, restated=drawn),
    ]
    after = breach_states(keys)
    for change in changes:
        cell = change.finding.cell
        if change.before is not None:
            states = before.get(cell.key, ""), after.get(cell.key, "")
            move = Move(cell, change.before, change.after, *states, was_asked=cell.key in work.asked)
            work.moves.append(move)
            record(move, work.restated)
    return changes


def breach_states(keys: Collection[CellKey]) -> dict[CellKey, str]:
    """The state of the breach of each cell that has one."""
    return {(breach.service_level_id, breach.starts_on): breach.state for breach in rows_at(Breach.objects.all(), keys)}


def closed_followers(changes: Iterable[Change], work: Work) -> dict[CellKey, Cell]:
    """The closed cells that look back at what changed; open ones are put aside for the workers."""
    later = {cell.key: cell for change in changes for cell in change.finding.followers}
    closed = final_keys(later.values())
    work.open_cells |= {key: cell for key, cell in later.items() if key not in closed}
    return {key: later[key] for key in closed - work.taken}


def lock(cells: Collection[Cell], *, now: datetime) -> None:
    """Keep intake and nights out of those cells until the end of the transaction."""
    lock_feeds({cell.service_level.feed_id for cell in cells})
    enqueue(cells, now=now)
    still_open = {cell.key for cell in cells} - final_keys(cells)
    if still_open:
        raise NothingToRestate(_("The period is still open: it is judged anew by itself."))


def refuse_overtaken(cells: Collection[Cell], *, now: datetime) -> None:
    """Refuse to look from an instant that others have passed: what they counted meanwhile would be lost."""
    if any(closed_at > now for closed_at in closing_times(cells).values()):
        raise RestatementMoved(_("Somebody else has restated the period meanwhile: look at it again."))


def checked(reason: str) -> str:
    """A restatement's reason; refused where there is none."""
    said = reason.strip()
    if not said or len(said) > LONGEST_REASON:
        raise ReasonNeeded(_("A restatement needs a reason of at most 200 characters."))
    return said


def refuse_moved(done: Restatement, digest: str | None) -> None:
    if digest is not None and done.digest != digest:
        raise RestatementMoved(_("What would be restated has changed since it was shown: look at it again."))


def record(move: Move, restated: Restated) -> None:
    contract = move.cell.service_level.contract
    audit.record(
        actor=restated.by,
        action="restate",
        thing=move.after,
        changes={
            "revision": (move.before.revision, move.after.revision),
            "value": (move.before.display, move.after.display),
            "status": (move.before.status, move.after.status),
            "reason": ("", restated.reason),
        },
        client=contract.client.organisation,
        vendor=contract.vendor.organisation,
    )
