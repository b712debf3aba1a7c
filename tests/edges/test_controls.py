"""What was right before, and has to stay right, at the same edges."""

import pytest

from tests.edges.test_business_days import DAILY, day
from tests.edges.test_end_of_contract import DEEMED, month, monthly
from tests.edges.test_open_cases import EARLY, OPEN, TICKETS, case
from tests.edges.test_parts_of_days import TICKETS as EXCUSABLE
from tests.edges.test_parts_of_days import ask, grant, numbers, shown, start, ticket
from tests.edges.test_progress import DONE, FEEDS, OUTAGE, PAUSED, TICKET


def test_the_quarter_in_which_a_feed_ends_waits_for_no_month_after_it(desk):
    desk.load(monthly("period: quarter\n      " + DEEMED, feed=", ends_on: 2025-05-01"))
    desk.at("2025-05-02")
    desk.send(month("2025-04", 96, 100))

    desk.night("2025-08-20")

    assert desk.verdict("ACCURACY", "2025-Q2")["status"] == "met"


def test_the_month_in_which_a_contract_ends_is_owed_for_its_days(desk):
    desk.load(monthly("period: quarter\n      " + DEEMED), more="ends_on: 2025-05-20")
    desk.at("2025-05-21")
    desk.send(month("2025-04", 96, 100))

    desk.night("2025-09-20")

    assert desk.verdict("ACCURACY", "2025-Q2")["status"] == "breach"


def test_what_comes_on_a_day_without_hours_counts(desk):
    desk.load(DAILY, starts_on="2025-03-10", more="calendar: Office")
    desk.at("2025-03-17", 8)
    desk.send(day("2025-03-15"))

    desk.night("2025-03-24")

    assert desk.verdict("ACCURACY", "2025-03-15")["status"] == "met"


def test_a_period_of_decided_cases_closes_in_its_night(desk):
    desk.load(TICKETS.format(more=""))
    desk.at("2025-07-02")
    desk.send(EARLY, case("h-3", "2025-06-20T09:00:00+02:00"))

    desk.night("2025-07-08")

    verdict = desk.verdict("IN_TIME", "2025-06")
    assert (verdict["denominator"], verdict["is_final"]) == ("2", True)


def test_a_feed_that_ends_inside_a_month_does_not_hide_what_came_on_another(desk):
    ticket = {"opened_at": "2025-06-20T09:00:00+02:00", "resolved_at": "2025-06-20T10:00:00+02:00"}
    desk.load("""
feeds:
  - {code: OLD, name: Tickets, kind: cases, ends_on: 2025-06-10}
  - {code: NEW, name: Tickets, kind: cases}
service_levels:
  - code: IN_TIME
    name: Tickets within two hours
    feed: NEW
    terms:
      metric: X-IN
      measure: {aggregation: share_within, of: resolved_within, threshold_seconds: 7200}
      direction: higher
      expected: 90
""")
    desk.at("2025-07-08")
    desk.send({"feed": "NEW", "external_id": "t-1", **ticket})

    assert ("NEW", "2025-06") not in {(report["feed"], report["period"]) for report in desk.get("due")["results"]}


@pytest.mark.parametrize(
    ("before", "change"),
    [
        (TICKET | {"resolved_at": DONE}, {"resolved_at": "2025-03-03T17:00:00+01:00"}),
        (TICKET, {"priority": "P1", "resolved_at": DONE}),
        (TICKET, {"met": True}),
        (TICKET, {"resolved_at": DONE, "pauses": [["2025-03-03T10:00:00+01:00", DONE, "client"]]}),
        (PAUSED, {"pauses": [["2025-03-03T09:30:00+01:00", "2025-03-03T11:00:00+01:00", "client"]]}),
        (OUTAGE | {"ended_at": DONE}, {"ended_at": "2025-03-03T10:00:00+01:00"}),
        (OUTAGE, {"ended_at": DONE, "planned": True}),
    ],
)
def test_a_changed_value_needs_a_reason(desk, before, change):
    desk.load(FEEDS)
    desk.at("2025-03-10")
    desk.send(before)

    problem = desk.send(before | change, expect=(409,))

    assert problem["errors"][0]["code"] == "external_id_conflict"


BY_DUE = """
feeds: [{code: HIRES, name: Hires, kind: cases}]
service_levels:
  - code: BY_DUE
    name: Hires by the day agreed
    feed: HIRES
    terms:
      metric: X-HIRE
      measure: {aggregation: share_within, of: resolved_by_due, attribution: received}
      direction: higher
      expected: 90
"""


def test_a_case_without_a_due_time_does_not_keep_the_period_open(desk):
    desk.load(BY_DUE)
    desk.at("2025-07-02")
    desk.send(EARLY | {"due_at": "2025-06-09T09:00:00+02:00"}, OPEN)

    desk.night("2025-07-20")

    verdict = desk.verdict("BY_DUE", "2025-06")
    assert (verdict["numerator"], verdict["denominator"], verdict["is_final"]) == ("1", "1", True)


def test_an_open_case_of_an_excused_day_does_not_keep_its_period_open(desk):
    client, vendor = start(desk, EXCUSABLE.format(more="", excuses="both_sides").replace("14400", "8640000"))
    desk.at("2025-05-02")
    desk.send(ticket("T-1", "04-01 09:00", "04-01 10:00"), ticket("T-2", "04-30 09:00", None))
    grant(client, ask(desk, vendor, "SOLVED", first_day="2025-04-30", last_day="2025-04-30"))

    desk.night("2025-05-20")

    verdict = shown(desk, "SOLVED", "2025-04")
    assert (*numbers(verdict), verdict["is_final"]) == ("1", "1", True)
