"""What is owed and what is missing: the one answer behind counters, badge, To do, data page and mails."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q
from django.http import HttpRequest

from bpo.viewpoint import viewpoint_of
from contracts.models.service_levels import Feed, ServiceLevel
from intake.due import DueReport, State, owed_reports


def owed_by(request: HttpRequest, *, now: datetime) -> list[DueReport]:
    """The reports that are owed among those that the reader of a page sees; worked out once a request."""
    known: list[DueReport] | None = getattr(request, "_owed_reports", None)
    if known is None:
        known = owed_reports(Feed.objects.visible_to(viewpoint_of(request)), now=now)
        request._owed_reports = known  # type: ignore[attr-defined]
    return known


def late_by(request: HttpRequest, *, now: datetime) -> int:
    """How many reports are late among those that the reader of a page sees; what the page knows is counted."""
    known: list[DueReport] | None = getattr(request, "_owed_reports", None)
    if known is None:
        known = owed_reports(Feed.objects.visible_to(viewpoint_of(request)), now=now, only_late=True)
    return len(missing(known))


def missing(reports: Iterable[DueReport]) -> list[DueReport]:
    """Those that are owed and whose last day in time has passed."""
    return [report for report in reports if report.state is State.LATE]


def with_levels(reports: Sequence[DueReport], principal: object) -> list[tuple[DueReport, list[ServiceLevel]]]:
    """Reports beside the service levels that wait for them, as far as somebody sees these."""
    readers: dict[int, list[ServiceLevel]] = defaultdict(list)
    feeds = [report.feed.pk for report in reports]
    levels = ServiceLevel.objects.visible_to(principal).filter(Q(feed__in=feeds) | Q(per_feed__in=feeds))
    for level in levels.order_by("code", "pk"):
        for pk in level.feed_pks:
            readers[pk].append(level)
    return [(report, readers[report.feed.pk]) for report in reports]
