"""What is certainly lost is refused; what is unlikely is named in the receipt, or held until it is confirmed."""

import pytest

TERMS = """
feeds:
  - {{code: CALLS, name: Calls, kind: contacts{more}}}
  - {{code: DAYS, name: Totals of a day, kind: counts, schedule: daily, due: {{length: 1}}}}
  - {{code: CSAT, name: Satisfaction, kind: observations, lowest: 0, highest: 100}}
  - {{code: AHT, name: Handle time, kind: observations}}
  - {{code: DESK, name: Incidents, kind: cases}}
service_levels:
  - code: BILLING
    name: Billing calls answered within 20 seconds
    feed: CALLS
    terms:
      metric: X-BILLING
      measure: {{aggregation: share_within, of: answered_in_time, variant: after, threshold_seconds: 20}}
      only: {{queue: [Billing, "Fakturace č. 2"]}}
      direction: higher
      expected: 80
  - code: BY_DAY
    name: Answered, by day
    feed: DAYS
    terms:
      metric: X-DAY
      measure: {{aggregation: ratio, of: numerator}}
      period: day
      direction: higher
      expected: 80
      minimum: 75
  - code: CSAT
    name: Mean satisfaction
    feed: CSAT
    terms: {{metric: X-CSAT, measure: {{aggregation: mean, of: value}}, direction: higher, expected: 85}}
  - code: AHT
    name: Mean handle time
    feed: AHT
    terms: {{metric: X-AHT, measure: {{aggregation: mean, of: value}}, direction: lower, expected: 300, unit: s}}
  - code: SOLVED
    name: Incidents resolved in time
    feed: DESK
    terms:
      metric: X-SOLVED
      measure: {{aggregation: share_within, of: resolved_within, threshold_seconds: 3600}}
      only: {{priority: [P1], group: [Tills]}}
      direction: higher
      expected: 90
"""


# The same with the availability of two services.
SERVICES = TERMS.format(more="").replace(
    "service_levels:\n",
    """  - {code: OUTAGES, name: Outages, kind: downtime}
service_levels:
  - code: UP
    name: Availability of two services
    feed: OUTAGES
    terms:
      metric: X-UP
      measure: {aggregation: availability, of: service, services: "Mail, Payroll"}
      direction: higher
      expected: 99
""",
)


@pytest.fixture
def desk(desk):
    desk.at("2025-06-20")
    desk.load(TERMS.format(more=""))
    return desk


def call(name, queue="Billing", wait=12, **more):
    row = {"feed": "CALLS", "external_id": name, "occurred_at": "2025-06-10T09:00:00+02:00", "outcome": "answered"}
    return row | {"wait_seconds": str(wait), "queue": queue} | more


def day(date, numerator, denominator, split=""):
    row = {"feed": "DAYS", "date": date, "numerator": str(numerator), "denominator": str(denominator)}
    return row | ({"split": split} if split else {})


def sample(name, value, feed="CSAT"):
    return {"feed": feed, "external_id": name, "occurred_at": "2025-06-10T09:00:00+02:00", "value": str(value)}


def codes(receipt):
    return [warning["code"] for warning in receipt.get("warnings", [])]


def warning_of(receipt, code):
    found = [warning for warning in receipt.get("warnings", []) if warning["code"] == code]
    assert found, f"no warning {code} in {receipt}"
    return found[0]


def test_rows_that_no_level_reads_are_named_with_the_name_they_resemble(desk):
    receipt = desk.send(
        call("a"), call("b", "billing"), call("c", "Billing "), call("d", "Billling"), call("e", "Sales")
    )

    warning = warning_of(receipt, "unread_rows")
    assert warning["rows"] == [2, 3, 4, 5]
    assert "“billing” (1 row; the terms have “Billing”)" in warning["detail"]
    assert "“Sales” (1 row)" in warning["detail"]
    assert receipt["rows"]["new"] == 5


def test_a_receipt_that_is_read_later_has_the_same_warnings(desk):
    receipt = desk.send(call("a", "billing"))

    assert [batch.get("warnings") for batch in desk.get("batches")["results"]] == [[warning_of(receipt, "unread_rows")]]


def test_a_row_without_a_queue_is_unread_too(desk):
    assert "no queue" in warning_of(desk.send(call("a", "")), "unread_rows")["detail"]


def test_all_names_of_a_row_have_to_be_read_together(desk):
    case = {"feed": "DESK", "external_id": "i1", "opened_at": "2025-06-10T09:00:00+02:00"}

    receipt = desk.send(
        case | {"priority": "P1", "group": "Tills"}, case | {"external_id": "i2", "priority": "p1", "group": "Tills"}
    )

    assert warning_of(receipt, "unread_rows")["rows"] == [2]


def test_an_outage_of_a_service_that_no_level_adds_up_is_named(desk):
    desk.load(SERVICES, effective_on="2025-06-01")
    outage = {"feed": "OUTAGES", "external_id": "o1", "started_at": "2025-06-10T09:00:00+02:00", "service": "mail"}

    warning = warning_of(desk.send(outage | {"ended_at": "2025-06-10T10:00:00+02:00"}), "unread_rows")

    assert "service “mail” (1 row; the terms have “Mail”)" in warning["detail"]


