"""A vendor can report that nothing happened: silence and "nothing" are two things."""

import pytest

CASES = """
feeds: [{code: TICKETS, name: Tickets, kind: cases}]
service_levels:
  - code: SOLVED
    name: Solved in a day
    feed: TICKETS
    terms:
      metric: X-SOLVED
      measure: {aggregation: share_within, of: resolved_within, threshold_seconds: 86400}
      direction: higher
      expected: 95
      minimum: 90
"""
OUTAGES = """
feeds: [{code: PORTAL, name: Portal, kind: downtime}]
service_levels:
  - code: UP
    name: Portal is up
    feed: PORTAL
    terms:
      metric: X-UP
      measure: {aggregation: availability, of: service}
      direction: higher
      expected: 99
      minimum: 98
      decimals: 2
"""
CALLS = """
feeds: [{code: CALLS, name: Calls, kind: contacts}]
service_levels:
  - code: LOST
    name: Calls abandoned
    feed: CALLS
    terms:
      metric: X-LOST
      measure: {aggregation: ratio, of: abandoned}
      direction: lower
      expected: 5
"""


def nothing(feed: str, first: str, last: str = "", **more: object) -> dict[str, object]:
    return {"feed": feed, "nothing": True, "from": first, **({"to": last} if last else {}), **more}


def case(name: str, opened_at: str, **more: object) -> dict[str, object]:
    return {"feed": "TICKETS", "external_id": name, "opened_at": opened_at, **more}


@pytest.mark.parametrize(("body", "feed"), [(CASES, "TICKETS"), (OUTAGES, "PORTAL"), (CALLS, "CALLS")])
def test_a_report_that_nothing_happened_settles_what_is_due(desk, body, feed):
    desk.load(body, starts_on="2025-06-01")
    desk.at("2025-07-01")
    assert [report["period"] for report in desk.get("due")["results"]] == ["2025-06"]

    receipt = desk.send(nothing(feed, "2025-06-01", "2025-06-30"), expect=(200, 201, 422))

    assert receipt.get("rows", {}).get("new") == 1, receipt
    assert desk.get("due")["results"] == []
    row = next(row for row in desk.get("due", show="all")["results"] if row["period"] == "2025-06")
    assert (row["state"], row["nothing"]) == ("reported", True)
    assert "nothing happened" in desk.page("/data").lower()


def test_a_month_without_outages_that_was_reported_is_available_throughout(desk):
    desk.load(OUTAGES, starts_on="2025-06-01")
    desk.at("2025-07-01")
    desk.send(nothing("PORTAL", "2025-06-01", "2025-06-30"), expect=(200, 201, 422))

    desk.night("2025-07-20")

    found = desk.verdicts("UP")
    assert found["2025-06"]["status"] == "met"
    assert float(found["2025-06"]["value"]) == 100
    working = " ".join(line["text"] for line in found["2025-06"]["working"]["lines"])
    assert "nothing happened on 30 days, as the vendor reported" in working


def test_a_month_of_which_a_day_is_unknown_is_not_reported(desk):
    desk.load(OUTAGES, starts_on="2025-06-01")
    desk.at("2025-07-01")
    desk.send(
        nothing("PORTAL", "2025-06-01", "2025-06-14"), nothing("PORTAL", "2025-06-16", "2025-06-30"),
        expect=(200, 201, 422),
    )  # fmt: skip

    assert [report["period"] for report in desk.get("due")["results"]] == ["2025-06"]
    desk.send(nothing("PORTAL", "2025-06-15"), expect=(200, 201, 422))
    assert desk.get("due")["results"] == []


def test_a_month_without_cases_has_no_volume_and_is_not_silent(desk):
    desk.load(CASES, starts_on="2025-06-01")
    desk.at("2025-07-01")
    desk.send(nothing("TICKETS", "2025-06-01", "2025-06-30"), expect=(200, 201, 422))

    desk.night("2025-07-20")

    assert desk.verdict("SOLVED", "2025-06")["status"] == "no_volume"


def test_the_same_report_again_changes_nothing(desk):
    desk.load(CASES, starts_on="2025-06-01")
    desk.at("2025-07-01")
    row = nothing("TICKETS", "2025-06-01", "2025-06-30")
    desk.send(row, expect=(200, 201, 422))

    assert desk.send(row, expect=(200, 422)).get("rows", {}).get("unchanged") == 1


@pytest.mark.parametrize("together", [True, False])
def test_nothing_cannot_be_said_of_a_day_with_a_case(desk, together):
    desk.load(CASES, starts_on="2025-06-01")
    desk.at("2025-07-01")
    row = case("c-1", "2025-06-03T10:00:00+02:00")
    rows = [row] if together else []
    if not together:
        desk.send(row)

    refused = desk.send(*rows, nothing("TICKETS", "2025-06-01", "2025-06-07"), expect=(409, 422))

    assert "3 Jun 2025" in refused["errors"][0]["detail"], refused


