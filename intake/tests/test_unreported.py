"""What is owed is that of the whole due list, whatever feeds owe and on whatever day it is read."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from contracts.models.service_levels import Feed
from intake.due import due_reports, owed_of, owed_reports
from intake.selectors.owed import missing
from tests.edges.conftest import desk

__all__ = ["desk"]
FEEDS = """
feeds:
  - {code: DAY, name: Days, kind: counts, schedule: daily, due: {length: 2}, grace_days: 3}
  - {code: OFFICE, name: Office days, kind: counts, schedule: daily, due: {length: 1, unit: business_days}}
  - {code: WEEK, name: Weeks, kind: counts, schedule: weekly, due: {length: 3}, ends_on: 2025-05-08}
  - {code: MONTH, name: Months, kind: counts, schedule: monthly, due: {length: 3, unit: business_days}}
  - {code: QUARTER, name: Quarters, kind: counts, schedule: quarterly, due: {length: 10}}
  - {code: YEAR, name: Years, kind: counts, schedule: yearly, anchor: 2024-04-07, due: {length: 20}}
  - {code: CALLS, name: Calls, kind: contacts, due: {length: 2}}
  - {code: TICKETS, name: Tickets, kind: cases, due: {length: 5}, grace_days: 30}
  - {code: UNREAD, name: Read by no level, kind: counts, schedule: monthly}
service_levels:
"""
LEVEL = """
  - code: {feed}{number}
    name: Level of {feed}
    feed: {feed}
    terms:
      metric: X-{feed}
      measure: {measure}
      period: {period}
      direction: higher
      expected: 95
"""
RATIO = "{aggregation: ratio, of: numerator}"
LEVELS = (
    ("DAY", RATIO, "week"), ("OFFICE", RATIO, "month"), ("WEEK", RATIO, "month"), ("MONTH", RATIO, "quarter"),
    ("MONTH", RATIO + "\n      only: {split: [North, South]}", "month"), ("QUARTER", RATIO, "quarter"),
    ("YEAR", RATIO, "contract_year\n      anchor: 2024-04-07"), ("CALLS", "{aggregation: ratio, of: answered}", "day"),
    ("TICKETS", "{aggregation: share_within, of: resolved_within, threshold_seconds: 86400}", "month"),
)  # fmt: skip
TERMS = FEEDS + "".join(
    LEVEL.format(feed=feed, number=number, measure=measure, period=period)
    for number, (feed, measure, period) in enumerate(LEVELS)
)
COUNTS = {"numerator": 96, "denominator": 100}
ZONE = ZoneInfo("Europe/Berlin")


def test_what_is_owed_is_what_the_whole_list_shows_as_due_or_late(desk):
    desk.load(TERMS, starts_on="2025-02-24", more="judged_from: 2025-03-10")
    desk.at("2025-05-20")
    rows = [{"feed": "DAY", "date": f"2025-05-{day:02d}", **COUNTS} for day in (1, 3, 4, 5, 9)]
    rows += [{"feed": "OFFICE", "date": f"2025-05-{day:02d}", **COUNTS} for day in (5, 7, 8, 12, 14)]
    rows += [{"feed": "WEEK", "period": f"2025-W{week}", **COUNTS} for week in (14, 16, 18)]
    rows += [{"feed": "MONTH", "period": month, "split": "North", **COUNTS} for month in ("2025-03", "2025-04")]
    rows += [{"feed": "MONTH", "period": "2025-03", "split": "South", **COUNTS}]
    rows += [{"feed": "CALLS", "external_id": str(day), "occurred_at": f"2025-05-{day:02d}T10:00:00+02:00",
              "outcome": "answered", "wait_seconds": 3} for day in (8, 10, 11)]  # fmt: skip
    rows += [{"feed": "TICKETS", "nothing": True, "from": "2025-04-01", "to": "2025-04-30"}]
    desk.send(*rows)
    desk.night("2025-05-21")
    feeds, late = Feed.objects.all(), set()

    for days in range(-60, 90, 6):
        now = datetime(2025, 5, 21, 12, tzinfo=ZONE) + timedelta(days=days)
        whole = owed_of(due_reports(feeds, now=now))
        assert owed_reports(feeds, now=now) == whole
        assert owed_reports(feeds, now=now, only_late=True) == missing(whole)
        late.add(len(missing(whole)))

    assert len(late) > 8
