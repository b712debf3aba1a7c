"""Hours that are excused: minutes of outages, days of clock changes, and totals that are longer than hours."""

from io import StringIO

import pytest
from django.core.management import call_command

from tests.edges.test_parts_of_days import ask, at, grant, numbers, shown, start, working
from tests.edges.test_whose_turn import browser, read

SERVICE = """
feeds: [{code: NET, name: Outages, kind: downtime, schedule: event}]
service_levels:
  - code: UP
    name: Availability
    feed: NET
    terms:
      metric: X-UP
      measure: {aggregation: availability, of: service}
      direction: higher
      expected: 99.5
"""
TOTALS = """
feeds: [{{code: QA, name: Evaluations, kind: counts, schedule: {schedule}}}]
service_levels:
  - code: ACCURACY
    name: Evaluations without error
    feed: QA
    terms:
      metric: X-ACC
      measure: {{aggregation: ratio, of: numerator}}
      direction: higher
      expected: 75
"""


@pytest.fixture
def outage(desk):
    """April with one outage of five hours."""
    sides = start(desk, SERVICE)
    desk.at("2025-05-02")
    desk.send({"feed": "NET", "external_id": "O-1", "started_at": at("04-03 09:00"), "ended_at": at("04-03 14:00")})
    call_command("judge", stdout=StringIO())
    return sides


def test_excused_hours_leave_the_counted_time_of_an_availability(desk, outage):
    client, vendor = outage
    assert numbers(shown(desk, "UP", "2025-04")) == ("42900", "43200")
    excuse = ask(desk, vendor, "UP", starts_at=at("04-03 08:00"), ends_at=at("04-03 13:00"))
    grant(client, excuse)

    verdict = shown(desk, "UP", "2025-04")
    assert numbers(verdict) == ("42840", "42900")
    assert f"08:00 – 13:00 (Europe/Berlin) left out by {excuse['id']}" in working(verdict)


def test_hours_that_two_excuses_name_are_taken_out_once(desk, outage):
    client, vendor = outage
    grant(client, ask(desk, vendor, "UP", starts_at=at("04-03 09:00"), ends_at=at("04-03 12:00")))
    grant(client, ask(desk, vendor, "UP", starts_at=at("04-03 10:00"), ends_at=at("04-03 14:00")))

    assert numbers(shown(desk, "UP", "2025-04")) == ("42900", "42900")


def test_a_part_of_the_hours_is_granted(desk, outage):
    client, vendor = outage
    excuse = ask(desk, vendor, "UP", starts_at=at("04-03 09:00"), ends_at=at("04-03 14:00"))
    granted = grant(client, excuse, starts_at=at("04-03 12:00"))

    assert granted["is_partial"] is True
    assert numbers(shown(desk, "UP", "2025-04")) == ("42900", "43080")


def test_hours_over_midnight_are_of_both_months(desk, outage):
    client, vendor = outage
    grant(client, ask(desk, vendor, "UP", starts_at=at("03-31 23:00"), ends_at=at("04-02 01:00")))

    assert numbers(shown(desk, "UP", "2025-04")) == ("41400", "41700")


@pytest.mark.parametrize(
    ("label", "day", "first", "last", "minutes"),
    [("2025-03", "2025-03-30", "00:00", "04:00", 180), ("2025-10", "2025-10-26", "02:00", "03:00", 120)],
)
def test_hours_on_the_day_of_a_clock_change_are_as_long_as_they_were(desk, label, day, first, last, minutes):
    client, vendor = start(desk, SERVICE)
    whole = {"2025-03": 31 * 1440 - 60, "2025-10": 31 * 1440 + 60}[label]
    desk.at("2025-11-02")
    desk.send({"feed": "NET", "external_id": "O-1", "started_at": at("02-03 09:00"), "ended_at": at("02-03 14:00")})
    call_command("judge", stdout=StringIO())
    page = browser(vendor.user).post(
        f"/service-levels/{desk.level('UP')}/{label}/excuse",
        {"first_day": day, "last_day": day, "from_time": first, "until_time": last, "reason": "Clocks."},
    )
    assert page.status_code == 302, page.content.decode()
    grant(client, {"id": page["Location"].rsplit("/", 1)[1]})

    assert numbers(shown(desk, "UP", label)) == (str(whole - minutes), str(whole - minutes))


