"""Excuses of hours and of named cases."""

import json
from datetime import datetime
from io import StringIO

import pytest
from django.core.management import call_command

from tests.edges.conftest import ZONE
from tests.edges.test_whose_turn import browser, sign_in

TICKETS = """
feeds: [{{code: DESK, name: Tickets, kind: cases, schedule: event}}]
service_levels:
  - code: SOLVED
    name: Solved within four hours
    feed: DESK
    terms:
      metric: X-SOLVED
      measure: {{aggregation: share_within, of: resolved_within, threshold_seconds: 14400{more}}}
      direction: higher
      expected: 95
      minimum: 90
      rules: {{excuses: {excuses}}}
"""


def at(text):
    """An instant of Berlin in 2025, such as "04-03 09:30"."""
    return datetime.fromisoformat(f"2025-{text}").replace(tzinfo=ZONE).isoformat()


class Side:
    """A manager of one party, who talks to the API and reads pages."""

    def __init__(self, party, role):
        self.user = sign_in(party, role)

    def post(self, path, expect=(200, 201), **body):
        answer = browser(self.user).post(f"/api/v1/{path}", json.dumps(body), content_type="application/json")
        assert answer.status_code in expect, answer.content.decode()
        return answer.json()


def start(desk, body):
    desk.load(body)
    return Side("Nordhavn", "client_manager"), Side("Kestrel", "vendor_manager")


def numbers(verdict):
    return verdict["numerator"], verdict["denominator"]


def working(verdict, key="excused"):
    return next(line["text"] for line in verdict["working"]["lines"] if line["key"] == key)


def shown(desk, code, label):
    return desk.get(f"verdicts/{desk.level(code)}/{label}")


def ask(desk, vendor, code, **more):
    return vendor.post("excuses", service_level=desk.level(code), reason="The portal was down.", **more)


def grant(client, excuse, **more):
    answer = client.post(f"excuses/{excuse['id']}/decision", decision="grant", reason="Seen in the log.", **more)
    call_command("judge", stdout=StringIO())
    return answer


def ticket(name, opened, resolved):
    return {"feed": "DESK", "external_id": name, "opened_at": at(opened), "resolved_at": resolved and at(resolved)}


@pytest.fixture
def tickets(desk):
    """April: one ticket of each of three days in time, and two of the third of April late."""
    sides = start(desk, TICKETS.format(more="", excuses="both_sides"))
    desk.at("2025-05-02")
    desk.send(
        ticket("T-1", "04-01 09:00", "04-01 10:00"),
        ticket("T-2", "04-02 09:00", "04-02 10:00"),
        ticket("T-3", "04-03 08:59", "04-03 10:00"),
        ticket("T-4", "04-03 09:00", "04-03 20:00"),
        ticket("T-5", "04-03 13:59", "04-03 20:00"),
    )
    call_command("judge", stdout=StringIO())
    return sides


def test_named_cases_leave_numerator_and_denominator(desk, tickets):
    client, vendor = tickets
    excuse = ask(desk, vendor, "SOLVED", cases=["T-4", "T-5"])
    assert numbers(shown(desk, "SOLVED", "2025-04")) == ("3", "5")

    grant(client, excuse)

    verdict = shown(desk, "SOLVED", "2025-04")
    assert (*numbers(verdict), verdict["status"]) == ("3", "3", "met")
    assert f"2 cases left out by {excuse['id']}: T-4, T-5" in working(verdict)


def test_some_of_the_named_cases_are_granted(desk, tickets):
    client, vendor = tickets
    granted = grant(client, ask(desk, vendor, "SOLVED", cases=["T-4", "T-5"]), cases=["T-5"])

    assert (granted["is_partial"], granted["granted_cases"]) == (True, ["T-5"])
    assert numbers(shown(desk, "SOLVED", "2025-04")) == ("3", "4")


def test_ids_that_the_feed_does_not_know_are_refused_by_name(desk, tickets):
    _client, vendor = tickets
    problem = ask(desk, vendor, "SOLVED", cases=["T-4", "T-77", "T-88"], expect=(422,))

    assert problem["code"] == "wrong_excuse"
    assert "T-77, T-88" in problem["detail"]
    assert "T-4" not in problem["detail"]


