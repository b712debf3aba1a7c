"""An excuse of several service levels: asked once, shown and decided together, or each decided by itself."""

import re
from io import StringIO

import pytest
from django.core.management import call_command

from tests.edges.test_parts_of_days import at, numbers, shown, start
from tests.edges.test_whose_turn import browser, read

CALLS = """
feeds: [{code: VOICE, name: Calls, kind: contacts, schedule: event}]
service_levels:
  - code: SL80
    name: Answered within 20 s
    feed: VOICE
    terms:
      metric: X-SL
      measure: {aggregation: share_within, of: answered_in_time, threshold_seconds: 20, variant: answered}
      direction: higher
      expected: 80
  - code: ABAND
    name: Abandoned
    feed: VOICE
    terms:
      metric: X-AB
      measure: {aggregation: ratio, of: abandoned}
      direction: lower
      expected: 5
"""


def call(name, when, wait=5, outcome="answered"):
    return {"feed": "VOICE", "external_id": name, "occurred_at": at(when), "outcome": outcome, "wait_seconds": wait}


@pytest.fixture
def calls(desk):
    """April: five calls, of which two on the third of April waited long, and one was abandoned."""
    sides = start(desk, CALLS)
    desk.at("2025-05-02")
    desk.send(
        call("c-1", "04-01 09:00"),
        call("c-2", "04-02 09:00"),
        call("c-3", "04-03 09:30", wait=90),
        call("c-4", "04-03 10:30", wait=60),
        call("c-5", "04-03 10:40", wait=45, outcome="abandoned"),
    )
    call_command("judge", stdout=StringIO())
    return sides


HOURS = {"starts_at": at("04-03 09:00"), "ends_at": at("04-03 12:00")}


def ask_both(desk, vendor, **more):
    levels = [desk.level("SL80"), desk.level("ABAND")]
    return vendor.post("excuse-groups", service_levels=levels, reason="Fire alarm.", **(HOURS | more))


def test_one_request_asks_for_several_service_levels_once(desk, calls):
    _client, vendor = calls
    first, second = ask_both(desk, vendor), ask_both(desk, vendor)

    assert first["id"] == second["id"]
    assert [excuse["group"] for excuse in first["excuses"]] == [first["id"]] * 2
    assert desk.get("excuses", group=first["id"])["count"] == 2
    assert desk.get("excuses")["count"] == 2


def test_a_group_is_shown_and_granted_together(desk, calls):
    client, vendor = calls
    group = ask_both(desk, vendor)
    page = read(client.user, f"/excuse-groups/{group['id']}")
    assert "Answered within 20 s" in page
    assert "Abandoned" in page
    assert [move["after"]["denominator"] for excuse in group["excuses"] for move in excuse["effect"]["verdicts"]] == [
        "2", "2",
    ]  # fmt: skip

    digest = re.search('name="digest" value="([^"]+)"', page)[1]
    answer = browser(client.user).post(
        f"/excuse-groups/{group['id']}/decide", {"decision": "grant", "reason": "Agreed.", "digest": digest}
    )
    call_command("judge", stdout=StringIO())

    assert answer.status_code == 302
    assert numbers(shown(desk, "SL80", "2025-04")) == ("2", "2")
    assert numbers(shown(desk, "ABAND", "2025-04")) == ("0", "2")


def test_a_part_of_a_group_is_granted(desk, calls):
    client, vendor = calls
    group = ask_both(desk, vendor)
    part = {"decision": "grant", "reason": "Only after ten.", "starts_at": at("04-03 10:00")}
    client.post(f"excuse-groups/{group['id']}/decision", **part)
    call_command("judge", stdout=StringIO())

    assert numbers(shown(desk, "SL80", "2025-04")) == ("2", "3")
    assert numbers(shown(desk, "ABAND", "2025-04")) == ("0", "3")


def test_one_excuse_of_a_group_is_decided_by_itself(desk, calls):
    client, vendor = calls
    group = ask_both(desk, vendor)
    alone = next(each for each in group["excuses"] if each["service_level"] == desk.level("ABAND"))
    client.post(f"excuses/{alone['id']}/decision", decision="refuse", reason="No effect on it.")
    client.post(f"excuse-groups/{group['id']}/decision", decision="grant", reason="Agreed.")
    call_command("judge", stdout=StringIO())

    decisions = {each["service_level"]: each["decision"] for each in desk.get("excuses")["results"]}
    assert decisions == {desk.level("SL80"): "granted", desk.level("ABAND"): "refused"}
    assert numbers(shown(desk, "ABAND", "2025-04")) == ("1", "5")


def test_the_vendors_page_asks_for_several_levels_and_names_them_once(desk, calls):
    _client, vendor = calls
    address = f"/service-levels/{desk.level('SL80')}/2025-04/excuse"
    days = {"first_day": "2025-04-03", "last_day": "2025-04-03", "from_time": "09:00", "until_time": "12:00"}
    body = {**days, "reason": "Fire alarm.", "levels": [desk.level("ABAND")]}
    answers = [browser(vendor.user).post(address, body) for _ in range(2)]

    assert answers[0].status_code == 302, answers[0].content.decode()
    assert answers[0]["Location"] == answers[1]["Location"]
    assert desk.get("excuses")["count"] == 2
    assert {each["starts_at"] for each in desk.get("excuses")["results"]} == {"2025-04-03T07:00:00Z"}