def test_a_time_that_the_clocks_skip_is_refused(desk):
    _client, vendor = start(desk, SERVICE)
    desk.at("2025-05-02")
    desk.send({"feed": "NET", "external_id": "O-1", "started_at": at("02-03 09:00"), "ended_at": at("02-03 14:00")})
    call_command("judge", stdout=StringIO())
    page = browser(vendor.user).post(
        f"/service-levels/{desk.level('UP')}/2025-03/excuse",
        {"first_day": "2025-03-30", "last_day": "2025-03-30", "from_time": "02:30", "reason": "Clocks."},
    )

    assert page.status_code == 422
    assert "clocks skip this time" in page.content.decode()


@pytest.mark.parametrize("schedule", ["daily", "monthly"])
def test_hours_of_longer_totals_are_stored_and_said_not_to_act(desk, schedule):
    client, vendor = start(desk, TOTALS.format(schedule=schedule))
    desk.at("2025-05-02")
    when = {"date": "2025-04-03"} if schedule == "daily" else {"period": "2025-04"}
    desk.send({"feed": "QA", **when, "numerator": 308, "denominator": 385})
    call_command("judge", stdout=StringIO())

    excuse = ask(desk, vendor, "ACCURACY", starts_at=at("04-03 09:00"), ends_at=at("04-03 14:00"))

    assert "hours of a day cannot be taken out" in desk.get(f"excuses/{excuse['id']}")["cannot"]
    assert "hours of a day cannot be taken out" in read(client.user, f"/excuses/{excuse['id']}")
    grant(client, excuse)
    assert numbers(shown(desk, "ACCURACY", "2025-04")) == ("308", "385")


def test_hours_take_single_events_of_totals_out(desk):
    client, vendor = start(desk, TOTALS.format(schedule="event"))
    desk.at("2025-05-02")
    for name, when in (("a", "04-03 09:30"), ("b", "04-03 14:00")):
        row = {"feed": "QA", "external_id": name, "occurred_at": at(when), "numerator": 3, "denominator": 4}
        desk.send(row)
    grant(client, ask(desk, vendor, "ACCURACY", starts_at=at("04-03 09:00"), ends_at=at("04-03 14:00")))

    assert numbers(shown(desk, "ACCURACY", "2025-04")) == ("3", "4")


RATE = """
feeds:
  - {{code: DESK, name: Complaints, kind: cases, schedule: event}}
  - {{code: SHOP, name: Orders, kind: counts, schedule: {schedule}}}
service_levels:
  - code: RATE
    name: Complaints for each order
    feed: DESK
    per: SHOP
    terms:
      metric: X-RATE
      measure: {{aggregation: count, of: cases}}
      per: {{scale: 1000}}
      direction: lower
      expected: 50
"""


@pytest.mark.parametrize(("schedule", "after"), [("event", ("2", "30")), ("daily", ("3", "70"))])
def test_hours_leave_both_feeds_of_a_rate_or_neither(desk, schedule, after):
    client, vendor = start(desk, RATE.format(schedule=schedule))
    desk.at("2025-05-02")
    for name, hour, orders in (("a", "08:30", 10), ("b", "09:30", 40), ("c", "15:30", 20)):
        when = {"external_id": name, "occurred_at": at(f"04-03 {hour}")}
        desk.send({"feed": "DESK", "external_id": name, "opened_at": at(f"04-03 {hour}")})
        if schedule == "event":
            desk.send({"feed": "SHOP", "numerator": orders, **when})
    if schedule == "daily":
        desk.send({"feed": "SHOP", "date": "2025-04-03", "numerator": 70})
    call_command("judge", stdout=StringIO())
    grant(client, ask(desk, vendor, "RATE", starts_at=at("04-03 09:00"), ends_at=at("04-03 12:00")))

    assert numbers(shown(desk, "RATE", "2025-04")) == after


def test_a_named_complaint_leaves_the_orders_as_they_are(desk):
    client, vendor = start(desk, RATE.format(schedule="daily"))
    desk.at("2025-05-02")
    desk.send(*({"feed": "DESK", "external_id": name, "opened_at": at("04-03 08:30")} for name in ("a", "b")))
    desk.send({"feed": "SHOP", "date": "2025-04-03", "numerator": 70})
    grant(client, ask(desk, vendor, "RATE", cases=["a"]))

    assert numbers(shown(desk, "RATE", "2025-04")) == ("1", "70")


def outage_of(name, start, end, **more):
    return {"feed": "NET", "external_id": name, "started_at": at(start), "ended_at": end and at(end), **more}


@pytest.fixture
def two_outages(desk, outage):
    """A second outage begins during the first one, O-1 from 09:00 to 14:00, and ends two hours after it."""
    desk.send(outage_of("O-2", "04-03 12:00", "04-03 16:00"))
    call_command("judge", stdout=StringIO())
    return outage


