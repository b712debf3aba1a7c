"""History before a contract's opening day is loaded in any order and drawn, and nothing follows from it."""

import json
import re
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client

from bpo.models import Membership, Organisation, User

MONTHLY = """
feeds: [{{code: QA, name: Evaluations, kind: counts, schedule: monthly}}]
service_levels:
  - code: ACCURACY
    name: Evaluations without error
    feed: QA
    terms:
      metric: X-ACC
      measure: {{aggregation: ratio, of: numerator}}
      direction: higher
      expected: 95
      minimum: 90
      period: {period}
      rules: {{missing: deemed{rules}}}
"""
RUNNING = ", repeats: [{rule: running, count: 3}]"
ROLLING = ", low_volume: {rule: rolling, periods: 3, min_cases: 150}"


def monthly(rules: str = "", period: str = "month") -> str:
    return MONTHLY.format(rules=rules, period=period)


def month(label: str, good: int, all_: int = 100, **more: object) -> dict[str, object]:
    return {"feed": "QA", "period": label, "numerator": good, "denominator": all_, **more}


def begin(desk, body: str, *, opening: str = "2025-07-01", loaded: str = "2025-06-20", more: str = "") -> None:
    """Load a contract that runs since 2023 and is judged from its opening day; the night follows at once."""
    desk.at(loaded)
    desk.load(body, starts_on="2023-01-01", more=f"judged_from: {opening}{more}")
    if "draft" not in more:
        call_command("night", "Europe/Berlin", stdout=StringIO())


def test_history_counts_in_whatever_order_it_comes(desk):
    begin(desk, monthly())
    desk.send(month("2024-11", 80))
    desk.night("2025-06-22")

    desk.send(month("2023-02", 97))
    desk.send(month("2024-11", 85, reason="two were counted twice"))
    desk.night("2025-06-24")

    verdicts = desk.verdicts("ACCURACY")
    found = {label: (row["status"], row["numerator"], row["is_final"]) for label, row in verdicts.items()}
    assert found == {"2024-11": ("breach", "85", False), "2023-02": ("met", "97", False)}


def test_history_opens_no_breach(desk):
    begin(desk, monthly())
    desk.send(month("2024-11", 50))

    desk.night("2025-06-22")

    assert (desk.verdict("ACCURACY", "2024-11")["status"], desk.get("breaches")["count"]) == ("breach", 0)


def test_months_of_history_that_never_came_are_no_breach(desk):
    begin(desk, monthly())
    desk.send(month("2024-11", 97))

    desk.night("2025-09-20")

    assert sorted(desk.verdicts("ACCURACY")) == ["2024-11", "2025-07", "2025-08"]
    assert sorted(breach["period"] for breach in desk.get("breaches")["results"]) == ["2025-07", "2025-08"]


def test_no_report_of_history_is_due(desk):
    begin(desk, monthly())

    desk.at("2025-08-20")

    assert [report["period"] for report in desk.get("due")["results"]] == ["2025-07"]


def test_no_page_calls_history_missing(desk):
    begin(desk, monthly())

    assert "No reports are due." in desk.page("/data")
    assert not re.search(r"[1-9]\d* reports? (missing|late)", desk.page("/"))


def test_a_mail_says_nothing_of_history(desk):
    begin(desk, monthly(period="quarter"), opening="2025-10-01")
    user = User.objects.create(email="manager@example.com", name="manager", zone="Europe/Berlin")
    Membership.objects.create(user=user, organisation=Organisation.objects.get(name="Nordhavn"), role="client_manager")
    desk.send(month("2024-11", 50), month("2025-04", 50), month("2025-05", 50))
    desk.night("2025-06-23")
    desk.at("2025-06-23", 8)

    call_command("send_digests", "--for", "2025-06-23", stdout=StringIO(), stderr=StringIO())

    texts = " ".join(message.body for message in mail.outbox)
    assert "Evaluations without error" not in texts


