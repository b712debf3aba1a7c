"""For which periods a feed's report is awaited: those of the levels that read it, or history alone."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from django.db.models import Q

from contracts.models.service_levels import Feed, ServiceLevelTerms
from contracts.terms import straddling_of
from metrics.models.verdicts import Verdict
from metrics.services.work_queue import key_list
from sla.obligations import DaySpan, Obligation
from sla.periods import DAY, Period


def reading(feeds: Collection[int]) -> Q:
    """Which terms or verdicts are of service levels that read one of those feeds."""
    return Q(service_level__feed__in=key_list(feeds)) | Q(service_level__per_feed__in=key_list(feeds))


def promised_of(feeds: Collection[int]) -> dict[int, list[ServiceLevelTerms]]:
    """The terms of all levels that read each of some feeds, by its primary key."""
    promised: dict[int, list[ServiceLevelTerms]] = defaultdict(list)
    terms = ServiceLevelTerms.objects.filter(reading(feeds)).select_related("service_level")
    columns = ("effective_on", "ends_on", "rules", "service_level__feed", "service_level__per_feed")
    for row in terms.only(*columns) if feeds else ():
        for pk in row.service_level.feed_pks:
            promised[pk].append(row)
    return promised


def counts_in_history(feed: Feed, span: Period, promised: Sequence[ServiceLevelTerms]) -> bool:
    """Whether a report counts before the contract's opening day alone, so that it is neither owed nor late."""
    if feed.contract.judged_from is None:
        return False
    opening = feed.contract.opening_day
    if max(span.start, feed.time.start) >= opening:
        return False
    return all(day < opening for terms in promised for day in days_counting(feed, terms, span))


def settled_spans(
    spans: Sequence[tuple[Feed, Period]], promised: Mapping[int, Sequence[ServiceLevelTerms]]
) -> set[tuple[int, date]]:
    """The feed and first day of those spans that are settled; one that no service level reads never is."""
    if not spans:
        return set()
    levels = reading({feed.pk for feed, _span in spans})
    verdicts = Verdict.objects.current().filter(levels, is_final=True, ends_on__gt=min(s.start for _feed, s in spans))
    closed: dict[int, list[DaySpan]] = defaultdict(list)
    for level, start, end in verdicts.order_by().values_list("service_level", "starts_on", "ends_on"):
        closed[level].append(DaySpan(start, end))
    settled = set()
    for feed, span in spans:
        awaited = [(row.service_level_id, day) for row in promised[feed.pk] for day in days_counting(feed, row, span)]
        if awaited and all(any(day in times for times in closed[level]) for level, day in awaited):
            settled.add((feed.pk, span.start))
    return settled


def days_counting(feed: Feed, terms: ServiceLevelTerms, span: Period) -> list[date]:
    """The days in whose periods a report counts under those terms; none where they hold on no day of it."""
    part = feed.time.shared_with(DaySpan(terms.effective_on, terms.ends_on)).part_of(span)
    obligation = Obligation(feed.time, feed.reports, straddling_of(terms))
    return [min(max(day, part.start), part.end - DAY) for day in obligation.days_counting(part.start)] if part else []
