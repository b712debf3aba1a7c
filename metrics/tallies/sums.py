"""Which rows a measure reads, and its components by feed and local day, as one grouped statement over the index.

SQLite's integers end where PostgreSQL's do not, so that a sum is added up in two halves there, millions and the rest.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Aggregate, BigIntegerField, Count, F, Max, Q, QuerySet, Sum, TextField, Value
from django.db.models.expressions import Func

from bpo.fields import MICRO
from contracts.clocks import Clock
from contracts.models.service_levels import Feed
from contracts.terms import NARROWING
from metrics.models.results import RESULT_TABLES, Result
from metrics.tallies.table_changes import ADDED, STORED, TableChanges, results_of
from metrics.timelines import Cell
from sla.metrics.components import AS_OF, Component, Condition, Operator, moved
from sla.metrics.feeds import FeedKind
from sla.metrics.measure import Measure
from sla.metrics.window import Window
from sla.periods import local_day, span

LOOKUPS = {
    Operator.EQ: "exact",
    Operator.LT: "lt",
    Operator.LE: "lte",
    Operator.GT: "gt",
    Operator.GE: "gte",
}
# What the engine may ask of a row, beside its local days.
COLUMNS: dict[FeedKind, tuple[str, ...]] = {
    FeedKind.COUNTS: ("starts_on", "numerator", "denominator", "split"),
    FeedKind.CONTACTS: (
        "occurred_at", "outcome", "wait_seconds", "handle_seconds", "resolved", "score", "queue", "customer",
    ),
    FeedKind.CASES: (
        "opened_at", "due_at", "resolved_at", "closed_at", "pauses", "met", "correct", "reopened", "priority", "group",
    ),
    FeedKind.OBSERVATIONS: ("occurred_at", "value", "weight"),
    FeedKind.DOWNTIME: ("started_at", "ended_at", "planned", "service"),
}  # fmt: skip


class InMicros(Func):
    """A column as the integer that the table holds."""

    template = "%(expressions)s"
    output_field = BigIntegerField()


SQL = tuple[str, tuple[str | int, ...]]


class Listed(Aggregate):
    """All values of a group as one text, separated by commas, in no order."""

    template = "STRING_AGG((%(expressions)s)::text, ',')"
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        in_sqlite = self.copy()
        in_sqlite.template = "GROUP_CONCAT(%(expressions)s)"
        return in_sqlite.as_sql(compiler, connection, **context)


def day_column(measure: Measure) -> str:
    """The column of local days by which rows of the measure belong to a period."""
    return measure.day_of if measure.day_of.endswith("_on") else f"{measure.day_of.removesuffix('_at')}_on"


def rows_of(
    feeds: Collection[int], kind: str, changes: Collection[TableChanges] = (), parts: Collection[str] = (STORED, ADDED)
) -> QuerySet[Result]:
    """All rows of some feeds of one kind, with changes, in no order; or one part of them."""
    several = set(feeds)
    wanted = {"feed": several.pop()} if len(several) == 1 else {"feed__in": several}
    rows = results_of(kind, changes, parts) if changes else RESULT_TABLES[kind].objects.order_by()
    return rows.filter(**wanted)


def narrowed(narrowing: Mapping[str, Iterable[str]], kind: str) -> Q:
    """Which of the feed's rows count; ValueError names a column that cannot narrow this kind of feed."""
    allowed = NARROWING[FeedKind(kind)]
    wanted = Q()
    for column, values in narrowing.items():
        if column not in allowed:
            raise ValueError(f"A feed of kind '{kind}' cannot be narrowed by '{column}'.")
        wanted &= Q(**{f"{column}__in": [values] if isinstance(values, str) else list(values)})
    return wanted


@dataclass(slots=True)
class DaySums:
    """What the rows of one local day add up to: integers in the order of the measure's components."""

    rows: int
    batch: int
    sums: list[int]
    values: str

    def plus(self, other: "DaySums") -> "DaySums":
        sums = [one + another for one, another in zip(self.sums, other.sums, strict=True)]
        values = ",".join(filter(None, (self.values, other.values)))
        return DaySums(self.rows + other.rows, max(self.batch, other.batch), sums, values)


