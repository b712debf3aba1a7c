"""New rows in open periods, which is the usual case: their cells go onto the list of work, and nothing else happens."""

from collections.abc import Collection
from datetime import date, datetime

from bpo.faultpoints import faultpoint
from contracts.models.service_levels import Feed, ServiceLevel
from metrics.services.cells import cells_of, final_keys, mark_dirty, reached
from metrics.timelines import timelines_of


def touch_open_cells(*, feed: Feed, days: Collection[date], now: datetime) -> bool:
    """Put every cell of those days onto the list of work; False if one is final, and the caller has to undo it all.

    A cell's row is its lock: whoever closes a period has done so before, or has to wait until this is written.
    """
    timelines = timelines_of(ServiceLevel.objects.filter(feed=feed)).values()
    touched = cells_of(timelines, days) | reached(timelines, feed, days, now)
    mark_dirty(touched.values(), now=now)
    faultpoint("intake.after_dirty_cells")
    return not final_keys(touched.values())
