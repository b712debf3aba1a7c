"""The periods of the worlds, and the reports of their feeds: in which one a day lies, found by looking.

- A contract year begins on the anchor's day and month, or on the last day of a month that has no such day.
- A fiscal year ends on the weekday before the anchor's that is nearest to the end of a month, or the last one in it: of
  the month whose end lies nearest to the anchor. Its periods have 4, 4 and 5 weeks in turn, or 4, 5 and 4, or 5, 4 and
  4; a 53rd week belongs to the last one.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from tests.plain_model.calendars import DAY, days_of

WEEKS = {"p445": (4, 4, 5) * 4, "p454": (4, 5, 4) * 4, "p544": (5, 4, 4) * 4}
FIRST_WEEKDAY = {"week": 0, "week_sunday": 6}
# How many days before and after the end of a month a fiscal year may end.
YEAR_ENDS = {"nearest": (-3, 3), "last": (-6, 0)}


@dataclass(frozen=True)
class Periods:
    """How time is cut into periods, or a feed's reports; `anchor` is the first day of some year."""

    kind: str
    anchor: date | None = None
    year_end: str = "nearest"

    def start(self, day: date) -> date:
        """The first day of the period in which a day lies."""
        return start_of(self, day)

    def end(self, day: date) -> date:
        """The day after the last of the period in which a day lies."""
        return end_of(self, self.start(day))


@lru_cache(maxsize=200_000)
def start_of(periods: Periods, day: date) -> date:
    if periods.kind == "day":
        return day
    if periods.kind in FIRST_WEEKDAY:
        return day - timedelta(days=(day.weekday() - FIRST_WEEKDAY[periods.kind]) % 7)
    if periods.kind == "month":
        return day.replace(day=1)
    if periods.kind == "quarter":
        return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    begins = day
    while not is_year_start(periods, begins):
        begins -= DAY
    if periods.kind == "contract_year":
        return begins
    later = [begins + timedelta(weeks=sum(WEEKS[periods.kind][:number])) for number in range(12)]
    return max(first for first in later if first <= day)


@lru_cache(maxsize=200_000)
def end_of(periods: Periods, begins: date) -> date:
    day = begins
    while start_of(periods, day) == begins:
        day += DAY
    return day


@lru_cache(maxsize=200_000)
def is_year_start(periods: Periods, day: date) -> bool:
    """Whether a contract year or a fiscal year begins on a day."""
    anchor = periods.anchor
    assert anchor is not None
    if periods.kind == "contract_year":
        return day.month == anchor.month and (day.day == anchor.day or (day.day < anchor.day and (day + DAY).day == 1))
    first, last = YEAR_ENDS[periods.year_end]
    month = min(month_ends(anchor), key=lambda end: abs((end - anchor).days)).month
    ends = (end for end in month_ends(day) if end.month == month)
    return day.weekday() == anchor.weekday() and any(first <= (day - DAY - end).days <= last for end in ends)


def month_ends(day: date) -> list[date]:
    """The last days of the months around a day."""
    return [each for each in days_of(day - 32 * DAY, day + 32 * DAY) if (each + DAY).day == 1]
