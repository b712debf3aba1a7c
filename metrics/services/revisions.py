"""A verdict's revisions: a change is a new row, the old ones stay; what is final is left alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from bpo.bulk import Adapter, adapter_of, insert_columns
from contracts.clocks import clocks_of
from contracts.models.agreements import Contract
from metrics.deadlines import answer_due_at
from metrics.findings import ENGINE_VERSION, Finding, stored
from metrics.models.breaches import Breach
from metrics.models.results import Batch
from metrics.models.runs import Run
from metrics.models.verdicts import Verdict, Withdrawal
from metrics.services.breaches import Change, Restated, follow
from metrics.services.standings import restate_standings
from metrics.services.work_queue import enqueue, rows_at
from metrics.tallies.days import drawn_text
from metrics.timelines import Cell, CellKey
from metrics.working import Sources, display_of, working_of
from sla.periods import local_day

HEAVY = ("days", "working")
COLUMNS = [field.attname for field in Verdict._meta.concrete_fields]


@dataclass(frozen=True, slots=True)
class Revisions:
    """How many new revisions were written."""

    revisions: int = 0

    def __add__(self, other: "Revisions") -> "Revisions":
        return Revisions(self.revisions + other.revisions)


def write_revisions(findings: Sequence[Finding], *, now: datetime, run: Run | None) -> Revisions:
    """Write what differs from the current verdicts, and everything that follows from it; inside a transaction.

    Whoever calls holds the cells' rows on the list of work, which keeps others from judging or closing them.
    """
    changes = revise(findings, now=now, run=run)
    enqueue(looking_back(changes), now=now)
    return Revisions(len(changes))


def revise(
    findings: Sequence[Finding], *, now: datetime, run: Run | None = None, restated: Restated | None = None
) -> list[Change]:
    """New revisions with their breaches and standings; with `restated`, of closed periods, and final at once."""
    keys = [finding.cell.key for finding in findings]
    current = {key_of(verdict): verdict for verdict in rows_at(Verdict.objects.current().defer(*HEAVY), keys)}
    changed = [
        finding
        for finding in findings
        if (restated and restated.always) or differs(finding, current.get(finding.cell.key), restated=bool(restated))
    ]
    if not changed:
        return []
    return write_changed(changed, current, now=now, run=run, restated=restated)


def write_changed(
    changed: Sequence[Finding],
    current: Mapping[CellKey, Verdict],
    *,
    now: datetime,
    run: Run | None,
    restated: Restated | None,
) -> list[Change]:
    """A new revision for each of those findings, in place of the current verdicts."""
    breaches = {
        (breach.service_level_id, breach.starts_on): breach
        for breach in rows_at(Breach.objects.select_for_update(), [finding.cell.key for finding in changed])
    }
    batches = Batch.objects.in_bulk({pk for finding in changed for pk in finding.reading.batches})
    owed = answers_due((finding.cell.service_level.contract for finding in changed), now)
    numbers = next_numbers(changed, current)
    changes = []
    for finding in changed:
        key, contract = finding.cell.key, finding.cell.service_level.contract_id
        owed_at = breaches[key].answer_due_at if key in breaches else owed[contract]
        sources = Sources(batches, owed_at, restated.reason if restated else "")
        after = revision(finding, numbers[key], sources, now=now, run=run, restated=restated)
        changes.append(Change(finding, current.get(key), after, owed_at, restated))
    replaced = [change.before.pk for change in changes if change.before]
    Verdict.objects.filter(pk__in=replaced).update(is_current=False)
    insert([change.after for change in changes], [drawn_text(finding.reading.days) for finding in changed])
    follow(changes, breaches, now=now)
    restate_standings([change.finding.cell.service_level for change in changes], now=now)
    return changes


def next_numbers(changed: Sequence[Finding], current: Mapping[CellKey, Verdict]) -> dict[CellKey, int]:
    """The number of each next revision: after the current one, or after one that was withdrawn."""
    last = {key: verdict.revision for key, verdict in current.items()}
    fresh = {finding.cell.key for finding in changed} - set(last)
    levels = {pk for pk, _start in fresh}
    withdrawn = Withdrawal.objects.filter(verdict__service_level__in=levels) if levels else Withdrawal.objects.none()
    columns = "verdict__service_level", "verdict__starts_on", "verdict__revision"
    for pk, start, number in withdrawn.order_by("verdict__revision").values_list(*columns):
        if (pk, start) in fresh:
            last[pk, start] = number
    return {finding.cell.key: last.get(finding.cell.key, 0) + 1 for finding in changed}


def insert(verdicts: Sequence[Verdict], days: Sequence[str]) -> None:
    """Write new current verdicts, their days as JSON that is written already, and give them their keys."""
    columns: dict[str, Sequence[Any]] = {}
    for field in Verdict._meta.concrete_fields:
        if not field.primary_key:
            cells = list(map(attrgetter(field.attname), verdicts))
            columns[field.name] = adapted(cells, adapter_of(field)) if field.name not in HEAVY else []
    columns |= {"days": days, "working": [msgspec.json.encode(verdict.working).decode() for verdict in verdicts]}
    insert_columns(Verdict, columns)
    keys = [key_of(verdict) for verdict in verdicts]
    written = Verdict.objects.current().filter(
        service_level__in={level for level, _ in keys}, starts_on__in={start for _, start in keys}
    )
    rows = written.order_by().values_list("pk", "service_level_id", "starts_on")
    pks = {(level, start): pk for pk, level, start in rows}
    for key, verdict in zip(keys, verdicts, strict=True):
        verdict.pk = pks[key]
        verdict._state.adding = False


def adapted(cells: list[Any], adapt: Adapter) -> list[Any]:
    """The cells as the database takes them; those of a column are often all the same."""
    first = cells[0]
    return [adapt(first)] * len(cells) if cells.count(first) == len(cells) else list(map(adapt, cells))


def differs(finding: Finding, current: Verdict | None, *, restated: bool = False) -> bool:
    """Whether the finding says anything new; of what is final only where it is restated."""
    if current is None:
        return True
    said = (current.inputs_sha256, current.status, current.is_deemed)
    found = (finding.digest(), str(finding.outcome.status), finding.is_deemed)
    return (restated or not current.is_final) and said != found


def revision(
    finding: Finding,
    number: int,
    sources: Sources,
    *,
    now: datetime,
    run: Run | None,
    restated: Restated | None = None,
) -> Verdict:
    """The next revision of a verdict, not yet saved, and without its days."""
    cell, outcome = finding.cell, finding.outcome
    numerator, denominator = finding.sums
    display = display_of(finding)
    columns = {
        "id": None,
        "service_level_id": cell.service_level.pk,
        "terms_id": (cell.agreed.signed or cell.agreed.terms).pk,
        "lowered_by": cell.agreed.lowered_by,
        "starts_on": cell.period.start,
        "ends_on": cell.period.end,
        "period_label": cell.period.label,
        "revision": number,
        "is_current": True,
        "is_final": restated is not None,
        "is_deemed": finding.is_deemed,
        "status": str(outcome.status),
        "value": stored(outcome.value),
        "numerator": stored(numerator),
        "denominator": stored(denominator),
        "cases": finding.judged.cases,
        "display": display if outcome.value is not None else "",
        "days": [],
        "working": working_of(finding, sources, display),
        "inputs_sha256": finding.digest(),
        "engine_version": ENGINE_VERSION,
        "judged_at": now,
        "closed_at": now if restated else None,
        "run_id": run and run.pk,
        "reason": restated.reason if restated else "",
        "restated_by_id": restated.by.pk if restated and restated.by else None,
    }
    # By place, which is many times quicker than by name.
    return Verdict(*map(columns.__getitem__, COLUMNS))


def answers_due(contracts: Iterable[Contract], now: datetime) -> dict[int, datetime]:
    """When the cause of a breach found now is owed, by contract."""
    clocks = clocks_of(contracts, at=now)
    today = {pk: local_day(now, ZoneInfo(clock.contract.zone)) for pk, clock in clocks.items()}
    return {pk: answer_due_at(now, clock.on(today[pk]), clock.contract.zone) for pk, clock in clocks.items()}


def looking_back(changes: Sequence[Change]) -> list[Cell]:
    """The later cells of those service levels whose terms look back."""
    found: dict[CellKey, Cell] = {}
    for change in changes:
        found |= {cell.key: cell for cell in change.finding.followers}
    return list(found.values())


def key_of(verdict: Verdict) -> CellKey:
    return verdict.service_level_id, verdict.starts_on
