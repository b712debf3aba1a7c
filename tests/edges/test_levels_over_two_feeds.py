"""A level whose denominator comes from another feed, such as complaints per 1,000 orders."""

import json

import pytest
from django.test import Client

from tests.edges.test_missing_data import counters, mail_of, read, rows_behind, sign_in

TERMS = """
feeds:
  - {code: COMPLAINTS, name: Complaints, kind: cases}
  - {code: ORDERS, name: Orders, kind: counts, schedule: monthly, due: {length: 5}}
service_levels:
  - code: COMPLAINT_RATE
    name: Complaints per 1,000 orders
    feed: COMPLAINTS
    per: ORDERS
    terms:
      metric: X-COMPLAINTS
      measure: {aggregation: count, of: cases}
      per: {scale: 1000}
      direction: lower
      expected: 2
      minimum: 4
"""


def complaint(number: int, day: str = "10") -> dict[str, object]:
    return {"feed": "COMPLAINTS", "external_id": f"c-{number}", "opened_at": f"2025-06-{day}T09:00:00+02:00"}


def orders(number: int, label: str = "2025-06", **more: object) -> dict[str, object]:
    return {"feed": "ORDERS", "numerator": number, **({"period": label} if label else {}), **more}


def load(desk, text=TERMS):
    desk.load(text)
    desk.at("2025-07-01")


def figures(desk, label="2025-06"):
    verdict = desk.verdict("COMPLAINT_RATE", label)
    return verdict["status"], verdict["numerator"], verdict["denominator"], verdict["is_final"]


def test_complaints_are_counted_per_thousand_orders(desk):
    load(desk)
    desk.send(*(complaint(number) for number in range(6)))
    desk.send(orders(2000))

    desk.night("2025-07-10")

    assert figures(desk) == ("below_expected", "6", "2000", True)
    assert desk.verdict("COMPLAINT_RATE", "2025-06")["value"] == "3"


def test_the_working_names_both_feeds(desk):
    load(desk)
    desk.send(complaint(1), orders(2000))
    desk.night("2025-07-10")

    lines = desk.get(f"verdicts/{desk.level('COMPLAINT_RATE')}/2025-06")["working"]["lines"]

    texts = {line["key"]: line["text"] for line in lines}
    assert "COMPLAINTS 1, ORDERS 2,000" in texts["reported"]
    assert texts["formula"].startswith("1 ÷ 2,000 × 1,000 = 0.5")


def test_without_the_orders_nothing_is_met(desk):
    load(desk)
    desk.send(complaint(1))

    desk.night("2025-07-10")

    assert figures(desk)[0] == "not_reported"


def test_the_period_waits_for_the_later_of_both_reports(desk):
    load(desk, TERMS.replace("due: {length: 5}", "due: {length: 20}"))
    desk.send(complaint(1))
    desk.night("2025-07-10")
    assert figures(desk)[3] is False
    desk.send(orders(1000))

    desk.night("2025-07-22")

    assert figures(desk) == ("met", "1", "1000", True)


def test_orders_that_come_after_closing_are_late_for_the_level(desk):
    load(desk)
    desk.send(complaint(1), orders(1000))
    desk.night("2025-07-10")
    desk.at("2025-07-15")

    receipt = desk.send(orders(100, reason="Counted again"))

    assert receipt["rows"]["late"] == 1
    desk.night("2025-07-16")
    assert figures(desk) == ("met", "1", "1000", True)


def test_a_dry_run_of_orders_shows_what_they_bring(desk):
    load(desk)
    desk.send(*(complaint(number) for number in range(6)))

    body, headers = json.dumps([orders(1000)]), {"Authorization": f"Bearer {desk.secret}"}
    answer = Client().post("/api/v1/results?dry_run=true", body, content_type="application/json", headers=headers)

    shown = answer.json()
    june = [verdict for verdict in shown["verdicts"] if verdict["period"] == "2025-06"]
    assert [(verdict["code"], verdict["status"]) for verdict in june] == [("COMPLAINT_RATE", "breach")]


def test_both_feeds_may_be_totals_of_one_batch(desk):
    load(
        desk,
        TERMS.replace("name: Complaints, kind: cases", "name: Complaints, kind: counts, schedule: monthly").replace(
            "{aggregation: count, of: cases}", "{aggregation: sum}"
        ),
    )
    desk.send(orders(1000) | {"feed": "COMPLAINTS", "numerator": 3}, orders(1000))
    desk.night("2025-07-10")
    desk.at("2025-07-15")

    receipt = desk.send(
        orders(500, reason="Counted again") | {"feed": "COMPLAINTS"}, orders(900, reason="Counted again")
    )

    assert (figures(desk), receipt["rows"]["late"]) == (("below_expected", "3", "1000", True), 2)


def test_orders_may_be_narrowed_and_counted_otherwise(desk):
    text = TERMS.replace("per: {scale: 1000}", "per: {scale: 1000, only: {split: [Web]}, measure: {aggregation: sum}}")
    load(desk, text)
    desk.send(complaint(1), orders(500, split="Web"), orders(1500, split="Shop"))

    desk.night("2025-07-10")

    assert figures(desk) == ("met", "1", "500", True)


def test_the_same_file_again_changes_nothing(desk):
    load(desk)

    assert "nothing to change" in desk.load(TERMS)


