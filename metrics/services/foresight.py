"""What results would mean if they were stored: verdicts as they would be, read inside a transaction that is undone."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from metrics.models.verdicts import Verdict
from metrics.services.breaches import answers_due
from metrics.services.closing import final_keys
from metrics.services.findings import Finding
from metrics.services.judging import find_all
from metrics.services.revisions import differs, revision
from metrics.services.working import Sources, display_of
from metrics.tallies.days import drawn_text
from metrics.timelines import Cell


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One service level in one period: its verdict now, and what it would be."""

    finding: Finding
    before: Verdict | None

    @property
    def cell(self) -> Cell:
        return self.finding.cell

    @property
    def status(self) -> str:
        return str(self.finding.outcome.status)

    @property
    def status_before(self) -> str:
        return self.before.status if self.before else ""

    @property
    def changes_status(self) -> bool:
        return self.status != self.status_before

    @property
    def is_provisional(self) -> bool:
        return not self.finding.has_ended

    def as_verdict(self, now: datetime) -> Verdict:
        """The revision that would be written, not to be saved."""
        contract = self.cell.service_level.contract
        sources = Sources({}, answers_due([contract], now)[contract.pk])
        number = self.before.revision + 1 if self.before else 1
        verdict = revision(self.finding, number, sources, now=now, run=None)
        verdict.service_level = self.cell.service_level
        verdict.terms = self.cell.agreed.signed or self.cell.agreed.terms
        verdict.days = json.loads(drawn_text(self.finding.reading.days))
        return verdict

    @property
    def display(self) -> str:
        return display_of(self.finding) if self.finding.outcome.value is not None else ""


def foresee(cells: Iterable[Cell], *, now: datetime) -> list[Foreseen]:
    """What those cells would say now, where that is anything new; reads alone."""
    every = {cell.key: cell for cell in cells}
    for key in final_keys(every.values()):
        del every[key]
    findings, _errors = find_all(sorted(every), now=now)
    levels = {pk for pk, _ in findings}
    current = {
        (verdict.service_level_id, verdict.starts_on): verdict
        for verdict in Verdict.objects.current().filter(service_level__in=levels)
        if (verdict.service_level_id, verdict.starts_on) in findings
    }
    told = [Foreseen(findings[key], current.get(key)) for key in sorted(findings)]
    return [each for each in told if differs(each.finding, each.before)]