def test_hours_take_the_cases_out_that_begin_in_them(desk, tickets):
    client, vendor = tickets
    excuse = ask(desk, vendor, "SOLVED", starts_at=at("04-03 09:00"), ends_at=at("04-03 13:59"))
    grant(client, excuse)

    verdict = shown(desk, "SOLVED", "2025-04")
    assert numbers(verdict) == ("3", "4")
    assert f"1 case left out by {excuse['id']}: Thu 3 Apr 2025, 09:00 – 13:59 (Europe/Berlin)" in working(verdict)


def test_hours_count_by_the_moment_that_attributes_cases(desk):
    client, vendor = start(desk, TICKETS.format(more=", attribution: resolved", excuses="both_sides"))
    desk.at("2025-05-02")
    desk.send(ticket("T-1", "04-03 09:00", "04-03 12:00"), ticket("T-2", "04-03 06:00", "04-03 11:00"))
    grant(client, ask(desk, vendor, "SOLVED", starts_at=at("04-03 10:00"), ends_at=at("04-03 11:30")))

    assert numbers(shown(desk, "SOLVED", "2025-04")) == ("1", "1")


def test_a_case_is_taken_out_once_by_days_hours_and_its_name(desk, tickets):
    client, vendor = tickets
    for names in (
        {"cases": ["T-3", "T-4"]},
        {"starts_at": at("04-03 08:00"), "ends_at": at("04-03 09:30")},
        {"first_day": "2025-04-03", "last_day": "2025-04-03"},
    ):
        grant(client, ask(desk, vendor, "SOLVED", **names))

    assert numbers(shown(desk, "SOLVED", "2025-04")) == ("2", "2")


@pytest.mark.parametrize(("excuses", "numerator"), [("count_as_met", "4"), ("void_period", "3")])
def test_named_cases_follow_the_terms(desk, excuses, numerator):
    client, vendor = start(desk, TICKETS.format(more="", excuses=excuses))
    desk.at("2025-05-02")
    desk.send(
        *(ticket(f"T-{day}", f"04-{day:02} 09:00", f"04-{day:02} 10:00") for day in (1, 2, 3)),
        ticket("T-4", "04-04 09:00", "04-04 20:00"),
    )
    grant(client, ask(desk, vendor, "SOLVED", cases=["T-4"]))

    verdict = shown(desk, "SOLVED", "2025-04")
    assert numbers(verdict) == (numerator, "4")
    assert verdict["status"] == {"count_as_met": "met", "void_period": "excused"}[excuses]


def test_a_closed_period_is_restated_by_a_named_case_and_verified(desk, tickets):
    client, vendor = tickets
    desk.night("2025-05-20")
    assert shown(desk, "SOLVED", "2025-04")["is_final"]
    desk.at("2025-05-22")
    excuse = ask(desk, vendor, "SOLVED", cases=["T-4", "T-5"])
    grant(client, excuse)
    desk.at("2025-05-24")

    verdict = shown(desk, "SOLVED", "2025-04")
    assert (*numbers(verdict), verdict["revision"], verdict["is_final"]) == ("3", "3", 2, True)
    call_command("verify_verdicts", stdout=StringIO())
    past = desk.get("verdicts", service_level=desk.level("SOLVED"), as_of="2025-05-21")["results"]
    assert [numbers(row) for row in past if row["period"]["label"] == "2025-04"] == [("3", "5")]


def test_an_open_case_that_is_excused_holds_no_period_open(desk):
    client, vendor = start(desk, TICKETS.format(more=", clock: business", excuses="both_sides"))
    desk.at("2025-04-30", 18)
    desk.send(ticket("T-1", "04-01 09:00", "04-01 10:00"), ticket("T-2", "04-30 17:50", None))
    grant(client, ask(desk, vendor, "SOLVED", cases=["T-2"]))
    desk.at("2025-05-01", 0)
    call_command("judge", stdout=StringIO())

    assert "open cases" not in working(shown(desk, "SOLVED", "2025-04"), "follows")
