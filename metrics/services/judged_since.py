"""Closed periods that rules look back from, and earlier ones that were judged only after these had closed.

A result may come for an earlier period that nobody owed, or that is history: it is judged then, as the first that is
known of it. What had closed by that time stands until somebody restates it.
"""

from datetime import datetime

from contracts.models.service_levels import ServiceLevel
from metrics.looking_back import earlier_cells
from metrics.models.verdicts import Verdict
from metrics.services.closed_periods import judge_as_of
from metrics.services.work_queue import rows_at
from metrics.tallies.days import tally_facts
from metrics.timelines import timelines_of


def judged_since(verdict: Verdict, *, now: datetime) -> list[Verdict]:
    """The earlier verdicts made after a closed one, oldest first, where they change what it counts or repeats."""
    if not verdict.is_final or verdict.closed_at is None:
        return []
    timelines = timelines_of(ServiceLevel.objects.filter(pk=verdict.service_level_id))
    timeline = timelines[verdict.service_level_id]
    cell = timeline.cell_starting(verdict.starts_on)
    if cell is None or cell.is_over or not cell.agreed.looks_back:
        return []
    newer = Verdict.objects.current().filter(judged_at__gt=verdict.closed_at).defer("days", "working")
    earlier = rows_at(newer, [before.key for before in earlier_cells(timeline, cell)])
    if not earlier:
        return []
    findings, _errors = judge_as_of([cell], timelines, at=now)
    if cell.key not in findings:
        return []
    finding, facts = findings[cell.key], verdict.working["facts"]
    repeats = [progress.facts for progress in finding.repeats]
    is_as_closed = repeats == facts["repeats"] and tally_facts(finding.judged) == facts["judged"]
    return [] if is_as_closed else sorted(earlier, key=lambda before: before.starts_on)
