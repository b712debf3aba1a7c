"""What service levels read of a feed, and its latest rows: what new rows are held against."""

import json
from itertools import chain
from typing import Any

from django.db import connection

from bpo.strict_columns import Cells
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from intake.checking import Block
from metrics.models.results import RESULT_TABLES
from sla.unlikely import values_read

# The columns of a kind that have a scale, after the day by which the latest are found; of totals also what tells parts.
MEASURED = {
    Feed.Kind.COUNTS: ("starts_on", "split", "numerator", "denominator"),
    Feed.Kind.CONTACTS: ("occurred_on", "wait_seconds", "handle_seconds", "score"),
    Feed.Kind.OBSERVATIONS: ("occurred_on", "value"),
}
HISTORY = 100
# What service levels read of the feed, also as their denominator, and its latest rows, in one statement.
READ = """
    SELECT CAST(narrowing AS text), CAST(params AS text) {nothing} FROM {terms}
    JOIN {levels} ON {levels}.id = service_level_id
    WHERE feed_id = %s AND effective_on <= %s AND ({terms}.ends_on IS NULL OR {terms}.ends_on > %s)
"""
READ_PER = READ.replace("narrowing AS text), CAST(params AS text)", "per AS text), NULL").replace(
    "feed_id", "per_feed_id"
)
LATEST = """
    UNION ALL SELECT NULL, NULL, {names} FROM (
        SELECT {names} FROM {results} WHERE feed_id = %s ORDER BY {day} DESC LIMIT {most}
    ) AS latest
"""
Narrowings = list[dict[str, frozenset[str]]]


def read_feed(block: Block) -> tuple[Narrowings, dict[str, Cells]]:
    """Return what service levels read of the feed in the days of the rows, and the feed's latest rows by column."""
    feed = block.rules.feed
    days = set(chain.from_iterable(column.values for name, column in block.columns.items() if name.endswith("_on")))
    days.discard(None)
    names = MEASURED.get(feed.kind, ())
    tables = {"terms": ServiceLevelTerms._meta.db_table, "levels": ServiceLevel._meta.db_table}
    query = READ.format(nothing=", NULL" * len(names), **tables)
    parameters = [feed.pk, max(days, default="9999-12-31"), min(days, default="0001-01-01")]
    if names:
        results = RESULT_TABLES[feed.kind]._meta.db_table
        query += LATEST.format(names=", ".join(names), results=results, day=names[0], most=HISTORY)
        parameters.append(feed.pk)
    # Last, so that PostgreSQL knows the types of its empty columns.
    query += f" UNION ALL {READ_PER.format(nothing=', NULL' * len(names), **tables)}"
    parameters += parameters[:3]
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        rows = cursor.fetchall()
    narrowings = [values_read(*reading_of(*row[:2])) for row in rows if row[0] is not None]
    latest = [row[2:] for row in rows if row[0] is None]
    return narrowings, {name: [row[place] for row in latest] for place, name in enumerate(names)}


def reading_of(stated: str, params: str | None) -> tuple[Any, Any]:
    """The narrowing and the parameters with which a level reads the feed: its own, or those of its denominator."""
    if params is not None:
        return json.loads(stated), json.loads(params)
    per = json.loads(stated)
    return per.get("only", {}), per.get("measure", {})
