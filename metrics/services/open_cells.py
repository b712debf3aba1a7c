"""New rows in open periods, which is the usual case: their cells go onto the list of work, and nothing else happens."""

from collections.abc import Collection
from datetime import date, datetime

from bpo.faultpoints import faultpoint
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from metrics.services.cells import counting, final_keys, mark_dirty, reached
from metrics.timelines import Timeline, timeline


def touch_open_cells(*, feed: Feed, days: Collection[date], now: datetime) -> bool:
    """Put every cell of those days onto the list of work; False if one is final, and the caller has to undo it all.

    A cell's row is its lock: whoever closes a period has done so before, or has to wait until this is written.
    """
    timelines = timelines_on(feed)
    touched = counting(timelines, days) | reached(timelines, feed, days, now)
    if touched:
        mark_dirty(touched.values(), now=now)
    faultpoint("intake.after_dirty_cells")
    return not final_keys(touched.values())


def timelines_on(feed: Feed) -> list[Timeline]:
    """The timelines of the service levels that read a feed, in one statement; they are good for finding cells."""
    rows = ServiceLevelTerms.objects.filter(service_level__feed=feed).select_related("service_level")
    levels: dict[int, ServiceLevel] = {}
    terms: dict[int, list[ServiceLevelTerms]] = {}
    for row in rows.order_by("service_level", "effective_on"):
        level = levels.setdefault(row.service_level_id, row.service_level)
        level.feed = feed
        terms.setdefault(level.pk, []).append(row)
    return [timeline(level, terms[pk]) for pk, level in levels.items()]
