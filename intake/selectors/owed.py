"""The reports that a vendor owes, each beside the service levels that wait for it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from bpo.formatting import show_period
from contracts.models.service_levels import Feed, ServiceLevel
from intake.due import DueReport, owed_reports


@dataclass(frozen=True)
class OwedReport:
    """One feed's report for one span, the span as people name it, and what is measured by it."""

    report: DueReport
    period: str
    levels: tuple[ServiceLevel, ...]


def reports_owed(principal: object, *, now: datetime) -> list[OwedReport]:
    """What is owed for the service levels that somebody sees, the earliest due first."""
    readers: dict[int, list[ServiceLevel]] = defaultdict(list)
    for level in ServiceLevel.objects.visible_to(principal).order_by("code", "pk"):
        readers[level.feed_id].append(level)
    owed = owed_reports(Feed.objects.visible_to(principal).filter(pk__in=readers), now=now)
    return [
        OwedReport(
            report,
            show_period(report.span.kind, report.span.start, report.span.end, report.span.label),
            tuple(readers[report.feed.pk]),
        )
        for report in owed
    ]
