"""How many reports are late, counted for the bar of every page without making the due list.

The rules are those of the due list; they are asked only of the spans that ended without a row.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from contracts.clocks import Clock, clocks_of
from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed
from intake.awaited import counts_in_history, promised_of, settled_spans
from intake.due import came_in, is_total, missing_splits, named_splits, stated_spans
from intake.spans import schedules_of, spans_of, when_due
from metrics.models.results import CountResult
from metrics.services.work_queue import key_list
from sla.periods import Period, local_day

COLUMNS = ("contract_id", "due_unit", "schedule", "kind", "anchor", "due_length", "starts_on", "ends_on")


@dataclass(frozen=True, slots=True)
class Alike:
    """Feeds, by key, that owe the same spans: one of them as an example, and which of the spans are past due."""

    feed: Feed
    length: str
    past: Sequence[Period]
    pks: list[int]


def count_late(feeds: QuerySet[Feed], *, now: datetime) -> int:
    """How many reports of those feeds the due list shows as late; in a constant number of queries."""
    active = feeds.filter(contract__status=Contract.Status.ACTIVE).order_by()
    rows = list(active.values_list("pk", *COLUMNS))
    if not rows:
        return 0
    known = Contract.objects.filter(pk__in=key_list({contract for _pk, contract, *_more in rows}))
    contracts = {contract.pk: contract for contract in known.select_related("calendar")}
    timed = {contract for _pk, contract, unit, *_more in rows if unit == Feed.DueUnit.BUSINESS_DAYS}
    clocks = clocks_of((contracts[pk] for pk in timed), at=now)
    without = without_rows(groups_of(rows, contracts, clocks, now))
    found = list(Feed.objects.filter(pk__in=without).select_related("contract")) if without else []
    nil = stated_spans(found, without, clocks)
    absent = [(feed, span) for feed in found for span in without[feed.pk] if (feed.pk, span.start) not in nil]
    promised = promised_of({feed.pk for feed, _span in absent})
    owed = [(feed, span) for feed, span in absent if not counts_in_history(feed, span, promised[feed.pk])]
    return len(owed) - len(settled_spans(owed, promised))


def groups_of(
    rows: Sequence[tuple[Any, ...]], contracts: Mapping[int, Contract], clocks: Mapping[int, Clock], now: datetime
) -> list[Alike]:
    """The feeds of some rows, put together where they owe the same spans."""
    lengths = schedules_of({pk: schedule for pk, _contract, _unit, schedule, *_more in rows})
    alike: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for pk, *columns in rows:
        alike[lengths[pk], *columns].append(pk)
    groups = []
    for (length, *columns), pks in alike.items():
        feed = Feed(**dict(zip(COLUMNS, columns, strict=True)))
        feed.contract, clock = contracts[feed.contract_id], clocks.get(feed.contract_id)
        today = local_day(now, ZoneInfo(feed.contract.zone))
        spans = spans_of(feed, length, clock, now)
        groups.append(Alike(feed, length, [span for span in spans if today > when_due(feed, span, clock)[1]], pks))
    return groups


def without_rows(groups: Sequence[Alike]) -> dict[int, list[Period]]:
    """The spans past due, by feed, of which it has no row, or not of each split that a service level names."""
    named = named_splits([pk for group in groups if group.past and is_total(group.feed) for pk in group.pks])
    missing = missing_splits(named, {pk: group.past for group in groups for pk in group.pks})
    came = days_with_rows(groups)
    without: dict[int, list[Period]] = defaultdict(list)
    for group in groups:
        for pk in group.pks:
            for span in group.past:
                has_row = span.start in came[pk] or any(day in span for day in came[pk])
                if not has_row or missing.get((pk, span.start)):
                    without[pk].append(span)
    return without


def days_with_rows(groups: Sequence[Alike]) -> dict[int, set[date]]:
    """The days of each feed's totals, or the first days of the spans past due in which it has single events."""
    days: dict[int, set[date]] = defaultdict(set)
    together: dict[tuple[str, str, bool], list[Alike]] = defaultdict(list)
    for group in groups:
        if group.past:
            together[group.feed.kind, group.length, is_total(group.feed)].append(group)
    for (kind, _length, of_totals), its in together.items():
        spans, pks = {span for group in its for span in group.past}, [pk for group in its for pk in group.pks]
        if of_totals:
            first = min(span.start for span in spans)
            totals = CountResult.objects.filter(feed__in=key_list(pks), starts_on__gte=first).order_by()
            for pk, day in totals.values_list("feed", "starts_on").distinct():
                days[pk].add(day)
        else:
            for pk, span, _came in came_in(pks, kind, spans):
                days[pk].add(span.start)
    return days