def day_sums(
    feeds: Collection[int],
    where: Q,
    measure: Measure,
    column: str,
    as_of: datetime,
    changes: Collection[TableChanges] = (),
) -> dict[int, dict[date, DaySums]]:
    """Rows, the latest batch, every component's sum and the single values, by feed and local day.

    The table and the rows put in are added up apart: SQLite does not use the covering index for a union of them.
    """
    halved = [component.column is not None and connection.vendor == "sqlite" for component in measure.components]
    concerned = [change for change in changes if change.feed.pk in feeds and change.kind == measure.kind]
    by_feed: dict[int, dict[date, DaySums]] = defaultdict(dict)
    for part in (STORED, ADDED) if concerned else (STORED,):
        rows = rows_of(feeds, measure.kind, concerned, [part]).filter(where)
        query = rows.values("feed_id", column).annotate(**aggregates_of(measure, as_of)).query
        # The rows are many and their columns plain: the ORM's conversion of each cell would cost more than the
        # statement.
        with connection.cursor() as cursor:
            cursor.execute(*query.get_compiler(connection=connection).as_sql())
            records = cursor.fetchall()
        for feed, day_or_text, number, batch, *sums in records:
            values = sums.pop() or "" if measure.values_of is not None else ""
            if any(halved):
                halves = iter(sums)
                sums = [next(halves) * MICRO + next(halves) if half else next(halves) for half in halved]
            # A driver may hand days over as text.
            day = day_from(day_or_text) if isinstance(day_or_text, str) else day_or_text
            added, days = DaySums(number, batch, sums, values), by_feed[feed]
            days[day] = days[day].plus(added) if day in days else added
    return by_feed


day_from = lru_cache(maxsize=8192)(date.fromisoformat)


def aggregates_of(measure: Measure, as_of: datetime) -> dict[str, object]:
    """The aggregates of one day: rows, the latest batch, every component's sum and the single values."""
    aggregates: dict[str, object] = {"n_rows": Count("*"), "n_batch": Max("batch_id")}
    for place, component in enumerate(measure.components):
        name, where = f"c{place}", conditions_of(component, as_of) or None
        if component.column is None:
            aggregates[name] = Count(Value(1), filter=where)
            continue
        micros = InMicros(F(component.column))
        if connection.vendor != "sqlite":
            aggregates[name] = Sum(micros, filter=where, default=0)
            continue
        for half, amount in (("millions", micros / MICRO), ("rest", micros % MICRO)):
            aggregates[f"{name}_{half}"] = Sum(amount, filter=where, default=0, output_field=BigIntegerField())
    values = measure.values_of
    if values is not None:
        if values.column is None:
            raise ValueError("Single values need a column.")
        aggregates["n_values"] = Listed(InMicros(F(values.column)), filter=conditions_of(values, as_of) or None)
    return aggregates


def conditions_of(component: Component, as_of: datetime) -> Q:
    wanted = Q()
    for condition in component.where:
        wanted &= as_query(condition, as_of)
    return wanted


def as_query(condition: Condition, as_of: datetime) -> Q:
    """A condition of the engine as one of the database; a missing value satisfies neither."""
    column, operator = condition.column, condition.operator
    if operator in (Operator.MISSING, Operator.PRESENT):
        return Q(**{f"{column}__isnull": operator is Operator.MISSING})
    if operator is Operator.IN:
        return Q(**{f"{column}__in": condition.constant})
    # The value is compared with a constant, an instant or another column.
    other: Any = condition.constant if condition.than is None else F(condition.than)
    if condition.constant is AS_OF:
        other = moved(as_of, condition.plus_seconds)
    elif condition.than is not None and condition.plus_seconds:
        other = other + (moved(as_of, condition.plus_seconds) - as_of)
    if operator is Operator.NE:
        return Q(**{f"{column}__isnull": False}) & ~Q(**{column: other})
    return Q(**{f"{column}__{LOOKUPS[operator]}": other})


