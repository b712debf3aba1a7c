"""Previews of excuses, restatements and terms: what counts is compared, not what is printed."""

import re
from io import StringIO

import pytest
from django.core.management import call_command

from tests.edges.conftest import HEAD
from tests.edges.test_whose_turn import browser, read, sign_in

TERMS = """
feeds: [{{code: QA, name: Evaluations, kind: counts, schedule: {schedule}}}]
service_levels:
  - code: ACCURACY
    name: Evaluations without error
    feed: QA
    terms:
      metric: X-ACC
      measure: {{aggregation: ratio, of: numerator}}
      direction: higher
      expected: {expected}
      minimum: 70
      rules: {{excuses: both_sides}}
"""
LEFT = r"Misses left: ([0-9,]+) of ([0-9,]+)"


def load(desk, schedule="daily", expected=75):
    desk.load(TERMS.format(schedule=schedule, expected=expected))
    return sign_in("Nordhavn", "client_manager"), sign_in("Kestrel", "vendor_manager")


def ask(desk, vendor, first, last, label="2025-04"):
    """An excuse that is asked for on the page of a period; its page."""
    address = f"/service-levels/{desk.level('ACCURACY')}/{label}/excuse"
    answer = browser(vendor).post(address, {"first_day": first, "last_day": last, "reason": "Power cut."})
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


@pytest.fixture
def april(desk):
    """April with the same share on each of three days, still open."""
    client, vendor = load(desk)
    desk.at("2025-04-12")
    desk.send(*({"feed": "QA", "date": f"2025-04-{day:02}", "numerator": 308, "denominator": 385} for day in (2, 3, 7)))
    call_command("judge")
    return client, vendor


def test_an_excuse_that_takes_cases_out_is_not_said_to_change_nothing(desk, april):
    client, vendor = april
    page = read(client, ask(desk, vendor, "2025-04-03", "2025-04-03"))

    assert "924 of 1,155" in page
    assert "616 of 770" in page
    assert "change nothing" not in page


def test_an_excuse_shows_what_it_leaves_of_the_misses(desk, april):
    client, vendor = april
    page = read(client, ask(desk, vendor, "2025-04-03", "2025-04-03"))

    sides = [[int(number.replace(",", "")) for number in found] for found in re.findall(LEFT, page)]
    assert len(sides) == 2, "misses left before and after"
    before, after = sides
    assert (before[1] - before[0], after[1] - after[0]) == (231, 154)
    assert after[0] < before[0]


def test_the_api_says_what_an_excuse_counts_before_and_after(desk, april):
    _client, vendor = april
    excuse = ask(desk, vendor, "2025-04-07", "2025-04-07").removeprefix("/")

    (move,) = desk.get(excuse)["effect"]["verdicts"]
    assert [(side.get("numerator"), side.get("denominator")) for side in (move["before"], move["after"])] == [
        ("924", "1155"),
        ("616", "770"),
    ]


@pytest.mark.parametrize(("first", "last"), [("2025-04-10", "2025-04-12"), ("2025-04-01", "2025-04-03")])
def test_an_excuse_of_days_of_a_monthly_total_says_that_it_cannot_act(desk, first, last):
    client, vendor = load(desk, schedule="monthly")
    desk.at("2025-05-02")
    desk.send({"feed": "QA", "period": "2025-04", "numerator": 308, "denominator": 385})
    call_command("judge")

    page = read(client, ask(desk, vendor, first, last))

    assert "only whole months can be excused" in page
    assert "308 of 385" in page


def test_days_of_a_monthly_total_are_not_taken_out(desk):
    client, vendor = load(desk, schedule="monthly")
    desk.at("2025-05-02")
    desk.send({"feed": "QA", "period": "2025-04", "numerator": 308, "denominator": 385})
    call_command("judge")
    excuse = ask(desk, vendor, "2025-04-01", "2025-04-02")

    digest = re.search('name="digest" value="([^"]+)"', read(client, excuse))[1]
    days = {"first_day": "2025-04-01", "last_day": "2025-04-02"}
    browser(client).post(f"{excuse}/decide", {"decision": "grant", "reason": "Agreed.", "digest": digest, **days})
    call_command("judge")

    verdict, granted = desk.verdict("ACCURACY", "2025-04"), desk.get(excuse.removeprefix("/"))["decision"]
    assert (granted, verdict["status"], verdict["denominator"]) == ("granted", "met", "385")


def test_late_results_that_leave_the_share_alone_are_shown(desk, april):
    client, _vendor = april
    desk.night("2025-05-20")
    desk.send({"feed": "QA", "date": "2025-04-09", "numerator": 40, "denominator": 50, "reason": "Found late"})

    page = read(client, f"/service-levels/{desk.level('ACCURACY')}/2025-04/restate")

    assert "964 of 1,205" in page
    assert "no status would change" not in page.lower()


def test_terms_that_count_other_cases_say_so_where_the_share_is_the_same(desk):
    load(desk, schedule="monthly")
    desk.at("2025-05-02")
    desk.send(
        {"feed": "QA", "period": "2025-04", "split": "North", "numerator": 88, "denominator": 110},
        {"feed": "QA", "period": "2025-04", "split": "South", "numerator": 56, "denominator": 70},
    )
    desk.night("2025-05-20")
    file, shown = desk.folder / "amended.yaml", StringIO()
    head = HEAD.format(starts_on="2025-01-01", effective_on="2025-04-01", more="")
    body = TERMS.format(schedule="monthly", expected=75)
    narrowed = body.replace("direction:", "only: {split: [North]}\n      direction:")
    file.write_text(head + narrowed, encoding="utf-8")

    call_command("load_terms", str(file), "--dry-run", stdout=shown)

    assert "144 of 180" in shown.getvalue()
    assert "88 of 110" in shown.getvalue()


def test_an_excuse_that_leaves_no_value_says_why(desk):
    client, vendor = load(desk, "monthly")
    desk.at("2025-04-12")
    desk.send({"feed": "QA", "period": "2025-04", "numerator": 308, "denominator": 385})
    call_command("judge")

    page = read(client, ask(desk, vendor, "2025-04-01", "2025-04-30"))

    assert "nothing to compute: excuses cover the period" in page
