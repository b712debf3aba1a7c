"""New rows in open periods, which is the usual case: their cells go onto the list of work, and nothing else happens."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from functools import partial

from django.db import connection
from django.db.models import QuerySet

from bpo.faultpoints import faultpoint
from bpo.row_cache import Kept
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from metrics.models.verdicts import Verdict
from metrics.services.cells import counting, final_keys, mark_dirty, reached
from metrics.timelines import Cell, Timeline, timeline

FEW = 20
FINAL = "SELECT 1 FROM {table} WHERE is_current AND is_final AND ({among}) LIMIT 1"


def touch_open_cells(*, feed: Feed, days: Collection[date], now: datetime) -> bool:
    """Put every cell of those days onto the list of work; False if one is final, and the caller has to undo it all.

    A cell's row is its lock: whoever closes a period has done so before, or has to wait until this is written.
    """
    timelines = TIMELINES.get(feed.pk, partial(terms_on, feed))
    touched = counting(timelines, days) | reached(timelines, feed, days, now)
    if touched:
        mark_dirty(touched.values(), now=now)
    faultpoint("intake.in_sets_after_dirty_cells")
    return not any_final(touched.values())


def terms_on(feed: Feed) -> QuerySet[ServiceLevelTerms]:
    """All terms under which a feed is read."""
    rows = ServiceLevelTerms.objects.filter(service_level__feed=feed).select_related("service_level__feed")
    return rows.order_by("service_level", "effective_on")


def timelines_from(rows: Iterable[ServiceLevelTerms]) -> list[Timeline]:
    """The timelines that the terms make; they are good for finding cells."""
    levels: dict[int, ServiceLevel] = {}
    terms: dict[int, list[ServiceLevelTerms]] = {}
    for row in rows:
        level = levels.setdefault(row.service_level_id, row.service_level)
        terms.setdefault(level.pk, []).append(row)
    return [timeline(level, terms[pk]) for pk, level in levels.items()]


TIMELINES: Kept[list[Timeline]] = Kept(timelines_from)


def any_final(cells: Collection[Cell]) -> bool:
    """Whether the verdict of one of the cells is final."""
    if not 0 < len(cells) <= FEW:
        return bool(final_keys(cells))
    among = " OR ".join(["(service_level_id = %s AND starts_on = %s)"] * len(cells))
    keys = [(pk, connection.ops.adapt_datefield_value(start)) for pk, start in (cell.key for cell in cells)]
    with connection.cursor() as cursor:
        cursor.execute(FINAL.format(table=Verdict._meta.db_table, among=among), [part for key in keys for part in key])
        return cursor.fetchone() is not None
