"""Readings that are shipped: each reads a sample of its export to its right rows, and becomes the feed's own."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from intake.files.readings.shipped_readings import shipped_for, shipped_named, shipped_readings
from intake.files.readings.targets import Target
from intake.tests.readings import CASES, DAILY, read, target
from intake.tests.workbooks import source_of

pytestmark = pytest.mark.any_database
EXPORTS = Path(__file__).parent / "data" / "exports"
NOVEMBER = {"today": date(2026, 11, 29), "first_day": date(2026, 7, 1)}
CALLS, TICKETS = target("contacts", **NOVEMBER), replace(CASES, **NOVEMBER)
DAYS, OUTAGES = replace(DAILY, **NOVEMBER), target("downtime", **NOVEMBER)
INTERVALS = target("counts", "event", **NOVEMBER)
ZONE = {"zone": "Europe/Berlin"}
COUNTS = ("date", "split", "numerator", "denominator")
TIMES = ("external_id", "opened_at", "resolved_at", "priority")
# The shipped reading, its sample, the feed, what is still asked, columns, and the right rows.
SAMPLES: list[tuple[str, str, Target, dict[str, str], tuple[str, ...], list[tuple[object, ...]]]] = [
    ("Amazon Connect queues", "connect-daily.csv", DAYS, {}, COUNTS,
     [("2026-11-01", "Orders", "351", "412"), ("2026-11-01", "Returns", "902", "1203"),
      ("2026-11-02", "Orders", "340", "398"), ("2026-11-02", "Returns", "905", "1150")]),
    ("Genesys Cloud queues", "interval-totals-2.csv", DAYS, ZONE, COUNTS, [("2026-11-05", "Orders", "145", "155")]),
    ("Queue intervals", "interval-totals.csv", INTERVALS, {},
     ("occurred_at", "external_id", "numerator", "denominator"),
     [("2026-11-05T07:00:00Z", "2026-11-05T07:00:00Z_Orders", "38", "44"),
      ("2026-11-05T07:30:00Z", "2026-11-05T07:30:00Z_Orders", "40", "51"),
      ("2026-11-05T08:00:00Z", "2026-11-05T08:00:00Z_Orders", "54", "60")]),
    ("Five9 call log", "five9-call-log.csv", CALLS, ZONE,
     ("external_id", "occurred_at", "queue", "outcome", "wait_seconds", "handle_seconds"),
     [("300000000500001", "2026-11-05T08:00:12Z", "Orders", "answered", "14", "281"),
      ("300000000500002", "2026-11-05T08:01:40Z", "Orders", "abandoned", "82", "0"),
      ("300000000500004", "2026-11-05T08:04:59Z", "Returns", "answered", "7", "178")]),
    ("Asterisk call records", "asterisk-calls.csv", CALLS, ZONE,
     ("external_id", "occurred_at", "outcome", "handle_seconds"),
     [("1793866364.101", "2026-11-05T08:12:44Z", "answered", "61"),
      ("1793866442.102", "2026-11-05T08:14:02Z", "abandoned", "0"),
      ("1793866530.103", "2026-11-05T08:15:30Z", "blocked", "0")]),
    ("Zendesk chats", "zendesk-chats.csv", CALLS, {},
     ("external_id", "occurred_at", "queue", "outcome", "handle_seconds"),
     [("2611.10001.aa", "2026-11-05T09:15:00Z", "Billing", "answered", "312"),
      ("2611.10002.ab", "2026-11-05T09:20:00Z", "Billing", "abandoned", "45"),
      ("2611.10003.ac", "2026-11-05T10:02:30Z", "Orders", "answered", "128")]),
    ("Jira issues", "date-styles.csv", TICKETS, ZONE, TIMES,
     [("SHOP-101", "2026-11-05T08:12:00Z", "2026-11-05T12:44:00Z", "High"),
      ("SHOP-102", "2026-11-05T09:00:00Z", "2026-11-06T08:30:00Z", "Medium")]),
    ("ServiceNow incidents", "naive-stamps.csv", TICKETS, ZONE,
     ("external_id", "opened_at", "resolved_at", "group", "met"),
     [("INC0040001", "2026-11-05T08:10:00Z", "2026-11-05T11:40:00Z", "Till support", "true"),
      ("INC0040002", "2026-11-05T14:30:00Z", "2026-11-06T11:45:00Z", "Till support", "false"),
      ("INC0040003", "2026-11-06T15:00:00Z", None, "Till support", "true")]),
    ("ServiceNow outages", "servicenow-outages.csv", OUTAGES, ZONE,
     ("external_id", "started_at", "ended_at", "service", "planned"),
     [("OUT0010001", "2026-11-05T08:00:00Z", "2026-11-05T08:42:00Z", "Till server", "false"),
      ("OUT0010002", "2026-11-08T00:00:00Z", "2026-11-08T02:00:00Z", "Till server", "true")]),
    ("Zendesk tickets", "zendesk-tickets.csv", TICKETS, ZONE, (*TIMES, "group"),
     [("40101", "2026-11-05T08:12:00Z", "2026-11-05T12:44:00Z", "High", "Till support"),
      ("40102", "2026-11-05T09:00:00Z", "2026-11-06T08:30:00Z", "Normal", "Till support"),
      ("40103", "2026-11-06T15:00:00Z", None, "Low", "Returns")]),
    ("Freshdesk tickets", "freshdesk-tickets.csv", TICKETS, ZONE, ("external_id", "due_at", "resolved_at", "met"),
     [("7101", "2026-11-05T12:12:10Z", "2026-11-05T11:40:00Z", "true"),
      ("7102", "2026-11-06T10:30:00Z", "2026-11-06T11:45:00Z", "false"), ("7103", "2026-11-09T11:00:00Z", None, None)]),
    ("Salesforce cases", "salesforce-cases.csv", TICKETS, ZONE, TIMES,
     [("00001201", "2026-11-13T08:12:00Z", "2026-11-13T12:44:00Z", "High"),
      ("00001202", "2026-11-16T09:00:00Z", "2026-11-17T08:30:00Z", "Medium"),
      ("00001203", "2026-11-17T15:00:00Z", None, "Low")]),
    ("Excel ticket list", "excel-tickets.xlsx", TICKETS, ZONE, ("external_id", "opened_at", "resolved_at", "met"),
     [("T-1", "2026-11-05T08:10:00Z", "2026-11-05T11:40:00Z", "true"),
      ("T-2", "2026-11-05T14:30:00Z", "2026-11-06T11:45:00Z", "false"), ("T-3", "2026-11-06T15:00:00Z", None, None)]),
]  # fmt: skip


def test_every_shipped_reading_has_a_sample():
    assert sorted(sample[0] for sample in SAMPLES) == [each.name for each in shipped_readings()]


@pytest.mark.parametrize(("name", "file", "feed", "zone", "columns", "rows"), SAMPLES, ids=lambda each: str(each)[:40])
def test_a_shipped_reading_gives_the_right_rows_of_its_sample(name, file, feed, zone, columns, rows):
    content = (EXPORTS / file).read_bytes()
    shipped = shipped_named(name)

    asked = read(content, feed, earlier=shipped.reading)
    outcome = read(content, feed, earlier=replace(shipped.reading, **zone))

    assert asked.doubts == list(zone)
    assert ([tuple(row.get(column) for column in columns) for row in outcome.cells], outcome.errors) == (rows, [])
    assert [each.name for each in shipped_for(feed, source_of(content).peek())] == [name]


def test_a_shipped_reading_is_the_same_after_it_is_exported():
    for each in shipped_readings():
        assert each.reading.as_json() == each.content, json.dumps(each.reading.as_json(), indent=2)


def test_none_is_offered_for_feeds_of_another_kind():
    top = source_of((EXPORTS / "date-styles.csv").read_bytes()).peek()

    assert shipped_for(DAYS, top) == []


def test_every_shipped_reading_stands_in_the_vendors_guide():
    guide = (Path(__file__).parent.parent.parent / "docs" / "vendors.md").read_text(encoding="utf-8")

    assert [each.name for each in shipped_readings() if f"| {each.name} | {each.kind}" not in guide] == []