def test_the_pages_name_both_feeds(desk):
    load(desk)
    desk.send(complaint(1), orders(1000))
    desk.night("2025-07-10")

    assert "per 1000 of ORDERS" in desk.page(f"/service-levels/{desk.level('COMPLAINT_RATE')}")
    assert "per thousand" in desk.page(f"/service-levels/{desk.level('COMPLAINT_RATE')}/2025-06")


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("per: ORDERS", "per: ORDER", "There is no feed “ORDER”"),
        ("{aggregation: count, of: cases}", "{aggregation: ratio, of: met}", "Only sums and counts"),
        ("per: {scale: 1000}", "per: {measure: {aggregation: mean}}", "Only sums and counts"),
        ("    per: ORDERS\n", "", "needs the “per” of their service level"),
        ("per: {scale: 1000}", "per: {only: {queue: [A]}}", "cannot be narrowed by “queue”"),
    ],
)
def test_a_denominator_that_cannot_be_read_is_refused(desk, before, after, sentence):
    with pytest.raises(AssertionError, match=sentence):
        desk.load(TERMS.replace(before, after))


def load_one_split(desk):
    """The terms need the orders of Web and of Shop, and only those of Web came; on 9 July they are late."""
    text = TERMS.replace("per: {scale: 1000}", "per: {scale: 1000, only: {split: [Web, Shop]}}")
    load(desk, text.replace("due: {length: 5}", "due: {length: 5}, grace_days: 20"))
    desk.send(complaint(1), orders(1500, split="Web"))
    desk.night("2025-07-09")


def orders_of_june(desk):
    return next(row for row in desk.get("due")["results"] if (row["feed"], row["period"]) == ("ORDERS", "2025-06"))


def test_a_split_that_the_denominator_needs_is_owed_and_named_everywhere(desk):
    load_one_split(desk)
    named = "missing: Shop"
    for side, role in (("Nordhavn", "client_manager"), ("Kestrel", "vendor_manager")):
        reader = sign_in(side, role)
        page, overview = read(reader, "/data?state=late&feed=ORDERS"), read(reader, "/")

        assert named in page
        assert named in overview
        assert counters(overview)
        assert all(number == rows_behind(reader, url) for number, url in counters(overview))
        assert named in mail_of(reader, "2025-07-09").body
    assert "Shop" in desk.page("/data?feed=ORDERS&state=late&format=csv", raw=True)
    assert orders_of_june(desk)["missing_splits"] == ["Shop"]
    assert orders_of_june(desk)["row"]["split"] == "Shop"


def test_what_is_named_is_settled_by_its_report(desk):
    load_one_split(desk)
    desk.send(orders(500, split="Shop"))

    assert [row for row in desk.get("due")["results"] if row["period"] == "2025-06"] == []
    desk.night("2025-07-28")
    assert figures(desk)[1:3] == ("1", "2000")


def test_a_split_that_only_the_denominator_reads_is_not_unlikely(desk):
    load_one_split(desk)
    receipt = desk.send(orders(500, split="Shop"), orders(10, split="Stall"))

    assert [warning["detail"] for warning in receipt["warnings"] if "Shop" in warning["detail"]] == []
    assert any("Stall" in warning["detail"] for warning in receipt["warnings"])


def test_orders_count_of_a_month_in_which_the_other_feed_begins(desk):
    load(desk, TERMS.replace("kind: cases}", "kind: cases, starts_on: 2025-06-10}"))
    desk.send(complaint(1, "12"), orders(1000))

    desk.night("2025-07-10")

    assert figures(desk)[1:3] == ("1", "1000")


def test_orders_are_owed_of_a_day_of_which_the_other_feed_owes_nothing(desk):
    text = TERMS.replace("kind: cases}", "kind: cases, due: {length: 1, unit: business_days}}")
    text = text.replace("schedule: monthly, due: {length: 5}", "schedule: daily, due: {length: 1}")
    load(desk, text.replace("direction: lower", "period: day\n      direction: lower"))
    desk.send(orders(1000, label="", date="2025-06-14"))

    desk.night("2025-07-10")

    # Saturday and Sunday.
    assert [figures(desk, f"2025-06-{day}")[0] for day in (14, 15)] == ["met", "not_reported"]


REWORK = """
feeds:
  - {code: REWORK, name: Rework, kind: counts, schedule: weekly, due: {length: 5}}
  - {code: ORDERS, name: Orders, kind: cases}
service_levels:
  - code: REWORK_RATE
    name: Rework per 100 orders
    feed: REWORK
    per: ORDERS
    terms:
      metric: X-REWORK
      measure: {aggregation: sum, of: numerator}
      per: {scale: 100, measure: {aggregation: count, of: cases}}
      direction: lower
      expected: 2
      minimum: 4
"""


def test_orders_before_the_first_week_of_the_numerator_keep_no_month_from_being_judged(desk):
    load(desk, REWORK)
    desk.at("2025-07-04")
    desk.send({"feed": "ORDERS", "external_id": "o-1", "opened_at": "2025-07-02T09:00:00+02:00"})

    desk.night("2025-07-05")

    verdict = desk.verdict("REWORK_RATE", "2025-07")
    assert (verdict["status"], verdict["denominator"]) == ("on_track", "1")