def is_reported(
    cell: Cell, days: Collection[date], column: str, *, rows: int = 0, changes: Collection[TableChanges] = ()
) -> bool:
    """Whether what is owed for the cell's period has come; `rows` are those counted in it.

    Counts: rows for every week or month that the feed owes inside the period, or any row of a daily feed, of each
    split that the terms name. Other kinds: any row of the feed in the period, counted or not. Outages reported as they
    happen: silence means that none happened, once the feed has reported one.
    """
    feed = cell.service_level.feed
    if feed.kind == Feed.Kind.COUNTS:
        named = cell.agreed.terms.narrowing.get("split", [])
        splits = [named] if isinstance(named, str) else named
        if len(splits) < 2:
            return has_all_reports(cell, days)
        by_split = days_of_splits(cell, column, changes)
        return all(has_all_reports(cell, by_split[split]) for split in splits)
    if rows or (days and feed.kind != Feed.Kind.DOWNTIME):
        return True
    results = rows_of([feed.pk], feed.kind, changes)
    start, end = cell.counted.start, cell.counted.end
    if feed.kind == Feed.Kind.DOWNTIME:
        begun = Q(started_on__lt=end)
        if feed.schedule != Feed.Schedule.EVENT:
            begun &= Q(started_on__gte=start)
        return results.filter(begun).exists()
    in_period = Q(**{f"{column}__gte": start, f"{column}__lt": end})
    if feed.kind == Feed.Kind.CASES:
        in_period |= Q(opened_on__gte=start, opened_on__lt=end)
    return results.filter(in_period).exists()


def has_all_reports(cell: Cell, days: Collection[date]) -> bool:
    """Whether each report that the cell needs has rows on one of those days; where it needs none, whether any has."""
    return bool(days) and all(any(day in report for day in days) for report in cell.owed)


def days_of_splits(cell: Cell, column: str, changes: Collection[TableChanges]) -> dict[str, set[date]]:
    """The days on which rows of each split that the terms name count in the cell."""
    rows = rows_of([cell.service_level.feed_id], Feed.Kind.COUNTS, changes)
    rows = rows.filter(narrowed(cell.agreed.terms.narrowing, Feed.Kind.COUNTS))
    rows = rows.filter(
        **{f"{column}__gte": cell.obligation.counts_from(cell.period), f"{column}__lt": cell.counted.end}
    )
    days: dict[str, set[date]] = defaultdict(set)
    for split, day in rows.values_list("split", column).distinct().order_by():
        if cell.counts_rows_of(day):
            days[split].add(cell.obligation.counted_part(cell.period, day)[0] if cell.shares_reports else day)
    return days


def undecided_cases(
    cell: Cell,
    clock: Clock,
    changes: Collection[TableChanges],
    excused: Collection[str] = (),
    excused_days: Collection[date] = (),
) -> int:
    """How many cases of an ended period are open and may still be in time; the period stays open for them.

    Cases that are excused, by their ids or with their day, are left out.
    """
    measure, zone = cell.agreed.measure, ZoneInfo(cell.service_level.contract.zone)
    if not measure.awaits_open_cases or local_day(clock.at, zone) < cell.period.end:
        return 0
    column, terms = day_column(measure), cell.agreed.terms
    in_period = {f"{column}__gte": cell.counted.start, f"{column}__lt": cell.counted.end}
    rows = rows_of([cell.service_level.feed_id], measure.kind, changes).filter(narrowed(terms.narrowing, measure.kind))
    open_rows = (
        rows.filter(**in_period, **{f"{measure.stop}__isnull": True})
        .exclude(Q(key__in=excused) | Q(**{f"{column}__in": excused_days}))
        .values(*COLUMNS[measure.kind])
    )
    still_open = [row for row in open_rows if measure.reads(row)]
    if not still_open:
        return 0
    window = Window(*span(cell.counted, zone), clock.at, clock.on(cell.period.start))
    return len(still_open) - measure.from_rows(still_open, window).cases