def test_a_case_that_contradicts_what_was_reported_needs_a_reason(desk):
    desk.load(CASES, starts_on="2025-06-01")
    desk.at("2025-06-08")
    desk.send(nothing("TICKETS", "2025-06-01", "2025-06-07"), expect=(200, 201, 422))

    refused = desk.send(case("c-1", "2025-06-03T10:00:00+02:00"), expect=(201, 409))
    assert refused.get("code") == "stated_as_nothing", refused
    row = case(
        "c-1", "2025-06-03T10:00:00+02:00", resolved_at="2025-06-03T12:00:00+02:00", reason="Found in the mailbox"
    )
    desk.send(row)

    desk.night("2025-07-20")
    verdict = desk.verdict("SOLVED", "2025-06")
    assert (verdict["status"], verdict["cases"]) == ("met", 1)
    assert "nothing happened on 6 days" in " ".join(line["text"] for line in verdict["working"]["lines"])


def test_what_happens_after_the_report_is_no_correction(desk):
    desk.load(CASES, starts_on="2025-06-01")
    desk.at("2025-06-08", 12)
    receipt = desk.send(nothing("TICKETS", "2025-06-08"), expect=(200, 201, 422))
    assert receipt.get("rows", {}).get("new") == 1, receipt

    desk.at("2025-06-08", 18)
    desk.send(case("c-1", "2025-06-08T15:00:00+02:00"))


def test_a_closed_period_takes_it_only_with_a_reason(desk):
    desk.load(CASES, starts_on="2025-06-01")
    desk.night("2025-07-20")
    assert desk.verdict("SOLVED", "2025-06")["is_final"]

    refused = desk.send(nothing("TICKETS", "2025-06-01", "2025-06-30"), expect=(409, 422))
    assert refused["code"] == "period_closed", refused
    late = desk.send(nothing("TICKETS", "2025-06-01", "2025-06-30", reason="Forgotten"))

    assert late["rows"]["late"] == 1
    assert desk.verdict("SOLVED", "2025-06")["status"] == "not_reported"


def test_it_can_be_taken_back(desk):
    desk.load(CASES, starts_on="2025-06-01")
    desk.at("2025-07-01")
    receipt = desk.send(nothing("TICKETS", "2025-06-01", "2025-06-30"), expect=(200, 201, 422))
    assert receipt.get("rows", {}).get("new") == 1, receipt

    desk.send(nothing("TICKETS", "2025-06-01", "2025-06-30", void=True, reason="Wrong client"))

    assert [report["period"] for report in desk.get("due")["results"]] == ["2025-06"]
    assert desk.get("results", feed="TICKETS", nothing="true")["results"] == []


def test_it_is_listed_as_it_was_sent(desk):
    desk.load(CASES, starts_on="2025-06-01")
    desk.at("2025-07-01")
    receipt = desk.send(nothing("TICKETS", "2025-06-01", "2025-06-30", note="Checked"), expect=(200, 201, 422))
    assert receipt.get("rows", {}).get("new") == 1, receipt

    (row,) = desk.get("results", feed="TICKETS", nothing="true")["results"]

    assert (row["nothing"], row["from"], row["to"], row["note"]) == (True, "2025-06-01", "2025-06-30", "Checked")
    assert desk.get(f"results/{row['id']}")["current"]["to"] == "2025-06-30"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"first": "2025-07-02", "last": "2025-07-01"}, "wrong_order"),
        ({"first": "2025-06-01", "last": "2025-07-09"}, "in_future"),
        ({"first": "2025-05-01", "last": "2025-05-02"}, "outside_contract"),
    ],
)
def test_days_that_cannot_be_meant_are_refused(desk, more, code):
    desk.load(CASES, starts_on="2025-06-01")
    desk.at("2025-07-01")

    refused = desk.send(nothing("TICKETS", **more), expect=(422,))

    assert [error["code"] for error in refused["errors"]] == [code]


def test_the_data_page_leads_the_vendor_to_report_that_nothing_happened(desk):
    desk.load(CASES, starts_on="2025-06-01")
    desk.at("2025-07-01")
    report = desk.get("due")["results"][0]["id"]

    assert f"/data/{report}/nothing" in desk.page("/data", side="vendor", raw=True)
    assert "First day" in desk.page(f"/data/{report}/nothing", side="vendor")
    assert f"/data/{report}/nothing" not in desk.page("/data", raw=True)


@pytest.mark.parametrize("sent_on", ["2025-06-10", "2025-07-02"])
def test_history_of_which_a_part_is_stated_has_a_verdict_whenever_it_was_stated(desk, sent_on):
    desk.load(CASES, starts_on="2025-06-01", more="judged_from: 2025-07-01")
    desk.at(sent_on)
    desk.send(nothing("TICKETS", "2025-06-01", "2025-06-05"), expect=(200, 201, 422))
    desk.night("2025-07-03")

    assert {label: verdict["status"] for label, verdict in desk.verdicts("SOLVED").items()} == {
        "2025-06": "not_reported"
    }
