"""After the end of a contract or a feed nothing is owed, judged or counted; a contract that renews has no end."""

import pytest

MONTHLY = """
feeds: [{{code: QA, name: Evaluations, kind: counts, schedule: monthly{feed}}}]
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
{terms}
"""
DEEMED = "rules: {missing: deemed}"
RUNNING = "rules: {repeats: [{rule: running, count: 3}], missing: deemed}"
ROLLING = "rules: {low_volume: {rule: rolling, periods: 3, min_cases: 10}, missing: deemed}"
CARRIED = "rules: {low_volume: {rule: carry_over, min_cases: 100}, missing: deemed}"


def monthly(terms: str = DEEMED, feed: str = "") -> str:
    return MONTHLY.format(terms="      " + terms, feed=feed)


def month(label: str, good: int, all_: int, **more: object) -> dict[str, object]:
    return {"feed": "QA", "period": label, "numerator": good, "denominator": all_, **more}


@pytest.mark.parametrize("terms", [RUNNING, ROLLING, CARRIED])
def test_no_period_after_the_contract_is_judged_by_rules_that_look_back(desk, terms):
    desk.load(monthly(terms), more="ends_on: 2025-04-01")
    desk.at("2025-04-03")
    desk.send(*(month(f"2025-0{number}", 50, 100) for number in (1, 2, 3)))

    desk.night("2025-09-10")

    assert sorted(desk.verdicts("ACCURACY")) == ["2025-01", "2025-02", "2025-03"]


@pytest.mark.parametrize("terms", [RUNNING, ROLLING, CARRIED])
def test_no_period_after_the_feed_is_judged_by_rules_that_look_back(desk, terms):
    desk.load(monthly(terms, feed=", ends_on: 2025-03-01"))
    desk.at("2025-03-03")
    desk.send(month("2025-01", 50, 100), month("2025-02", 50, 100))

    desk.night("2025-07-10")

    assert sorted(desk.verdicts("ACCURACY")) == ["2025-01", "2025-02"]


def test_the_quarter_in_which_a_contract_ends_waits_for_no_month_after_it(desk):
    desk.load(monthly("period: quarter\n      " + DEEMED), more="ends_on: 2025-06-01")
    desk.at("2025-06-02")
    desk.send(month("2025-04", 96, 100), month("2025-05", 98, 100))

    desk.night("2025-08-20")

    verdict = desk.verdict("ACCURACY", "2025-Q2")
    assert (verdict["status"], verdict["is_final"]) == ("met", True)


def test_a_contract_that_renews_by_itself_takes_results_after_its_first_term(desk):
    desk.load(
        monthly(), more="ends_on: 2026-01-01, renewal: {kind: automatic, months: 12}, notice: {length: 3, unit: months}"
    )
    desk.at("2026-03-02")

    desk.send(month("2026-02", 96, 100))
    desk.night("2026-03-10")

    assert desk.verdict("ACCURACY", "2026-02")["status"] == "met"


def test_a_contract_that_renews_by_itself_owes_its_reports(desk):
    desk.load(
        monthly(), more="ends_on: 2026-01-01, renewal: {kind: automatic, months: 12}, notice: {length: 3, unit: months}"
    )
    desk.at("2026-03-12")

    assert {"2026-01", "2026-02"} <= {report["period"] for report in desk.get("due")["results"]}


def test_a_missing_report_of_a_renewed_contract_is_deemed_a_breach(desk):
    desk.load(
        monthly(), more="ends_on: 2025-07-01, renewal: {kind: automatic, months: 6}, notice: {length: 30, unit: days}"
    )

    desk.night("2025-10-20")

    assert desk.verdict("ACCURACY", "2025-09")["status"] == "breach"


def test_a_contract_to_which_notice_was_given_takes_no_results_after_its_term(desk):
    desk.load(
        monthly(),
        more="ends_on: 2026-01-01, renewal: {kind: automatic, months: 12}, "
        "notice: {length: 3, unit: months, given_on: 2025-09-30}",
    )
    desk.at("2026-03-02")

    problem = desk.send(month("2026-02", 96, 100), expect=(422,))

    assert "outside_contract" in str(problem)
