"""What pages, mails and the API say: the right word for a limit, values half up, whole counts as whole numbers."""

import re
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command

from bpo.models import Membership, Organisation, Role, User

MONTHLY = """
feeds: [{code: QA, name: Evaluations, kind: counts, schedule: monthly}]
service_levels:
  - code: ACCURACY
    name: Evaluations
    feed: QA
    terms:
      metric: X-ACC
      measure: {aggregation: ratio, of: numerator}
"""
HIGHER = MONTHLY + "      direction: higher\n      expected: 95\n      minimum: 80\n"
LOWER = MONTHLY + "      direction: lower\n      expected: 3\n      minimum: 6\n"
OUTAGES = """
feeds: [{code: PORTAL, name: Portal, kind: downtime}]
service_levels:
  - code: UP
    name: Portal
    feed: PORTAL
    terms:
      metric: X-UP
      measure: {aggregation: count, of: outages}
      direction: lower
      expected: 2
"""


def outage(day: str) -> dict[str, str]:
    start, end = (f"{day}T{hour}:00:00+01:00" for hour in ("08", "09"))
    return {"feed": "PORTAL", "external_id": day, "started_at": start, "ended_at": end}


def judged(desk, terms: str, part: int, whole: int) -> str:
    """The text of the page of a closed month; its level stands at part of whole."""
    desk.load(terms)
    desk.at("2025-02-02")
    desk.send({"feed": "QA", "period": "2025-01", "numerator": part, "denominator": whole})
    desk.night("2025-02-20")
    return desk.page(f"/service-levels/{desk.level('ACCURACY')}/2025-01").replace("\u00a0", " ")


def test_where_lower_is_better_the_limit_is_a_maximum(desk):
    page = judged(desk, LOWER, 7, 100)

    assert "maximum ≤ 6" in page
    assert "minimum" not in page


def test_a_value_is_printed_half_up(desk):
    page = judged(desk, HIGHER, 1737, 2000)

    assert "86.9 %" in page
    assert desk.verdict("ACCURACY", "2025-01")["display"].replace("\u00a0", " ") == "86.9 %"


def test_what_is_counted_has_no_decimals(desk):
    desk.load(OUTAGES)
    desk.at("2025-01-25")
    desk.send(*(outage(day) for day in ("2025-01-10", "2025-01-13", "2025-01-17")))
    desk.night("2025-02-20")

    assert desk.verdict("UP", "2025-01")["display"].replace("\u00a0", " ") == "3 outages"


def test_one_outage_is_not_one_outages(desk):
    desk.load(OUTAGES)
    desk.at("2025-01-25")
    desk.send(outage("2025-01-10"))
    desk.night("2025-02-20")

    assert desk.verdict("UP", "2025-01")["display"].replace("\u00a0", " ") == "1 outage"


@pytest.mark.parametrize("zone", ["Asia/Manila", "Pacific/Auckland"])
def test_subject_and_text_of_a_mail_name_the_same_day(desk, zone):
    judged(desk, HIGHER, 50, 100)
    vendor = User.objects.create(email="far@example.com", name="Far", zone=zone)
    Membership.objects.create(
        user=vendor, organisation=Organisation.objects.get(name="Kestrel"), role=Role.VENDOR_MANAGER
    )
    desk.night("2025-02-21")
    call_command("send_digests", "--for", "2025-02-21", stdout=StringIO())

    (message,) = [message for message in mail.outbox if message.to == [vendor.email]]
    day = re.search(r"first due (\w+ \d+ \w+)", message.subject).group(1)
    assert re.search(r"Cause due (\w+ \d+ \w+)", message.body).group(1) == day


def test_evidence_that_is_overdue_stays_first_on_the_overview(desk):
    duties = (
        "security_duties: [{control: Penetration test, evidence: Report, frequency: yearly, next_due_on: 2025-03-31}]\n"
    )
    desk.load(HIGHER + duties)
    desk.at("2025-06-10")

    page = desk.page("/")

    assert "evidence due: Penetration test overdue" in page


def test_a_long_list_of_dates_says_how_many_there_are(desk):
    duties = "".join(
        f"  - {{control: Control {day}, evidence: Report, frequency: yearly, next_due_on: 2025-03-{day}}}\n"
        for day in range(10, 21)
    )
    desk.load(HIGHER + "security_duties:\n" + duties)
    desk.at("2025-03-01")

    assert "All 11 dates" in desk.page("/")


def test_a_final_verdict_does_not_say_when_it_becomes_final(desk):
    page = judged(desk, HIGHER, 96, 100)

    assert desk.verdict("ACCURACY", "2025-01")["is_final"]
    assert "final with the next night" not in page


def test_clearing_the_filters_keeps_the_tab(desk):
    desk.load(HIGHER)

    assert 'href="/breaches?tab=closed">Clear' in desk.page("/breaches?tab=closed&q=x", raw=True)


def test_a_contract_year_is_named_by_its_days(desk):
    desk.load(OUTAGES + "      period: contract_year\n      anchor: 2024-04-01\n", starts_on="2024-04-01")
    desk.at("2025-04-03")
    desk.send(outage("2024-06-10"))
    desk.night("2025-04-20")

    page = desk.page(f"/service-levels/{desk.level('UP')}")

    assert "year 1 Apr 2024 – 31 Mar 2025" in page
    assert "Y2024" not in page


def test_the_heat_map_knows_what_is_not_judged_yet(desk):
    desk.load(HIGHER, more="ends_on: 2025-07-01")
    desk.at("2025-05-20")

    page = desk.page("/?show=all")

    assert "Not judged yet" in page
    assert page.count("Not in force") == 8


def test_a_page_refuses_a_parameter_that_it_does_not_take(desk):
    desk.load(HIGHER)

    for path in ("/breaches?statsu=open", "/service-levels?vendr=x", "/contracts?state=active"):
        desk.page(path, expect=400)


def test_a_page_without_history_refuses_a_day_in_the_past(desk):
    desk.load(HIGHER)

    for path in ("/", "/breaches", "/service-levels", "/help"):
        desk.page(f"{path}?as_of=2025-01-15", expect=400)


def test_page_and_api_name_the_rules_of_terms(desk):
    desk.load(HIGHER + "      rules: {missing: deemed, part_periods: joined}\n")

    (terms,) = desk.get(f"service-levels/{desk.level('ACCURACY')}")["terms"]

    assert terms["rules"] == {"missing": "deemed", "part_periods": "joined"}
    page = desk.page(f"/service-levels/{desk.level('ACCURACY')}")
    assert "Rules: missing: deemed, part_periods: joined" in page
