"""What has come of the spans of feeds: rows, the first arrival, missing splits, and that nothing happened."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import BooleanField, Case, OuterRef, Subquery, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from contracts.clocks import Clock
from contracts.models.service_levels import TOTALS, Feed, ServiceLevelTerms
from intake.awaited import reading
from metrics.models.results import DAY_COLUMN, RESULT_TABLES, CountResult, SupersededResult
from metrics.services.work_queue import key_list
from metrics.tallies.nil_reports import nil_days
from sla.obligations import DaySpan
from sla.periods import Period, PeriodKind

ARRIVED = "batch__received_at"
# The splits that terms name, by feed, with the days on which they hold.
Named = Mapping[int, Mapping[str, Sequence[DaySpan]]]


def is_total(feed: Feed) -> bool:
    """Whether its rows are totals of days, weeks, months, quarters or years."""
    return (feed.kind, feed.schedule) in TOTALS


def arrivals_of(
    feeds: Sequence[Feed], spans: Mapping[int, Sequence[Period]]
) -> dict[tuple[int, date], tuple[bool, datetime | None]]:
    """Whether each span has a row, and when the first of a span's totals came; one query a kind and length of span."""
    groups: dict[tuple[str, bool, PeriodKind], list[Feed]] = defaultdict(list)
    for feed in feeds:
        if spans[feed.pk]:
            span = spans[feed.pk][0]
            groups[feed.kind, is_total(feed), span.kind].append(feed)
    found: dict[tuple[int, date], tuple[bool, datetime | None]] = {}
    for (kind, of_totals, _length), members in groups.items():
        wanted = {span for feed in members for span in spans[feed.pk]}
        for pk, span, came in came_in([feed.pk for feed in members], kind, wanted, of_totals=of_totals):
            found[pk, span.start] = (True, came if of_totals else None)
    return found


def came_in(
    feeds: Collection[int], kind: str, spans: Collection[Period], *, of_totals: bool = False
) -> Iterator[tuple[int, Period, Any]]:
    """The spans of which feeds of a kind have a row; of totals with the instant at which the first came."""
    looks = {f"at_{span.start:%Y%m%d}": look(kind, span, of_totals=of_totals) for span in spans}
    rows = Feed.objects.filter(pk__in=key_list(feeds)).order_by()
    for pk, *came in rows.annotate(**looks).values_list("pk", *looks):
        yield from ((pk, span, at) for span, at in zip(spans, came, strict=True) if at)


def missing_splits(named: Named, spans: Mapping[int, Sequence[Period]]) -> dict[tuple[int, date], tuple[str, ...]]:
    """Of each span of totals, the splits that a service level names and that have no row yet."""
    first = min((span.start for pk in named for span in spans[pk]), default=None)
    if first is None:
        return {}
    rows = CountResult.objects.filter(feed__in=named, starts_on__gte=first)
    came: dict[tuple[int, str], set[date]] = defaultdict(set)
    for pk, split, day in rows.values_list("feed", "split", "starts_on").distinct().order_by():
        came[pk, split].add(day)
    missing = {}
    for pk, splits in named.items():
        for span in spans[pk]:
            promised = {split for split, times in splits.items() if any(time.part_of(span) for time in times)}
            absent = sorted(split for split in promised if not any(day in span for day in came[pk, split]))
            missing[pk, span.start] = tuple(absent)
    return missing


def named_splits(feeds: Collection[int]) -> Named:
    """The splits that terms name, also of their denominator, by feed of totals, with the days on which they hold."""
    named: dict[int, dict[str, list[DaySpan]]] = defaultdict(lambda: defaultdict(list))
    wanted, terms = set(feeds), ServiceLevelTerms.objects.filter(reading(feeds)).exclude(narrowing={}, per={})
    columns = ("service_level__feed", "service_level__per_feed", "narrowing", "per", "effective_on", "ends_on")
    for own, other, narrowing, per, begins, ends in terms.values_list(*columns) if feeds else ():
        for pk, only in ((own, narrowing), (other, per.get("only", {}))):
            for split in only.get("split", ()) if pk in wanted else ():
                named[pk][split].append(DaySpan(begins, ends))
    return named


def stated_spans(
    feeds: Sequence[Feed], spans: Mapping[int, Sequence[Period]], clocks: Mapping[int, Clock]
) -> set[tuple[int, date]]:
    """The spans of which the vendor has stated that nothing happened, on each day that it owes and has no result of."""
    looked_at = [span for its in spans.values() for span in its]
    if not looked_at:
        return set()
    nil = nil_days(feeds, min(span.start for span in looked_at), max(span.end for span in looked_at))
    covered = set()
    for feed in (feed for feed in feeds if feed.pk in nil):
        for span in spans[feed.pk]:
            days, clock = list((feed.time.part_of(span) or span).days()), clocks.get(feed.contract_id)
            if nil[feed.pk].stated_on(days) and nil[feed.pk].covers(
                [day for day in days if clock is None or clock.owes_on(feed, day)]
            ):
                covered.add((feed.pk, span.start))
    return covered


def look(kind: str, span: Period, *, of_totals: bool) -> RawSQL | Case:
    """Whether a feed has a row in a span; of totals when the first came, also where it was corrected since."""
    table, column = RESULT_TABLES[kind], DAY_COLUMN[Feed.Kind(kind)]
    # As text: a list asks for many spans, and making each of them an `Exists` costs eight times the statement.
    rows_of_feed = f"SELECT 1 FROM {table._meta.db_table} WHERE feed_id = contracts_feed.id"  # noqa: S608 - fixed names
    statement = f"EXISTS ({rows_of_feed} AND {column} >= %s AND {column} < %s)"
    has_row = RawSQL(statement, (span.start, span.end), BooleanField())  # noqa: S611 - the same
    if not of_totals:
        return has_row
    rows = table.objects.filter(feed=OuterRef("pk"), **{f"{column}__gte": span.start, f"{column}__lt": span.end})
    first = SupersededResult.objects.filter(feed=OuterRef("pk"), revision=1, key__startswith=f"{span.label}|")
    arrived = Coalesce(*(Subquery(came.order_by(ARRIVED).values(ARRIVED)[:1]) for came in (first, rows)))
    return Case(When(has_row, then=arrived))
