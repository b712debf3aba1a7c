"""Totals and their parts: a span is reported as one total or by its splits; both together count everything twice."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from contracts.models.service_levels import Feed
from intake.rows import Candidate
from metrics.models.results import CountResult


def counted_twice(feed: Feed, *, new: Collection[Candidate], void: Collection[Candidate]) -> list[Candidate]:
    """Of the new rows, those whose span would have a total beside its splits."""
    if feed.kind != Feed.Kind.COUNTS or feed.schedule == Feed.Schedule.EVENT or not new:
        return []
    starts = {candidate.columns["starts_on"] for candidate in new}
    gone = {candidate.key for candidate in void}
    splits: dict[date, set[str]] = defaultdict(set)
    there = CountResult.objects.filter(feed=feed, starts_on__range=(min(starts), max(starts)))
    for starts_on, key, split in there.order_by().values_list("starts_on", "key", "split"):
        if key not in gone:
            splits[starts_on].add(split)
    for candidate in new:
        splits[candidate.columns["starts_on"]].add(candidate.columns["split"])
    return [
        candidate
        for candidate in new
        if "" in (there_too := splits[candidate.columns["starts_on"]]) and len(there_too) > 1
    ]
