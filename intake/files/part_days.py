"""The question about days of a file of half hours or hours that are only partly there."""

from datetime import date
from fractions import Fraction
from itertools import pairwise

from django.utils.translation import gettext as _

from contracts.models.service_levels import Feed
from intake.files.readings.day_hours import DayHours
from intake.unlikely import Unlikely
from intake.unlikely_volumes import by_day, part_text, parts_of, stored_totals, sure_parts, weeks_before


def part_day_question(feed: Feed | None, hours: DayHours) -> list[Unlikely]:
    """Return what is unlikely in the half hours or hours of a file of totals; without a feed there is no history."""
    parts = parts_of(hours.days, hours.target.zone)
    known: dict[date, Fraction] = {}
    if feed and not all(part.is_sure for part in parts):
        before = stored_totals(feed, weeks_before(part.day for part in parts), has_parts=True)
        known = by_day(before, hours.splits)
    known |= {day: Fraction(sum(volumes.values())) for day, volumes in hours.days.items()}
    if not (parts := sure_parts(parts, known)):
        return []
    step = min(later - earlier for earlier, later in pairwise(sorted(set().union(*hours.days.values()))))
    return [Unlikely("part_day", part_text(feed.code if feed else _("The file"), parts, step), feed)]
