"""What earlier verdicts of a service level say, for clauses that look back: now, or as it was at an instant."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction

from django.db.models import QuerySet
from django.db.models.fields.json import KT

from metrics.as_of import held_at
from metrics.findings import Repeated
from metrics.models.verdicts import Verdict
from metrics.timelines import Cell, CellKey, Timeline
from sla.credits.repeat_rules import PeriodOutcome, Repeat
from sla.periods import DAY
from sla.verdicts import Outcome, Status

MOST_LOOKED_BACK = 24
Past = Mapping[CellKey, PeriodOutcome]


def past_of(levels: Collection[int]) -> dict[CellKey, PeriodOutcome]:
    """How every period of those service levels stands now."""
    if not levels:
        return {}
    rows = Verdict.objects.current().filter(service_level__in=levels)
    return {(level, start): outcome_from(status, value) for level, start, status, value in told(rows)}


def past_at(levels: Collection[int], at: datetime) -> dict[CellKey, PeriodOutcome]:
    """How every period of those service levels stood at an instant, final or not."""
    if not levels:
        return {}
    rows = held_at(Verdict.objects.filter(service_level__in=levels), at)
    return {(level, start): outcome_from(status, value) for level, start, status, value in told(rows)}


def told(rows: QuerySet[Verdict]) -> Iterable[tuple[int, date, str, str | None]]:
    """What each of those verdicts says, its exact value as text."""
    exact = rows.annotate(exact=KT("working__facts__value")).order_by("revision")
    return exact.values_list("service_level_id", "starts_on", "status", "exact")


def outcome_from(status: str, value: str | None) -> PeriodOutcome:
    # A null inside of JSON is the text "null" for SQLite and none for PostgreSQL.
    return PeriodOutcome(Status(status), None if value in (None, "null") else Fraction(value))


def repeated(cell: Cell, outcome: Outcome, timeline: Timeline, past: Past) -> tuple[Repeated, ...]:
    """What an ended period brings to its terms' clauses on failing again."""
    rules = cell.agreed.repeats
    if not rules or outcome.status.is_open:
        return ()
    nothing = PeriodOutcome()
    before = [past.get(one.key, nothing) for one in timeline.earlier(cell, MOST_LOOKED_BACK)]
    series: Sequence[PeriodOutcome] = [*before, PeriodOutcome(outcome.status, outcome.value)]
    found = [repeat for rule in rules if (repeat := rule.found(series))]
    return tuple(Repeated(repeat, chance_until(cell, repeat, timeline)) for repeat in found)


def chance_until(cell: Cell, repeat: Repeat, timeline: Timeline) -> date | None:
    """The last day of the last period in which one more failure would complete the clause."""
    here: Cell | None = cell
    for _ahead in range(repeat.chance):
        here = timeline.following(here) if here else None
    return here.period.end - DAY if here and repeat.chance else None