def test_a_year_that_begins_before_the_opening_day_threatens_nobody(desk):
    begin(desk, monthly(period="contract_year\n      anchor: 2025-01-01"), opening="2025-07-01")
    desk.send(month("2025-04", 50))
    desk.night("2025-06-24")

    assert desk.verdicts("ACCURACY")
    assert "Evaluations without error" not in desk.page("/service-levels?now=risk")


def test_a_draft_takes_its_history_and_nothing_else(desk):
    begin(desk, monthly(), more=", status: draft")

    desk.send(month("2025-03", 97))
    desk.at("2025-08-05")
    problem = desk.send(month("2025-07", 97), expect=(422,))
    call_command("judge", stdout=StringIO())

    assert sorted(desk.verdicts("ACCURACY")) == ["2025-03"]
    assert "contract_is_draft" in str(problem)


def test_a_file_brings_the_history_of_a_draft(desk):
    begin(desk, monthly(), more=", status: draft")

    sent = Client().post(
        "/api/v1/results",
        "feed,period,numerator,denominator\nQA,2024-12,97,100\nQA,2023-01,80,100\n",
        content_type="text/csv",
        headers=desk._headers,
    )
    call_command("judge", stdout=StringIO())

    assert sent.status_code == 201, sent.content
    assert sorted(desk.verdicts("ACCURACY")) == ["2023-01", "2024-12"]


def test_history_closes_with_the_first_period_that_is_judged(desk):
    begin(desk, monthly())
    desk.send(month("2024-11", 97))
    desk.night("2025-08-03")
    assert desk.verdict("ACCURACY", "2024-11")["is_final"] is False
    desk.send(month("2025-07", 97))

    desk.night("2025-08-05")

    call_command("verify_verdicts", stdout=StringIO())
    final = {label for label, row in desk.verdicts("ACCURACY").items() if row["is_final"]}
    assert final == {"2024-11", "2025-07"}


def test_a_row_for_closed_history_is_refused_and_the_refusal_says_until_when_it_was_taken(desk):
    begin(desk, monthly().replace("schedule: monthly", "schedule: daily"))
    desk.send({"feed": "QA", "date": "2024-11-05", "numerator": 9, "denominator": 10})
    desk.night("2025-08-05")

    problem = desk.send({"feed": "QA", "date": "2024-11-06", "numerator": 9, "denominator": 10}, expect=(409, 422))

    assert "History takes rows until the first period from" in json.dumps(problem)


def test_the_page_of_a_verdict_names_the_night_until_which_history_takes_rows(desk):
    begin(desk, monthly())
    desk.send(month("2024-11", 80))
    desk.night("2025-06-22")

    page = desk.page(f"/service-levels/{desk.level('ACCURACY')}/2024-11")

    assert "Breach, history" in page
    assert "takes rows until it is final · final in the night of" in page


def test_list_and_file_say_which_periods_are_history(desk):
    begin(desk, monthly())
    desk.send(month("2024-11", 80))
    desk.night("2025-06-22")

    address = f"/service-levels/{desk.level('ACCURACY')}"
    assert desk.verdict("ACCURACY", "2024-11").get("is_history") is True
    assert "Breach, history" in desk.page(address)
    assert "Breach, history" in desk.page(f"{address}?format=csv")


@pytest.mark.parametrize(("rule", "is_third"), [("", False), (", history: counts", True)])
def test_history_counts_for_repeats_as_the_terms_say(desk, rule, is_third):
    begin(desk, monthly(RUNNING + rule))
    desk.send(month("2025-05", 50), month("2025-04", 50))
    desk.at("2025-07-02")
    desk.send(month("2025-06", 50))
    desk.at("2025-08-02")
    desk.send(month("2025-07", 50))

    desk.night("2025-08-10")

    repeats = desk.verdict("ACCURACY", "2025-07")["working"]["facts"]["repeats"]
    assert any(repeat["reached"] for repeat in repeats) is is_third


