"""A verdict's revisions: a change is a new row, the old ones stay; what is final is left alone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from bpo.bulk import insert_many
from contracts.clocks import calendar_of
from metrics.deadlines import answer_due_at
from metrics.findings import ENGINE_VERSION, Finding, stored
from metrics.models.breaches import Breach
from metrics.models.results import Batch
from metrics.models.runs import Run
from metrics.models.verdicts import Verdict, Withdrawal
from metrics.services.breaches import Change, Restated, follow
from metrics.services.cells import mark_dirty, rows_at
from metrics.services.standings import restate_standings
from metrics.tallies.days import drawn_text
from metrics.timelines import Cell, CellKey
from metrics.working import Sources, display_of, working_of


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
    mark_dirty(looking_back(changes), now=now)
    return Revisions(len(changes))


def revise(
    findings: Sequence[Finding], *, now: datetime, run: Run | None = None, restated: Restated | None = None
) -> list[Change]:
    """New revisions with their breaches and standings; with `restated`, of closed periods, and final at once."""
    keys = [finding.cell.key for finding in findings]
    current = {key_of(verdict): verdict for verdict in rows_at(Verdict.objects.current(), keys)}
    changed = [
        finding
        for finding in findings
        if (restated and restated.always) or differs(finding, current.get(finding.cell.key), restated=bool(restated))
    ]
    if not changed:
        return []
    breaches = {
        (breach.service_level_id, breach.starts_on): breach
        for breach in rows_at(Breach.objects.select_for_update(), [finding.cell.key for finding in changed])
    }
    batches = Batch.objects.in_bulk({pk for finding in changed for pk in finding.reading.batches})
    by_contract = {finding.cell.service_level.contract_id: finding for finding in changed}
    owed = {contract: answer_due(finding, now) for contract, finding in by_contract.items()}
    numbers = next_numbers(changed, current)
    verdicts = []
    for finding in changed:
        breach = breaches.get(finding.cell.key)
        owed_at = breach.answer_due_at if breach else owed[finding.cell.service_level.contract_id]
        sources = Sources(batches, owed_at, restated.reason if restated else "")
        number = numbers[finding.cell.key]
        verdicts.append(revision(finding, number, sources, now=now, run=run, restated=restated))
    replaced = [verdict.pk for verdict in (current.get(finding.cell.key) for finding in changed) if verdict]
    Verdict.objects.filter(pk__in=replaced).update(is_current=False)
    insert(verdicts)
    changes = [
        Change(finding, current.get(finding.cell.key), verdict, restated)
        for finding, verdict in zip(changed, verdicts, strict=True)
    ]
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


def insert(verdicts: Sequence[Verdict]) -> None:
    """Write new current verdicts and give them their keys."""
    fields = [field for field in Verdict._meta.concrete_fields if not field.primary_key]
    cells_of = attrgetter(*(field.attname for field in fields))
    insert_many(Verdict, [field.name for field in fields], map(cells_of, verdicts))
    written = Verdict.objects.current().only("pk", "service_level_id", "starts_on")
    pks = {key_of(row): row.pk for row in rows_at(written, map(key_of, verdicts))}
    for verdict in verdicts:
        verdict.pk = pks[key_of(verdict)]
        verdict._state.adding = False


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
    """The next revision of a verdict, not yet saved."""
    cell, outcome = finding.cell, finding.outcome
    numerator, denominator = finding.sums
    return Verdict(
        service_level=cell.service_level,
        terms=cell.agreed.signed or cell.agreed.terms,
        lowered_by=cell.agreed.lowered_by,
        starts_on=cell.period.start,
        ends_on=cell.period.end,
        period_label=cell.period.label,
        revision=number,
        is_deemed=finding.is_deemed,
        status=str(outcome.status),
        value=stored(outcome.value),
        numerator=stored(numerator),
        denominator=stored(denominator),
        cases=finding.judged.cases,
        display=display_of(finding) if outcome.value is not None else "",
        days=json.loads(drawn_text(finding.reading.days)),
        working=working_of(finding, sources),
        inputs_sha256=finding.digest(),
        engine_version=ENGINE_VERSION,
        judged_at=now,
        run=run,
        is_final=restated is not None,
        closed_at=now if restated else None,
        reason=restated.reason if restated else "",
        restated_by=restated.by if restated else None,
    )


def answer_due(finding: Finding, now: datetime) -> datetime:
    contract = finding.cell.service_level.contract
    return answer_due_at(now, calendar_of(contract, on=finding.today, at=now), contract.zone)


def looking_back(changes: Sequence[Change]) -> list[Cell]:
    """The later cells of those service levels whose terms look back."""
    found: dict[CellKey, Cell] = {}
    for change in changes:
        found |= {cell.key: cell for cell in change.finding.followers}
    return list(found.values())


def key_of(verdict: Verdict) -> CellKey:
    return verdict.service_level_id, verdict.starts_on
