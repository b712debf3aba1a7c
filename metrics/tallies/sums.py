"""A measure's components by feed and local day, as one grouped statement over the covering index.

SQLite's integers end where PostgreSQL's do not, so that a sum is added up in two halves there, millions and the rest.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Aggregate, BigIntegerField, Count, F, Max, Q, QuerySet, Sum, TextField, Value
from django.db.models.expressions import Func

from bpo.fields import MICRO
from metrics.tallies.tables import as_query
from sla.metrics.components import Component, Row
from sla.metrics.measure import Measure


class InMicros(Func):
    """A column as the integer that the table holds."""

    template = "%(expressions)s"
    output_field = BigIntegerField()


class Listed(Aggregate):
    """All values of a group as one text, separated by commas, in no order."""

    template = "STRING_AGG((%(expressions)s)::text, ',')"
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        in_sqlite = self.copy()
        in_sqlite.template = "GROUP_CONCAT(%(expressions)s)"
        return in_sqlite.as_sql(compiler, connection, **context)


class DaySums:
    """What the rows of one local day add up to: integers in the order of the measure's components."""

    __slots__ = ("batch", "rows", "sums", "values")

    def __init__(self, rows: int, batch: int, sums: list[int], values: str) -> None:
        self.rows = rows
        self.batch = batch
        self.sums = sums
        self.values = values


def day_sums(rows: QuerySet[Any], measure: Measure, column: str, as_of: datetime) -> dict[int, dict[date, DaySums]]:
    """Rows, the latest batch, every component's sum and the single values, by feed and local day."""
    query = rows.order_by().values("feed_id", column).annotate(**asked_of(measure, as_of)).query
    # The rows are many and their columns plain: the ORM's conversion of each cell would cost more than the statement.
    with connection.cursor() as cursor:
        cursor.execute(*query.get_compiler(connection=connection).as_sql())
        found = cursor.fetchall()
    halved = [component.column is not None and connection.vendor == "sqlite" for component in measure.components]
    by_feed: dict[int, dict[date, DaySums]] = defaultdict(dict)
    for feed, day, number, batch, *cells in found:
        values = cells.pop() or "" if measure.values_of is not None else ""
        sums = whole_sums(cells, halved) if any(halved) else cells
        by_feed[feed][as_day(day)] = DaySums(number, batch, sums, values)
    return by_feed


def asked_of(measure: Measure, as_of: datetime) -> dict[str, Any]:
    """The aggregates of one day: rows, the latest batch, every component's sum and the single values."""
    asked: dict[str, Any] = {"n_rows": Count("*"), "n_batch": Max("batch_id")}
    for place, component in enumerate(measure.components):
        asked |= expressions_of(component, f"c{place}", as_of)
    if measure.values_of is not None:
        asked["n_values"] = values_expression(measure.values_of, as_of)
    return asked


def whole_sums(cells: list[int], halved: list[bool]) -> list[int]:
    """Sums put together from their halves."""
    rest = iter(cells)
    return [next(rest) * MICRO + next(rest) if half else next(rest) for half in halved]


def as_day(day: date | str) -> date:
    """A day as the database's driver hands it over."""
    return day_from(day) if isinstance(day, str) else day


day_from = lru_cache(maxsize=8192)(date.fromisoformat)


def expressions_of(component: Component, name: str, as_of: datetime) -> dict[str, Any]:
    """The aggregates of one component: a count of rows, a sum, or the two halves of a sum."""
    where = all_of(component, as_of) or None
    if component.column is None:
        return {name: Count(Value(1), filter=where)}
    micros = InMicros(F(component.column))
    if connection.vendor != "sqlite":
        return {name: Sum(micros, filter=where, default=0)}
    return {
        f"{name}_millions": Sum(micros / MICRO, filter=where, default=0, output_field=BigIntegerField()),
        f"{name}_rest": Sum(micros % MICRO, filter=where, default=0, output_field=BigIntegerField()),
    }


def values_expression(component: Component, as_of: datetime) -> Listed:
    """The single values of a component."""
    if component.column is None:
        raise ValueError("Single values need a column.")
    return Listed(InMicros(F(component.column)), filter=all_of(component, as_of) or None)


def all_of(component: Component, as_of: datetime) -> Q:
    wanted = Q()
    for condition in component.where:
        wanted &= as_query(condition, as_of)
    return wanted


def sums_of_rows(rows: Iterable[Row], measure: Measure, as_of: datetime) -> dict[str, Fraction]:
    """The same sums where the database cannot multiply exactly: added up here, row by row."""
    kept = list(rows)
    return {component.name: component.over(kept, as_of) for component in measure.components}


def multiplies(measure: Measure) -> bool:
    """Whether a component multiplies two columns, which overflows the integers of a database."""
    return any(component.times for component in measure.components)
