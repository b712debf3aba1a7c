"""A verdict's revisions: a change is a new row, the old ones stay; what is final is left alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter

import msgspec

from bpo.bulk import adapter_of, insert_columns
from bpo.fields import stored_decimal
from metrics.models.breaches import Breach
from metrics.models.results import Batch
from metrics.models.runs import Run
from metrics.models.verdicts import Verdict, Withdrawal
from metrics.services.breaches import Change, Instruction, answers_due, update_breaches
from metrics.services.findings import ENGINE_VERSION, Finding
from metrics.services.standings import update_standings
from metrics.services.work_queue import enqueue, rows_at
from metrics.services.working import Sources, display_of, working_lines
from metrics.tallies.days import chart_text, day_text, tally_facts
from metrics.timelines import Cell, CellKey

HEAVY = ("days", "working")
COLUMNS = [field.attname for field in Verdict._meta.concrete_fields if not field.primary_key]


def write_revisions(findings: Sequence[Finding], *, now: datetime, run: Run | None) -> int:
    """Write what differs from the current verdicts, and everything that follows from it; returns how many revisions.

    Runs inside a transaction that holds the cells' work items, which keeps others from judging or closing them.
    """
    changes = plan_changes(findings, now=now, run=run, lock=True)
    write_changes(changes, now=now)
    followers = {cell.key: cell for change in changes for cell in change.finding.followers}
    if followers:
        enqueue(followers.values(), now=now)
    return len(changes)


def plan_changes(
    findings: Sequence[Finding],
    *,
    now: datetime,
    run: Run | None = None,
    instruction: Instruction | None = None,
    lock: bool = False,
) -> list[Change]:
    """The new revisions that the findings bring; with `instruction`, of closed periods, and final at once.

    With `lock`, which takes a transaction, their breaches are locked for whoever writes the changes.
    """
    keys = [finding.cell.key for finding in findings]
    verdicts = rows_at(Verdict.objects.filter(is_current=True).defer(*HEAVY), keys)
    current = {(verdict.service_level_id, verdict.starts_on): verdict for verdict in verdicts}
    is_forced = instruction is not None and instruction.always
    changed = [
        finding
        for finding in findings
        if is_forced or differs(finding, current.get(finding.cell.key), is_restated=instruction is not None)
    ]
    if not changed:
        return []
    all_breaches = Breach.objects.select_for_update() if lock else Breach.objects.all()
    rows = rows_at(all_breaches, [finding.cell.key for finding in changed])
    breaches = {(breach.service_level_id, breach.starts_on): breach for breach in rows}
    batches = Batch.objects.in_bulk({pk for finding in changed for pk in finding.reading.batches})
    known = {key: breach.answer_due_at for key, breach in breaches.items() if breach.state != Breach.State.WITHDRAWN}
    opened = [finding for finding in changed if finding.opens_breach and finding.cell.key not in known]
    due = answers_due((finding.cell.service_level.contract for finding in opened), now) if opened else {}
    numbers = next_numbers(changed, current)
    changes = []
    for finding in changed:
        key, breach = finding.cell.key, breaches.get(finding.cell.key)
        answer_due_at = known.get(key) or due.get(finding.cell.service_level.contract_id)
        sources = Sources(batches, answer_due_at, instruction.reason if instruction else "")
        after = revision(finding, numbers[key], sources, now=now, run=run, instruction=instruction)
        changes.append(Change(finding, current.get(key), after, answer_due_at, breach, instruction))
    return changes


def write_changes(changes: Sequence[Change], *, now: datetime) -> None:
    """Write new revisions in place of the current verdicts, with their breaches and standings."""
    if not changes:
        return
    replaced = [change.before.pk for change in changes if change.before]
    Verdict.objects.filter(pk__in=replaced).update(is_current=False)
    insert([change.after for change in changes], [chart_text(change.finding.reading.days) for change in changes])
    concerned = [change for change in changes if change.breach or change.finding.opens_breach]
    if concerned:
        update_breaches(concerned, now=now)
    update_standings([change.finding.cell.service_level for change in changes], now=now)


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
    columns: dict[str, Sequence[object]] = {}
    for field in Verdict._meta.concrete_fields:
        if not field.primary_key and field.name not in HEAVY:
            values, adapt = list(map(attrgetter(field.attname), verdicts)), adapter_of(field)
            is_same = values.count(values[0]) == len(values)
            columns[field.name] = [adapt(values[0])] * len(values) if is_same else list(map(adapt, values))
    columns |= {"days": days, "working": [msgspec.json.encode(verdict.working).decode() for verdict in verdicts]}
    insert_columns(Verdict, columns)
    keys = [(verdict.service_level_id, verdict.starts_on) for verdict in verdicts]
    written = Verdict.objects.filter(
        is_current=True, service_level__in={pk for pk, _ in keys}, starts_on__in={start for _, start in keys}
    )
    rows = written.order_by().values_list("pk", "service_level_id", "starts_on")
    pks = {(level, start): pk for pk, level, start in rows}
    for key, verdict in zip(keys, verdicts, strict=True):
        verdict.pk = pks[key]
        verdict._state.adding = False


def differs(finding: Finding, current: Verdict | None, *, is_restated: bool = False) -> bool:
    """Whether the finding differs from the current verdict; a final one changes only where it is restated."""
    if current is None:
        return True
    if current.is_final and not is_restated:
        return False
    before = current.inputs_sha256, current.status, current.is_deemed, current.is_history
    return before != (finding.digest(), str(finding.outcome.status), finding.is_deemed, finding.cell.is_history)


def revision(
    finding: Finding,
    number: int,
    sources: Sources,
    *,
    now: datetime,
    run: Run | None,
    instruction: Instruction | None = None,
) -> Verdict:
    """The next revision of a verdict, not yet saved, and without its days."""
    cell, outcome, display = finding.cell, finding.outcome, display_of(finding)
    numbers = zip(("value", "numerator", "denominator"), (outcome.value, *finding.sums), strict=True)
    columns = {
        "service_level_id": cell.service_level.pk,
        "terms_id": (cell.agreed.signed or cell.agreed.terms).pk,
        "lowered_by": cell.agreed.lowered_by,
        "starts_on": cell.period.start,
        "ends_on": cell.period.end,
        "period_label": cell.period.label,
        "revision": number,
        "is_current": True,
        "is_final": instruction is not None,
        "is_deemed": finding.is_deemed,
        "is_history": cell.is_history,
        "status": str(outcome.status),
        **{name: stored_decimal(exact) for name, exact in numbers},
        "cases": finding.judged.cases,
        "display": display if outcome.value is not None else "",
        "days": [],
        "working": {"lines": working_lines(finding, sources, display), "facts": facts_of(finding, sources.batches)},
        "inputs_sha256": finding.digest(),
        "engine_version": ENGINE_VERSION,
        "judged_at": now,
        "closed_at": now if instruction else None,
        "run_id": run and run.pk,
        "reason": sources.restated_for,
        "restated_by_id": instruction.by.pk if instruction and instruction.by else None,
    }
    # By place, which is many times quicker than by name.
    return Verdict(None, *map(columns.__getitem__, COLUMNS))


def cell_facts(cell: Cell) -> dict[str, object]:
    """When contract and feed ran as a verdict assumes, and where its terms hold otherwise than from a day on."""
    facts: dict[str, object] = {
        "time": [day and day_text(day) for day in (cell.time.start, cell.time.end)],
        "part": [day and day_text(day) for day in cell.part],
    }
    if cell.in_force != (cell.agreed.terms.effective_on <= cell.period.start):
        facts["in_force"] = cell.in_force
    return facts | ({"changed_on": day_text(cell.changed_on)} if cell.changed_on else {})


def facts_of(finding: Finding, batches: Mapping[int, Batch]) -> dict[str, object]:
    """What the working's lines are made of, as plain data; numbers are exact text."""
    outcome, deadlines, pace = finding.outcome, finding.deadlines, finding.pace
    agreed = finding.cell.agreed
    tallies = {id(tally): tally_facts(tally) for tally in (finding.reported, finding.counted, finding.judged)}
    numbers = {"value": outcome.value, "compared": outcome.compared, "shortfall": outcome.shortfall}
    return {
        "aggregation": str(agreed.measure.aggregation),
        "of": agreed.measure.of,
        "scale": str(agreed.measure.scale),
        "unit": agreed.unit,
        "decimals": agreed.terms.decimals_shown,
        "terms": agreed.terms.pk,
        "period_kind": agreed.terms.period,
        "zone": finding.cell.service_level.contract.zone,
        "rows": finding.reading.rows,
        "reported": tallies[id(finding.reported)],
        "excused": tally_facts(finding.excused),
        "counted": tallies[id(finding.counted)],
        "judged": tallies[id(finding.judged)],
        "joined": [label for label, _tally in finding.earlier],
        "is_reported": finding.reading.reported,
        "undecided": finding.reading.undecided,
        **({"nothing": [day_text(day) for day in finding.reading.nil]} if finding.reading.nil else {}),
        **cell_facts(finding.cell),
        "pace": pace and {"basis": pace.basis, "volume": str(pace.volume(finding.cell.agreed.measure, finding.judged))},
        "excused_days": [day_text(day) for day in finding.excused_days],
        "excuses": [excuse.public_id for excuse in finding.excuses],
        "lowered_by": agreed.lowered_by and str(agreed.lowered_by),
        "batches": [batches[pk].public_id for pk in finding.reading.batches if pk in batches],
        **{name: None if number is None else str(number) for name, number in numbers.items()},
        "short_by_cases": outcome.short_by_cases,
        "band": outcome.band,
        "reason": str(outcome.reason),
        "repeats": [progress.facts for progress in finding.repeats],
        "due_on": day_text(deadlines.due_on),
        "closes_on": day_text(deadlines.closes_on),
        "deemed_on": deadlines.deemed_on and day_text(deadlines.deemed_on),
    }
