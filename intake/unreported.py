"""The spans that have ended and of which feeds lack rows: those that may be owed, found without making the due list."""

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
from intake.arrivals import Named, came_in, is_total, missing_splits, named_splits
from intake.spans import schedules_of, spans_of, when_due
from metrics.models.results import CountResult
from metrics.services.work_queue import key_list
from sla.periods import Period, local_day

COLUMNS = ("contract_id", "due_unit", "schedule", "kind", "anchor", "due_length", "starts_on", "ends_on")


@dataclass(frozen=True, slots=True)
class Alike:
    """Feeds, by key, that owe the same spans: one of them as an example, and those of the spans that have ended."""

    feed: Feed
    length: str
    ended: Sequence[Period]
    pks: list[int]


def unreported_spans(feeds: QuerySet[Feed], *, now: datetime, only_late: bool) -> tuple[dict[int, list[Period]], Named]:
    """The latest spans without their rows, by feed, of which some may be settled; in a constant number of queries.

    Beside them the splits that terms name of these feeds. `only_late` leaves out those whose report is still in time.
    """
    active = feeds.filter(contract__status=Contract.Status.ACTIVE).order_by()
    rows = list(active.values_list("pk", *COLUMNS))
    if not rows:
        return {}, {}
    known = Contract.objects.filter(pk__in=key_list({contract for _pk, contract, *_more in rows}))
    contracts = {contract.pk: contract for contract in known.select_related("calendar")}
    timed = {contract for _pk, contract, unit, *_more in rows if unit == Feed.DueUnit.BUSINESS_DAYS}
    clocks = clocks_of((contracts[pk] for pk in timed), at=now)
    return without_rows(groups_of(rows, contracts, clocks, now, only_late=only_late))


def groups_of(
    rows: Sequence[tuple[Any, ...]],
    contracts: Mapping[int, Contract],
    clocks: Mapping[int, Clock],
    now: datetime,
    *,
    only_late: bool,
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
        spans = []
        for whole in spans_of(feed, length, clock, now):
            span, due_on = when_due(feed, feed.time, whole, clock)
            if today >= span.end and (today > due_on or not only_late):
                spans.append(whole)
        groups.append(Alike(feed, length, spans, pks))
    return groups


def without_rows(groups: Sequence[Alike]) -> tuple[dict[int, list[Period]], Named]:
    """The spans that have ended, by feed, of which it has no row, or not of each split that a service level names."""
    named = named_splits([pk for group in groups if group.ended and is_total(group.feed) for pk in group.pks])
    missing = missing_splits(named, {pk: group.ended for group in groups for pk in group.pks})
    came = days_with_rows(groups)
    without: dict[int, list[Period]] = defaultdict(list)
    for group in groups:
        for pk in group.pks:
            for span in group.ended:
                has_row = span.start in came[pk] or any(day in span for day in came[pk])
                if not has_row or missing.get((pk, span.start)):
                    without[pk].append(span)
    return without, {pk: splits for pk, splits in named.items() if pk in without}


def days_with_rows(groups: Sequence[Alike]) -> dict[int, set[date]]:
    """The days of each feed's totals, or the first days of the ended spans in which it has single events."""
    days: dict[int, set[date]] = defaultdict(set)
    together: dict[tuple[str, str, bool], list[Alike]] = defaultdict(list)
    for group in groups:
        if group.ended:
            together[group.feed.kind, group.length, is_total(group.feed)].append(group)
    for (kind, _length, of_totals), its in together.items():
        spans, pks = {span for group in its for span in group.ended}, [pk for group in its for pk in group.pks]
        if of_totals:
            first = min(span.start for span in spans)
            totals = CountResult.objects.filter(feed__in=key_list(pks), starts_on__gte=first).order_by()
            for pk, day in totals.values_list("feed", "starts_on").distinct():
                days[pk].add(day)
        else:
            for pk, span, _came in came_in(pks, kind, spans):
                days[pk].add(span.start)
    return days
