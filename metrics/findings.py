"""What a reading means: the engine's outcome of one cell, with every number that led to it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from bpo.fields import LARGEST
from bpo.formatting import rounded
from contracts.terms import ramp_up_of
from metrics.deadlines import Deadlines
from metrics.models.breaches import Excuse
from metrics.tallies.days import day_text, facts_text
from metrics.tallies.readings import Reading
from metrics.timelines import Cell
from sla.credits.repeat_rules import Repeat
from sla.excuses import ExcuseTreatment, after_excuses
from sla.metrics.feeds import Aggregation
from sla.metrics.measure import ADDED_UP
from sla.ranked import Ranked
from sla.tallies import Tally
from sla.verdicts import Outcome, Reason, Status, in_ramp_up, judge
from sla.version import __version__ as ENGINE_VERSION

DECIMALS = 6
NOTHING = Tally.empty()
CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Earlier:
    """The counted tally of a period before, where the low-volume rule looks back."""

    label: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Repeated:
    """What the period brings to a clause on failing again; `chance_until` is the day until which one more failure
    would still complete it.
    """

    repeat: Repeat
    chance_until: date | None = None

    @property
    def facts(self) -> dict[str, Any]:
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
    """One cell judged: what was reported, excused, counted and, with earlier periods, judged; and the outcome."""

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
    earlier: tuple[Earlier, ...]
    outcome: Outcome
    followers: tuple[Cell, ...] = ()
    repeats: tuple[Repeated, ...] = ()

    @property
    def has_ended(self) -> bool:
        return self.today >= self.cell.period.end

    @property
    def is_deemed(self) -> bool:
        return self.outcome.reason is Reason.REPORT_DEEMED

    @property
    def sums(self) -> tuple[Fraction | None, Fraction | None]:
        """Numerator and denominator of the value; no denominator for sums, and neither for percentiles."""
        aggregation = self.cell.agreed.measure.aggregation
        if (self.outcome.value is None and not self.judged.denominator) or aggregation is Aggregation.PERCENTILE:
            return None, None
        if aggregation in ADDED_UP:
            return self.judged.numerator, None
        return self.judged.numerator, self.judged.denominator

    def digest(self, engine: str = ENGINE_VERSION) -> str:
        """SHA-256 of everything that decided the numbers, in canonical JSON."""
        inputs: dict[str, Any] = {
            "engine": engine,
            "terms": self.cell.agreed.terms.pk,
            "in_force": self.cell.in_force,
            "reported": self.reading.reported,
            "values": values_digest(self.reported.values),
            "snapshot": self.reading.snapshot and tally_facts(self.reading.snapshot),
            "excused": [day_text(day) for day in self.excused_days],
            "earlier": [[one.label, *tally_facts(one.tally)] for one in self.earlier],
        }
        if self.cell.agreed.lowered_by is not None:
            inputs["lowered_by"] = str(self.cell.agreed.lowered_by)
        if self.repeats:
            inputs["repeats"] = [repeated.facts for repeated in self.repeats]
        # The days come as text and stand first, as their name does among the others.
        text = f'{{"days":{facts_text(self.reading.days)},{CANONICAL.encode(inputs)[1:]}'
        return hashlib.sha256(text.encode()).hexdigest()


def find(
    cell: Cell,
    reading: Reading,
    *,
    excused_days: Sequence[date],
    excuses: tuple[Excuse, ...],
    deadlines: Deadlines,
    earlier: Sequence[Earlier],
    today: date,
) -> Finding:
    """Judge a reading by the terms; pure: the same reading on the same day gives the same finding."""
    measure, limits = cell.agreed.measure, cell.agreed.limits
    reported = judged = counted = reading.total()
    excused = NOTHING
    if excused_days:
        excused = reading.over(excused_days)
        judged = counted = after_excuses(reported, excused, limits.excuses, limits.direction)
    if limits.low_volume.looks_back():
        judged = limits.low_volume.judged([*(one.tally for one in earlier), counted], limits.least_cases())
    everything_excused = len(excused_days) == (cell.period.end - cell.period.start).days
    voids = bool(excused_days) and limits.excuses is ExcuseTreatment.VOID_PERIOD
    voided = voids or (everything_excused and limits.excuses is not ExcuseTreatment.REDUCE_LEVEL)
    ended = today >= cell.period.end
    silent = not reading.reported and not reading.rows
    outcome = judge(
        limits,
        None if silent else measure.value(judged),
        judged,
        reported=reading.reported,
        ended=ended,
        deemed=ended and deadlines.deemed_on is not None and today >= deadlines.deemed_on,
        in_force=cell.in_force and not in_ramp_up(cell.period.start, ramp_up_of(cell.agreed.terms)),
        voided=voided,
        all_excused=bool(excused.cases) and not counted.denominator,
        scale=measure.scale if measure.is_share else None,
        grows=measure.grows,
        elapsed=share_elapsed(cell, today),
    )
    return Finding(
        cell=cell,
        reading=reading,
        deadlines=deadlines,
        today=today,
        reported=reported,
        excused=excused,
        excused_days=tuple(excused_days),
        excuses=excuses,
        counted=counted,
        judged=judged,
        earlier=tuple(earlier) if judged is not counted else (),
        outcome=outcome,
    )


def says_something(finding: Finding) -> bool:
    """Whether a verdict is due: not for silence in a period that is open, or whose report is still awaited."""
    if finding.reading.reported or finding.reading.rows or finding.excused_days:
        return True
    if finding.outcome.status is Status.NOT_IN_FORCE:
        return finding.has_ended
    return finding.today > finding.deadlines.due_on


def tally_facts(tally: Tally) -> list[Any]:
    """A tally as exact text: whole or decimal numbers as they are, others as a fraction."""
    return [str(tally.numerator), str(tally.denominator), tally.cases]


def share_elapsed(cell: Cell, today: date) -> Fraction | None:
    """The share of the period's days that are over; None before the first is."""
    length, over = (cell.period.end - cell.period.start).days, (today - cell.period.start).days
    return Fraction(min(over, length), length) if over > 0 else None


def tally_from(facts: Sequence[Any]) -> Tally:
    """The tally that `tally_facts` wrote; without single values."""
    return Tally(Fraction(facts[0]), Fraction(facts[1]), int(facts[2]))


def values_digest(values: Sequence[Fraction]) -> str:
    """SHA-256 of single values in rising order; empty where there are none."""
    texts = values.texts() if isinstance(values, Ranked) else map(str, values)
    return hashlib.sha256("\n".join(texts).encode()).hexdigest() if values else ""


def plain_text(number: Decimal | None) -> str | None:
    """A number with the decimals that it has, whether it was read back or is fresh."""
    return None if number is None else f"{number.normalize():f}"


def stored(number: Fraction | None) -> Decimal | None:
    """The number as the table keeps it, to six decimals, a tie to even as other programs print it; None where there
    is none, or where it is too large.
    """
    if number is None:
        return None
    decimal = rounded(number, DECIMALS)
    return decimal if abs(decimal) <= LARGEST else None
