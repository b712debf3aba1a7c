"""The reports that a vendor owes, each beside the service levels that wait for it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bpo.formatting import show_period
from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed, ServiceLevel
from intake.due import DueReport, State, owed_reports

PERIOD_OF_DAYS = {1: "day", 7: "week"}


@dataclass(frozen=True)
class OwedReport:
    """One feed's report for one span, and what is measured by it."""

    report: DueReport
    levels: tuple[ServiceLevel, ...]

    @property
    def feed(self) -> Feed:
        return self.report.feed

    @property
    def contract(self) -> Contract:
        return self.report.feed.contract

    @property
    def due_on(self) -> date:
        return self.report.due_on

    @property
    def is_overdue(self) -> bool:
        return self.report.state == State.LATE

    @property
    def period(self) -> str:
        span = self.report.span
        kind = PERIOD_OF_DAYS.get((span.ends_on - span.starts_on).days, "month")
        return show_period(kind, span.starts_on, span.ends_on, span.label)


def reports_owed(principal: Any, *, now: datetime) -> list[OwedReport]:
    """What is owed for the service levels that somebody sees, the earliest due first."""
    readers: dict[int, list[ServiceLevel]] = defaultdict(list)
    for level in ServiceLevel.objects.visible_to(principal).order_by("code", "pk"):
        readers[level.feed_id].append(level)
    owed = owed_reports(Feed.objects.visible_to(principal).filter(pk__in=readers), now=now)
    return [OwedReport(report, tuple(readers[report.feed.pk])) for report in owed]
