"""Many cells in one statement of PostgreSQL, each a range of the covering index, with the days that verdicts keep."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.expressions import RawSQL

from metrics.tallies.days import DayTallies, Scheme
from metrics.tallies.sums import aggregates_of
from sla.metrics.measure import Measure

FEED, START, END = (RawSQL(f"cell.{name}", ()) for name in ("feed", "start", "stop"))  # noqa: S611 - fixed names
STATEMENT = """
    SELECT added.* FROM unnest(%s::bigint[], %s::date[], %s::date[]) WITH ORDINALITY AS cell (feed, start, stop, place)
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(n_rows), 0)::bigint,
            CASE WHEN min(n_batch) = max(n_batch) THEN max(n_batch)::text ELSE string_agg(n_batch::text, ',') END,
            coalesce(sum(upper), 0)::text, coalesce(sum(lower), 0)::text, coalesce(sum(cases), 0)::bigint,
            '[' || coalesce(string_agg(
                '["' || day || '","' || {upper_text} || '","' || {lower_text} || '",' || cases || ']', ',' ORDER BY day
            ), '') || ']',
            {values}
        FROM (
            SELECT "{column}" AS day, n_rows, n_batch, {values_column} AS n_values,
                {upper} AS upper, {lower} AS lower, greatest(0, {cases}) AS cases
            FROM ({rows}) AS by_day
        ) AS weighed
    ) AS added ORDER BY cell.place
"""
MILLIONTH = "0.000001"
VALUES = "coalesce(string_agg(coalesce(n_values, ''), ';' ORDER BY day), '')"


def cell_sums(
    rows: QuerySet[Model], measure: Measure, column: str, spans: Sequence[tuple[int, date, date]], as_of: datetime
) -> list[tuple[DayTallies, int, tuple[int, ...]]]:
    """The days of each span of a feed, how many rows it has and the batches that brought them, in the spans' order."""
    scheme = Scheme(measure)
    wanted = {"feed": FEED, f"{column}__gte": START, f"{column}__lt": END}
    by_day = rows.filter(**wanted).order_by().values(column).annotate(**aggregates_of(measure, as_of))
    inner, parameters = by_day.query.get_compiler(connection=connection).as_sql()
    has_values = measure.values_of is not None
    parts = {"values": VALUES if has_values else "''", "values_column": "n_values" if has_values else "NULL"}
    for name, side in (("upper", scheme.upper), ("lower", scheme.lower), ("cases", scheme.cases)):
        terms = (f"c{place}" if weight == 1 else f"c{place} * ({weight})" for place, weight in side.parts)
        parts[name] = " + ".join(terms) or "0"
        # As a plain decimal; a product by a millionth is exact where a quotient would be cut.
        parts[f"{name}_text"] = f"{name}::text" if side.whole == 1 else f"trim_scale({name} * {MILLIONTH})::text"
    if scheme.cases.whole != 1:
        parts["cases"] = f"div(({parts['cases']})::numeric, {scheme.cases.whole})"
    statement = STATEMENT.format(rows=inner, column=column, **parts)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*(list(each) for each in zip(*spans, strict=True)), *parameters])
        return [
            (
                DayTallies(scheme, (int(upper), int(lower), cases), text, values.strip(";") and values),
                number,
                tuple(sorted({int(batch) for batch in batches.split(",")})) if batches else (),
            )
            for number, batches, upper, lower, cases, text, values in cursor.fetchall()
        ]
