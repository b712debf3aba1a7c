"""What results mean: the outcome of each cell with every number that led to it, computed from inputs alone."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from zoneinfo import ZoneInfo

from contracts.clocks import Clock, Deadlines
from contracts.terms import lowered, ramp_up_of
from metrics.looking_back import cells_looking_back_at, earlier_cells, later_cells
from metrics.models.breaches import Excuse
from metrics.models.verdicts import Verdict
from metrics.tallies.days import DayTallies, Pace, Reading, day_text, pace_of, tally_facts
from metrics.tallies.excused import Excused
from metrics.timelines import Agreed, Cell, CellKey, Timeline
from sla.credits.repeat_rules import PeriodOutcome, Repeat
from sla.excuses import ExcuseTreatment, after_excuses
from sla.metrics.feeds import Aggregation
from sla.metrics.measure import ADDED_UP
from sla.outlook import Course
from sla.periods import DAY, local_day
from sla.ranked import Ranked
from sla.tallies import Tally
from sla.verdicts import Outcome, Reason, Status, in_ramp_up, judge
from sla.version import __version__ as ENGINE_VERSION

CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
# What terms, rows and settings that make no sense raise; the cell that has them fails alone.
UNREADABLE = (ArithmeticError, AssertionError, LookupError, TypeError, ValueError)
Errors = dict[CellKey, Exception]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What the cells are judged from: rows, excuses and verdicts, theirs and those of the periods before.

    `earlier` are the periods before each cell, as far as its low-volume rule looks; `verdicts` are those that decide
    what an earlier period counts with; `outcomes` are those of all periods of levels whose terms have clauses on
    failing again. `deadlines` are those of cells that keep theirs; others follow from feed and clock.
    """

    timelines: Mapping[int, Timeline]
    earlier: Mapping[CellKey, Sequence[Cell]]
    readings: Mapping[CellKey, Reading | Exception]
    excused: Mapping[CellKey, Excused]
    verdicts: Mapping[CellKey, Verdict]
    outcomes: Mapping[CellKey, PeriodOutcome]
    clocks: Mapping[int, Clock]
    deadlines: Mapping[CellKey, Deadlines] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RepeatProgress:
    """How far the period brings a clause on failing again; until `chance_until` one more failure would complete it."""

    repeat: Repeat
    chance_until: date | None = None

    @property
    def facts(self) -> dict[str, object]:
        rule = self.repeat.rule
        return {
            "rule": str(rule.kind),
            "window": rule.window,
            "tally": str(self.repeat.tally),
            "reached": self.repeat.is_reached,
            "chance_until": self.chance_until and self.chance_until.isoformat(),
            "clause": rule.clause,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One cell judged: what was reported, excused, counted and, with earlier periods, judged; and the outcome.

    `earlier` are the labels and counted tallies of the periods before, where the low-volume rule added them up.
    `owes` is false where the feed owes nothing of any day of the period. `followers` are the later cells whose verdicts
    may depend on this one.
    """

    cell: Cell
    reading: Reading
    deadlines: Deadlines
    today: date
    reported: Tally
    excused: Tally
    excused_days: tuple[date, ...]
    excuses: tuple[Excuse, ...]
    counted: Tally
    judged: Tally
    earlier: tuple[tuple[str, Tally], ...]
    outcome: Outcome
    owes: bool = True
    pace: Pace | None = None
    followers: tuple[Cell, ...] = ()
    repeats: tuple[RepeatProgress, ...] = ()

    @property
    def has_ended(self) -> bool:
        return self.today >= self.cell.period.end

    @property
    def is_deemed(self) -> bool:
        return self.outcome.reason is Reason.REPORT_DEEMED

    @property
    def opens_breach(self) -> bool:
        """Whether it is a breach to work on; history has none."""
        return self.outcome.status is Status.BREACH and not self.cell.is_history

    @property
    def needs_verdict(self) -> bool:
        """Whether a verdict is due: not without rows in history, where nothing is owed, or before a report is due."""
        if self.reading.reported or self.reading.rows or self.excuses:
            return True
        if self.cell.is_history:
            return bool(self.reading.stated)
        if self.outcome.status is Status.NOT_IN_FORCE:
            return self.has_ended
        return self.owes and self.today > self.deadlines.due_on

    @property
    def sums(self) -> tuple[Fraction | None, Fraction | None]:
        """Numerator and denominator of the value; no denominator for sums, and neither for percentiles."""
        aggregation = self.cell.agreed.measure.aggregation
        if (self.outcome.value is None and not self.judged.denominator) or aggregation is Aggregation.PERCENTILE:
            return None, None
        return self.judged.numerator, None if aggregation in ADDED_UP else self.judged.denominator

    def digest(self, engine: str = ENGINE_VERSION) -> str:
        """SHA-256 of everything that decided the numbers, in canonical JSON."""
        inputs: dict[str, object] = {
            "engine": engine,
            "terms": self.cell.agreed.terms.pk,
            "in_force": self.cell.in_force,
            "reported": self.reading.reported,
            "values": "",
            "snapshot": self.reading.snapshot and tally_facts(self.reading.snapshot),
            "excused": [day_text(day) for day in self.excused_days],
            "earlier": [[label, *tally_facts(tally)] for label, tally in self.earlier],
        }
        if values := self.reported.values:
            texts = values.texts() if isinstance(values, Ranked) else map(str, values)
            inputs["values"] = hashlib.sha256("\n".join(texts).encode()).hexdigest()
        if self.cell.agreed.lowered_by is not None:
            inputs["lowered_by"] = str(self.cell.agreed.lowered_by)
        if self.reading.stated:
            inputs["nothing"] = [day_text(day) for day in self.reading.stated]
        if left_out := [tally_facts(part.tally) for part in self.reading.left_out if part.tally != Tally.empty()]:
            inputs["left_out"] = left_out
        if self.excuses and self.excused != self.reading.excused(self.cell.excusable(self.excused_days)):
            inputs["excused_with_days_beyond"] = tally_facts(self.excused)
        if self.reading.undecided:
            inputs["undecided"] = self.reading.undecided
        if self.cell.agreed.measure.targets:
            inputs["targets"] = {value: tally_facts(tally) for value, tally in self.reading.by_target.items()}
        if self.cell.is_history:
            inputs["history_until"] = day_text(self.deadlines.closes_on)
        if self.repeats:
            inputs["repeats"] = [progress.facts for progress in self.repeats]
        # The days come as text and stand first, as their name does among the others.
        days = self.reading.days
        rows = (
            () if isinstance(days, DayTallies) else ([day_text(day), *tally_facts(days[day])] for day in sorted(days))
        )
        text = days.text if isinstance(days, DayTallies) else CANONICAL.encode([*rows])
        return hashlib.sha256(f'{{"days":{text},{CANONICAL.encode(inputs)[1:]}'.encode()).hexdigest()


def judge_cells(cells: Iterable[Cell], inputs: Inputs, *, now: datetime) -> tuple[dict[CellKey, Finding], Errors]:
    """The finding of each cell, and why others cannot be judged; reads nothing but the inputs."""
    findings, errors = dict[CellKey, Finding](), Errors()
    outcomes = dict(inputs.outcomes)
    for cell in sorted(cells, key=lambda cell: cell.key):
        timeline = inputs.timelines[cell.key[0]]
        try:
            finding = judge_cell(cell, inputs, now)
            if any(agreed.looks_back for agreed in timeline.agreed):
                finding = replace(
                    finding,
                    repeats=repeats_in(finding, timeline, outcomes),
                    followers=cells_looking_back_at(timeline, cell, finding.today),
                )
        except UNREADABLE as error:
            errors[cell.key] = error
            continue
        findings[cell.key] = finding
        outcomes[cell.key] = PeriodOutcome(finding.outcome.status, finding.outcome.value)
    return findings, errors


def judge_cell(cell: Cell, inputs: Inputs, now: datetime) -> Finding:
    """The finding of one cell; raises what made its rows unreadable."""
    reading, excused = inputs.readings[cell.key], inputs.excused[cell.key]
    if isinstance(reading, Exception):
        raise reading
    contract = cell.service_level.contract
    clock = inputs.clocks[contract.pk]
    named = (*excused.days.values(), *(part.excuse for part in reading.left_out))
    excuses = tuple({excuse.pk: excuse for excuse in named}.values())
    amounts = [excuse.lowers_by for excuse in excuses if excuse.lowers_by is not None]
    if amounts and cell.agreed.limits.excuses is ExcuseTreatment.REDUCE_LEVEL:
        terms, amount = cell.agreed.terms, sum(amounts, Decimal(0))
        cell = replace(cell, agreed=Agreed(lowered(terms, amount), signed=terms, lowered_by=amount))
    return judge_reading(
        cell,
        reading,
        excused_days=sorted(excused.days),
        excused_beyond=excused.beyond,
        excuses=excuses,
        deadlines=inputs.deadlines.get(cell.key) or cell.deadlines(clock),
        owes=cell.owes(clock) or (cell.per is not None and cell.per.owes(clock)),
        earlier=[(before.period.label, earlier_tally(before, inputs)) for before in inputs.earlier[cell.key]],
        today=local_day(now, ZoneInfo(contract.zone)),
        pace=pace_of(cell, reading, clock),
    )


def earlier_tally(cell: Cell, inputs: Inputs) -> Tally:
    """What an earlier period counts with: as its verdict kept it, or else as its rows are now; a void one, nothing."""
    verdict = inputs.verdicts.get(cell.key)
    if verdict is not None and verdict.status == Status.EXCUSED:
        return Tally.empty()
    if verdict is not None and not cell.agreed.measure.values_of:
        numerator, denominator, cases = verdict.working["facts"]["counted"]
        return Tally(Fraction(numerator), Fraction(denominator), int(cases))
    reading = inputs.readings[cell.key]
    if isinstance(reading, Exception):
        raise reading
    limits, given = cell.agreed.limits, inputs.excused[cell.key]
    if limits.excuses is ExcuseTreatment.VOID_PERIOD and (given.days or reading.left_out):
        return Tally.empty()
    excused = reading.excused(cell.excusable({*given.days, *given.beyond}))
    return after_excuses(reading.total(), excused, limits.excuses, limits.direction)


def judge_reading(
    cell: Cell,
    reading: Reading,
    *,
    excused_days: Sequence[date],
    excuses: tuple[Excuse, ...],
    deadlines: Deadlines,
    owes: bool,
    earlier: Sequence[tuple[str, Tally]],
    today: date,
    pace: Pace | None = None,
    excused_beyond: Collection[date] = (),
) -> Finding:
    """Judge what was read by the terms; the same reading on the same day gives the same finding."""
    measure, limits, period = cell.agreed.measure, cell.agreed.limits, cell.period
    reported = counted = reading.total()
    excused = reading.excused(cell.excusable({*excused_days, *excused_beyond})) if excuses else Tally.empty()
    if excuses:
        counted = after_excuses(reported, excused, limits.excuses, limits.direction)
    judged = limits.low_volume.judged([*(tally for _label, tally in earlier), counted], limits.least_cases())
    covers_all = {*cell.counted.days()} <= {*excused_days} and limits.excuses is not ExcuseTreatment.REDUCE_LEVEL
    outcome = judge(
        limits,
        measure.value(judged) if reading.reported or reading.rows else None,
        judged,
        reported=reading.reported or not owes,
        ended=today >= period.end,
        deemed=deadlines.deemed_on is not None and today >= max(deadlines.deemed_on, period.end),
        in_force=cell.in_force and not in_ramp_up(period.start, ramp_up_of(cell.agreed.terms)),
        voided=bool(excuses) and (covers_all or limits.excuses is ExcuseTreatment.VOID_PERIOD),
        all_excused=bool(excused.cases) and not counted.denominator,
        is_part=cell.is_reported_part,
        scale=measure.scale if measure.is_share else None,
        course=pace.course(measure, judged) if pace else Course(grows=measure.grows),
    )
    return Finding(
        cell=cell, reading=reading, deadlines=deadlines, today=today, outcome=outcome, owes=owes, pace=pace,
        reported=reported, excused=excused, counted=counted, judged=judged,
        excused_days=tuple(excused_days), excuses=excuses, earlier=tuple(earlier) if judged is not counted else (),
    )  # fmt: skip


def repeats_in(
    finding: Finding, timeline: Timeline, outcomes: Mapping[CellKey, PeriodOutcome]
) -> tuple[RepeatProgress, ...]:
    """What an ended period that is no history brings to its terms' clauses on failing again."""
    cell, outcome = finding.cell, finding.outcome
    if not cell.agreed.repeats or outcome.status.is_open or cell.is_history or cell.is_over:
        return ()
    series = [outcomes.get(earlier.key, PeriodOutcome()) for earlier in earlier_cells(timeline, cell)]
    series.append(PeriodOutcome(outcome.status, outcome.value))
    progress = []
    for repeat in (repeat for rule in cell.agreed.repeats if (repeat := rule.evaluate(series))):
        # The last period in which one more failure would complete the clause.
        last = next(islice(later_cells(timeline, cell), repeat.chance - 1, None), None) if repeat.chance else None
        progress.append(RepeatProgress(repeat, last.period.end - DAY if last else None))
    return tuple(progress)