def test_a_named_outage_counts_as_down_no_longer(desk, two_outages):
    client, vendor = two_outages
    assert numbers(shown(desk, "UP", "2025-04")) == ("42780", "43200")
    excuse = ask(desk, vendor, "UP", cases=["O-1"])
    grant(client, excuse)

    verdict = shown(desk, "UP", "2025-04")
    assert numbers(verdict) == ("42780", "43020")
    assert f"1 outage left out by {excuse['id']}: O-1" in working(verdict)


def test_the_minutes_of_a_named_outage_count_as_up_where_the_terms_say_so(desk):
    client, vendor = start(desk, SERVICE + "      rules: {excuses: count_as_met}\n")
    desk.at("2025-05-02")
    desk.send(outage_of("O-1", "04-03 09:00", "04-03 14:00"), outage_of("O-2", "04-03 12:00", "04-03 16:00"))
    grant(client, ask(desk, vendor, "UP", cases=["O-1", "O-2"]), cases=["O-2"])

    assert numbers(shown(desk, "UP", "2025-04")) == ("42900", "43200")


def test_hours_and_a_named_outage_take_each_minute_out_once(desk, two_outages):
    client, vendor = two_outages
    grant(client, ask(desk, vendor, "UP", cases=["O-1"]))
    grant(client, ask(desk, vendor, "UP", starts_at=at("04-03 09:00"), ends_at=at("04-03 13:00")))

    assert numbers(shown(desk, "UP", "2025-04")) == ("42780", "42960")


def test_an_outage_over_the_end_of_a_month_is_taken_out_of_both(desk, outage):
    client, vendor = outage
    desk.send(outage_of("O-3", "03-31 23:00", "04-01 02:00"))
    call_command("judge", stdout=StringIO())
    excuse = ask(desk, vendor, "UP", cases=["O-3"])
    page = read(client.user, f"/excuses/{excuse['id']}")
    assert "2025-03" in page
    assert "2025-04" in page
    grant(client, excuse)

    assert numbers(shown(desk, "UP", "2025-03")) == (str(31 * 1440 - 120), str(31 * 1440 - 120))
    assert numbers(shown(desk, "UP", "2025-04")) == ("42780", "43080")


def test_a_planned_outage_that_does_not_count_as_down_takes_nothing_out(desk, outage):
    client, vendor = outage
    desk.send(outage_of("P-1", "04-03 13:00", "04-03 15:00", planned=True))
    call_command("judge", stdout=StringIO())
    before = numbers(shown(desk, "UP", "2025-04"))
    excuse = ask(desk, vendor, "UP", cases=["P-1"])

    assert "This changes nothing" in read(client.user, f"/excuses/{excuse['id']}")
    grant(client, excuse)
    assert numbers(shown(desk, "UP", "2025-04")) == before


def test_a_named_outage_leaves_the_minutes_of_downtime(desk):
    terms = "{aggregation: sum, of: minutes}\n      direction: lower\n      expected: 100"
    before = "{aggregation: availability, of: service}\n      direction: higher\n      expected: 99.5"
    client, vendor = start(desk, SERVICE.replace(before, terms))
    desk.at("2025-05-02")
    desk.send(outage_of("O-1", "04-03 09:00", "04-03 14:00"), outage_of("O-2", "04-03 12:00", "04-03 16:00"))
    call_command("judge", stdout=StringIO())
    given = {"first_day": "2025-04-01", "last_day": "2025-04-30", "cases": "O-1", "reason": "The provider's fault."}
    page = browser(vendor.user).post(f"/service-levels/{desk.level('UP')}/2025-04/excuse", given)
    assert page.status_code == 302, page.content.decode()
    grant(client, {"id": page["Location"].rsplit("/", 1)[1]})

    assert shown(desk, "UP", "2025-04")["value"] == "240"


def test_an_outage_without_an_end_is_taken_out_as_long_as_it_lasts(desk, outage):
    client, vendor = outage
    desk.send(outage_of("O-4", "04-30 12:00", None))
    call_command("judge", stdout=StringIO())
    grant(client, ask(desk, vendor, "UP", cases=["O-4"]))
    assert numbers(shown(desk, "UP", "2025-04")) == ("42180", "42480")

    desk.at("2025-06-02")
    desk.send(outage_of("O-4", "04-30 12:00", "05-02 12:00"))
    call_command("judge", stdout=StringIO())

    assert numbers(shown(desk, "UP", "2025-05")) == (str(31 * 1440 - 36 * 60), str(31 * 1440 - 36 * 60))
