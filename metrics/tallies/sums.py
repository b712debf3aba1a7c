"""A measure's components as one grouped statement over the covering index, in whole units of 10⁻⁶.

A sum is added up in two halves, millions and the rest, because SQLite's integers end where PostgreSQL's do not.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django.db.models import BigIntegerField, Count, F, Max, Q, QuerySet, Sum, Value
from django.db.models.expressions import Func

from bpo.fields import MICRO
from metrics.tallies.tables import as_query
from sla.metrics.components import Component, Row
from sla.metrics.measure import Measure


class InMicros(Func):
    """A column as the integer that the table holds."""

    template = "%(expressions)s"
    output_field = BigIntegerField()


class DaySums:
    """What the rows of one local day add up to."""

    __slots__ = ("batch", "rows", "sums")

    def __init__(self, rows: int, batch: int, sums: dict[str, Fraction]) -> None:
        self.rows = rows
        self.batch = batch
        self.sums = sums


def day_sums(rows: QuerySet[Any], measure: Measure, column: str, as_of: datetime) -> dict[date, DaySums]:
    """Rows, the latest batch and every component's sum, by local day."""
    asked: dict[str, Any] = {"n_rows": Count("*"), "n_batch": Max("batch_id")}
    for place, component in enumerate(measure.components):
        asked |= expressions_of(component, f"c{place}", as_of)
    found = {}
    for row in rows.values(column).annotate(**asked):
        sums = {part.name: sum_from(row, part, f"c{place}") for place, part in enumerate(measure.components)}
        found[row[column]] = DaySums(row["n_rows"], row["n_batch"], sums)
    return found


def expressions_of(component: Component, name: str, as_of: datetime) -> dict[str, Any]:
    """The aggregates of one component: a count of rows, or the two halves of a sum."""
    where = all_of(component, as_of)
    if component.column is None:
        return {name: Count(Value(1), filter=where or None)}
    micros = InMicros(F(component.column))
    return {
        f"{name}_millions": Sum(micros / MICRO, filter=where or None, output_field=BigIntegerField()),
        f"{name}_rest": Sum(micros % MICRO, filter=where or None, output_field=BigIntegerField()),
    }


def sum_from(row: dict[str, Any], component: Component, name: str) -> Fraction:
    if component.column is None:
        return Fraction(row[name])
    return Fraction(int(row[f"{name}_millions"] or 0)) + Fraction(int(row[f"{name}_rest"] or 0), MICRO)


def all_of(component: Component, as_of: datetime) -> Q:
    wanted = Q()
    for condition in component.where:
        wanted &= as_query(condition, as_of)
    return wanted


def day_values(
    rows: QuerySet[Any], component: Component, column: str, as_of: datetime
) -> dict[date, list[tuple[Fraction, int]]]:
    """The single values of a component by local day, each with how often it occurs."""
    if component.column is None:
        raise ValueError("Single values need a column.")
    kept = rows.filter(all_of(component, as_of)).exclude(**{f"{component.column}__isnull": True})
    found: dict[date, list[tuple[Fraction, int]]] = defaultdict(list)
    counted = kept.values(column).annotate(value=InMicros(F(component.column)), times=Count("*"))
    for day, value, times in counted.values_list(column, "value", "times"):
        found[day].append((Fraction(int(value), MICRO), times))
    return found


def sums_of_rows(rows: Iterable[Row], measure: Measure, as_of: datetime) -> dict[str, Fraction]:
    """The same sums where the database cannot multiply exactly: added up here, row by row."""
    kept = list(rows)
    return {component.name: component.over(kept, as_of) for component in measure.components}


def multiplies(measure: Measure) -> bool:
    """Whether a component multiplies two columns, which overflows the integers of a database."""
    return any(component.times for component in measure.components)
