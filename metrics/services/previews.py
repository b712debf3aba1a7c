"""What verdicts would say if something was different from the record. Nothing is written, and nobody is held up."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from contracts.models.service_levels import ServiceLevel
from metrics.models.verdicts import Verdict
from metrics.services.breaches import answers_due
from metrics.services.closing import final_keys
from metrics.services.findings import Finding
from metrics.services.inputs import AS_RECORDED, Assumptions, find_all
from metrics.services.revisions import differs, revision
from metrics.services.row_changes import as_reading, cells_counting
from metrics.services.work_queue import rows_at
from metrics.services.working import Sources, display_of
from metrics.tallies.days import chart_text
from metrics.tallies.table_changes import TableChanges
from metrics.timelines import Cell, CellKey, Timeline, timelines_of


@dataclass(frozen=True, slots=True)
class PreviewedVerdict:
    """One service level in one open period: its verdict now, and what would be found."""

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
    def is_provisional(self) -> bool:
        return not self.finding.has_ended

    @property
    def display(self) -> str:
        return display_of(self.finding) if self.finding.outcome.value is not None else ""

    def as_verdict(self, now: datetime) -> Verdict:
        """The revision that would be written, not to be saved."""
        contract = self.cell.service_level.contract
        sources = Sources({}, answers_due([contract], now)[contract.pk])
        number = self.before.revision + 1 if self.before else 1
        verdict = revision(self.finding, number, sources, now=now, run=None)
        verdict.service_level = self.cell.service_level
        verdict.terms = self.cell.agreed.signed or self.cell.agreed.terms
        verdict.days = json.loads(chart_text(self.finding.reading.days))
        return verdict


def preview_verdicts(
    touched: Iterable[tuple[TableChanges, Collection[date]]], *, now: datetime
) -> list[PreviewedVerdict]:
    """The verdicts that changes of results would bring, by service level and period, where they say anything new.

    For each feed its changes, and the local days that they touch, before and after. Results without a batch have the
    `batch_id` NO_BATCH. For example, a dry run of one new row:

        row = CountResult(feed=feed, key="2025-03/", batch_id=NO_BATCH, starts_on=..., ends_on=..., numerator=..., ...)
        preview_verdicts([(TableChanges(feed, left_out=(), put_in=[row]), {row.starts_on})], now=now)
    """
    changes = list(touched)
    feeds = {table.feed.pk for table, _days in changes}
    timelines = timelines_of(ServiceLevel.objects.filter(Q(feed__in=feeds) | Q(per_feed__in=feeds)))
    keys: set[CellKey] = set()
    for table, days in changes:
        reading = (each for timeline in timelines.values() for each in as_reading(timeline, table.feed))
        keys |= cells_counting(reading, set(days)).keys()
    return preview_cells(keys, timelines, now=now, assumed=Assumptions(tables=[table for table, _days in changes]))


def preview_cells(
    keys: Iterable[CellKey],
    timelines: Mapping[int, Timeline],
    *,
    now: datetime,
    assumed: Assumptions = AS_RECORDED,
) -> list[PreviewedVerdict]:
    """What those cells would say, where they are open and it is anything new."""
    cells = [timelines[pk].cell_starting(start) for pk, start in set(keys)]
    wanted = {cell.key for cell in cells if cell} - (final_keys(cell for cell in cells if cell) - assumed.withdrawn)
    levels = {pk: timelines[pk] for pk, _start in wanted}
    findings, _errors = find_all(sorted(wanted), levels, now=now, assumed=assumed)
    rows = rows_at(Verdict.objects.current().defer("days"), findings.keys() - assumed.withdrawn)
    current = {(verdict.service_level_id, verdict.starts_on): verdict for verdict in rows}
    previews = [PreviewedVerdict(findings[key], current.get(key)) for key in sorted(findings)]
    return [preview for preview in previews if differs(preview.finding, preview.before)]