def test_usual_rows_have_no_warnings(desk):
    receipt = desk.send(
        call("a"), day("2025-06-10", 85, 100, "Orders"), day("2025-06-10", 60, 90, "Returns"), sample("s", 88)
    )

    assert receipt.get("warnings") == []


@pytest.mark.parametrize(
    ("history", "value", "times"),
    [("86 88 91", "0.87", "100 times lower"), ("300 320 280", "5", "60 times lower"),
     ("300 320 280", "0.0035", "86,400 times lower"), ("300 320 280", "305000", "1,000 times higher")],
)  # fmt: skip
def test_values_of_another_scale_than_the_history_are_named(desk, history, value, times):
    desk.send(*(sample(f"h{number}", each, "AHT") for number, each in enumerate(history.split())))

    warning = warning_of(desk.send(sample("x", value, "AHT")), "unusual_scale")

    assert (warning["rows"], times in warning["detail"]) == ([1], True)


def test_waits_that_are_parts_of_a_day_are_named_without_a_history(desk):
    receipt = desk.send(call("a", wait="0.000139"), call("b", wait="0.002315"))

    assert warning_of(receipt, "unusual_scale")["rows"] == [1, 2]


def test_waits_that_are_minutes_are_named_beside_a_history_of_seconds(desk):
    desk.send(*(call(f"h{wait}", wait=wait) for wait in (30, 45, 60, 80, 120)))

    receipt = desk.send(call("a", wait="0.5"), call("b", wait="1.1"), call("c", wait="0.9"))

    assert "60 times lower" in warning_of(receipt, "unusual_scale")["detail"]


def test_a_total_beside_its_parts_is_named(desk):
    receipt = desk.send(
        day("2025-06-10", 351, 412, "Orders"),
        day("2025-06-10", 902, 1203, "Returns"),
        day("2025-06-10", 1253, 1615, "Both"),
    )

    assert warning_of(receipt, "total_beside_parts")["rows"] == [3]


def test_a_total_that_comes_after_its_parts_is_named(desk):
    desk.send(day("2025-06-10", 351, 412, "Orders"), day("2025-06-10", 902, 1203, "Returns"))

    receipt = desk.send(day("2025-06-10", 1253, 1615, "All queues"))

    assert warning_of(receipt, "total_beside_parts")["rows"] == [1]


def test_a_day_that_is_partly_accepted_says_which_way_the_refused_rows_lean(desk):
    receipt = desk.send(
        day("2025-06-10", 351, 412, "Orders"), day("2025-06-10", "1,402", "2,203", "Returns"), query="?partial=true"
    )

    detail = warning_of(receipt, "partly_accepted")["detail"].replace("\u00a0", " ")
    assert "1 of 2 rows refused, with 63.6 % against 85.2 %" in detail
    assert "looks better than it was" in detail


def test_refused_rows_of_other_days_are_no_part_of_a_day(desk):
    receipt = desk.send(day("2025-06-10", 351, 412), day("2025-06-11", 413, 412), query="?partial=true")

    assert (receipt["rows"]["rejected"], receipt.get("warnings")) == (1, [])


def test_letters_and_digits_that_were_lost_on_the_way_are_named(desk):
    receipt = desk.send(call("300000000123457000", "RÃ¼ckgabe"), call("300000000123458000"))

    assert {"encoding", "rounded_ids"} <= set(codes(receipt))


def test_an_id_that_a_spreadsheet_has_shortened_is_refused(desk):
    problem = desk.send(call("3.00000000123457E+17"), expect=(422, 201))

    assert [error["code"] for error in problem.get("errors", [])] == ["digits_lost"]


HELD = TERMS.format(more=", hold_unlikely: true")


def test_a_feed_that_holds_unlikely_rows_stores_nothing_until_they_are_confirmed(desk):
    desk.load(HELD, effective_on="2025-06-15")

    problem = desk.send(call("a"), call("b", "billing"), expect=(409,))
    held = desk.get("results", feed="CALLS")["results"]
    receipt = desk.send(call("a"), call("b", "billing"), query="?confirm=unread_rows")

    assert (problem["code"], held) == ("confirm_needed", [])
    assert "confirm=unread_rows" in problem["hint"]
    assert (codes(problem), codes(receipt), receipt["rows"]["new"]) == (["unread_rows"], ["unread_rows"], 2)


def test_what_is_held_is_asked_once_and_then_unchanged(desk):
    desk.load(HELD, effective_on="2025-06-15")
    desk.send(call("b", "billing"), query="?confirm=unread_rows")

    receipt = desk.send(call("b", "billing"), expect=(200,))

    assert receipt["rows"]["unchanged"] == 1


def test_other_codes_confirm_nothing_and_unknown_ones_are_refused(desk):
    desk.load(HELD, effective_on="2025-06-15")

    problem = desk.send(call("b", "billing"), query="?confirm=unusual_scale", expect=(409,))
    unknown = desk.send(call("b", "billing"), query="?confirm=everything", expect=(400,))

    assert (problem["code"], unknown["code"]) == ("confirm_needed", "bad_parameter")


def test_a_dry_run_of_held_rows_is_held_too(desk):
    desk.load(HELD, effective_on="2025-06-15")

    assert desk.send(call("b", "billing"), query="?dry_run=true", expect=(409,))["code"] == "confirm_needed"