@pytest.mark.parametrize(("rule", "judged"), [("", "50"), (", history: counts", "250")])
def test_history_joins_few_cases_as_the_terms_say(desk, rule, judged):
    begin(desk, monthly(ROLLING + rule))
    desk.send(month("2025-04", 97), month("2025-05", 97))
    desk.at("2025-07-02")
    desk.send(month("2025-06", 97))
    desk.at("2025-08-02")
    desk.send(month("2025-07", 48, 50))

    desk.night("2025-08-10")

    assert desk.verdict("ACCURACY", "2025-07")["denominator"] == judged


def test_the_opening_day_does_not_move_over_a_closed_period(desk):
    begin(desk, monthly())
    desk.at("2025-08-02")
    desk.send(month("2025-07", 97))
    desk.night("2025-08-10")

    with pytest.raises(AssertionError, match="2025-07 is closed and cannot become history"):
        begin_again(desk, "2025-09-01")


def test_the_opening_day_moves_before_anything_is_closed(desk):
    begin(desk, monthly())
    desk.send(month("2025-04", 50))

    begin_again(desk, "2025-09-01")
    desk.night("2025-09-20")

    assert sorted(desk.verdicts("ACCURACY")) == ["2025-04"]


def test_what_a_draft_took_is_history_of_the_contract_that_runs(desk):
    begin(desk, monthly(), more=", status: draft")
    desk.send(month("2025-03", 97), month("2024-11", 50))
    file = desk.folder / "active.yaml"
    text = (desk.folder / "terms.yaml").read_text(encoding="utf-8").replace("status: draft", "status: active")
    file.write_text(text.replace("effective_on: 2023-01-01", "effective_on: 2025-07-01"), encoding="utf-8")
    call_command("load_terms", str(file), stdout=StringIO())
    desk.night("2025-07-03")

    desk.send(month("2025-04", 97))
    desk.night("2025-08-03")

    found = {label: row["is_history"] for label, row in desk.verdicts("ACCURACY").items()}
    assert found == {"2024-11": True, "2025-03": True, "2025-04": True}
    assert desk.get("breaches")["count"] == 0


def test_a_week_that_belongs_to_history_is_not_due(desk):
    begin(desk, monthly().replace("schedule: monthly", "schedule: weekly"))

    desk.at("2025-07-16")

    assert [report["period"] for report in desk.get("due")["results"]] == ["2025-W28"]


def test_a_week_that_counts_after_the_opening_day_is_due(desk):
    begin(desk, monthly(", straddling: by_end").replace("schedule: monthly", "schedule: weekly"))

    desk.at("2025-07-16")

    assert [report["period"] for report in desk.get("due")["results"]] == ["2025-W27", "2025-W28"]


def test_history_stays_open_where_the_contract_is_loaded_long_after_its_opening_day(desk):
    begin(desk, monthly(), loaded="2025-11-20")
    desk.send(month("2024-11", 97))
    desk.night("2025-11-22")

    desk.send(month("2024-12", 80))
    desk.night("2025-11-24")
    final = {label for label, row in desk.verdicts("ACCURACY").items() if row["is_final"]}
    assert final == {"2025-07", "2025-08", "2025-09", "2025-10"}

    desk.night("2025-12-04")
    assert desk.verdict("ACCURACY", "2024-12")["is_final"] is True


def begin_again(desk, opening: str) -> None:
    """Load the contract once more, with another opening day, as an amendment of the first of August."""
    file = desk.folder / "again.yaml"
    text = (desk.folder / "terms.yaml").read_text(encoding="utf-8")
    text = text.replace("effective_on: 2023-01-01", "effective_on: 2025-08-01").replace(
        "judged_from: 2025-07-01", f"judged_from: {opening}"
    )
    file.write_text(text)
    try:
        call_command("load_terms", str(file), stdout=StringIO())
    except Exception as refusal:
        raise AssertionError(str(refusal)) from refusal
