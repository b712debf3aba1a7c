"""A case or an outage that gets its end goes on; only a changed value is a correction and needs a reason."""

import pytest

FEEDS = """
feeds:
  - {code: TICKETS, name: Tickets, kind: cases}
  - {code: PORTAL, name: Portal, kind: downtime}
service_levels:
  - code: TICKETS
    name: Number of tickets
    feed: TICKETS
    terms: {metric: X-T, measure: {aggregation: count, of: cases}, direction: lower, expected: 90}
"""
TICKET = {"feed": "TICKETS", "external_id": "t-1", "opened_at": "2025-03-03T09:00:00+01:00", "priority": "P2"}
PAUSED = TICKET | {"pauses": [["2025-03-03T10:00:00+01:00", None, "client"]]}
OUTAGE = {"feed": "PORTAL", "external_id": "o-1", "started_at": "2025-03-03T09:00:00+01:00"}
DONE = "2025-03-04T09:00:00+01:00"


@pytest.mark.parametrize(
    ("before", "end"),
    [
        (TICKET, {"resolved_at": DONE}),
        (TICKET, {"resolved_at": DONE, "closed_at": DONE, "met": True}),
        (TICKET | {"resolved_at": DONE}, {"closed_at": "2025-03-05T09:00:00+01:00"}),
        (PAUSED, {"pauses": [["2025-03-03T10:00:00+01:00", "2025-03-03T11:00:00+01:00", "client"]]}),
        (OUTAGE, {"ended_at": DONE}),
    ],
)
def test_an_empty_end_is_filled_without_a_reason(desk, before, end):
    desk.load(FEEDS)
    desk.at("2025-03-10")
    desk.send(before)

    receipt = desk.send(before | end, expect=(200, 201, 409))

    assert receipt.get("rows", {}).get("superseded") == 1, receipt
