"""Feeds whose report is owed once a quarter or once a year."""

import pytest

SURVEY = """
feeds: [{{code: CSAT, name: Survey, kind: counts, schedule: {schedule}, due: {{length: 10}}}}]
service_levels:
  - code: SATISFIED
    name: Satisfied customers
    feed: CSAT
    terms:
      metric: X-CSAT
      measure: {{aggregation: ratio, of: numerator}}
      period: {period}
      direction: higher
      expected: 85
      minimum: 80
"""
QUARTERS = SURVEY.format(schedule="quarterly", period="quarter")
YEARS = SURVEY.format(schedule="yearly", period="contract_year\n      anchor: 2025-03-01")


def total(period: str, good: int, all_: int) -> dict[str, object]:
    return {"feed": "CSAT", "period": period, "numerator": good, "denominator": all_}


def owed(desk):
    return [(report["period"], report["due_on"], report["state"]) for report in desk.get("due")["results"]]


def test_a_quarterly_report_is_due_after_its_quarter(desk):
    desk.load(QUARTERS)

    desk.at("2025-04-05")

    assert owed(desk) == [("2025-Q1", "2025-04-10", "due")]


def test_a_quarterly_report_is_judged_in_its_quarter(desk):
    desk.load(QUARTERS)
    desk.at("2025-04-05")
    desk.send(total("2025-Q1", 430, 500))

    desk.night("2025-04-12")

    verdict = desk.verdict("SATISFIED", "2025-Q1")
    assert (verdict["status"], verdict["numerator"], verdict["is_final"]) == ("met", "430", True)
    assert owed(desk) == []


def test_a_quarterly_report_that_never_came_is_not_reported(desk):
    desk.load(QUARTERS)

    desk.night("2025-04-12")

    assert desk.verdict("SATISFIED", "2025-Q1")["status"] == "not_reported"


def test_a_year_of_quarters_needs_each_of_them(desk):
    desk.load(SURVEY.format(schedule="quarterly", period="contract_year\n      anchor: 2025-01-01"))
    desk.at("2026-01-05")
    desk.send(*(total(f"2025-Q{number}", 90, 100) for number in (1, 2, 4)))

    desk.night("2026-01-12")

    verdict = desk.verdict("SATISFIED", "Y2025-01-01")
    assert (verdict["status"], verdict["numerator"]) == ("not_reported", "270")


def test_a_yearly_report_covers_the_years_of_the_contract(desk):
    desk.load(YEARS, starts_on="2025-03-01")
    desk.at("2026-03-05")
    assert owed(desk) == [("Y2025-03-01", "2026-03-10", "due")]
    desk.send(total("2025", 880, 1000))

    desk.night("2026-03-12")

    verdict = desk.verdict("SATISFIED", "Y2025-03-01")
    assert (verdict["status"], verdict["numerator"], verdict["is_final"]) == ("met", "880", True)


def test_a_yearly_report_may_be_named_by_its_first_day(desk):
    desk.load(YEARS, starts_on="2025-03-01")
    desk.at("2026-03-05")
    desk.send(total("2025", 880, 1000))

    receipt = desk.send(total("Y2025-03-01", 880, 1000))

    assert receipt["rows"]["unchanged"] == 1


def test_the_years_of_a_feed_may_be_calendar_years(desk):
    text = YEARS.replace("schedule: yearly", "schedule: yearly, anchor: 2025-01-01").replace("2025-03-01", "2025-01-01")
    desk.load(text, starts_on="2025-03-01")
    desk.at("2026-01-05")
    assert owed(desk) == [("Y2025-01-01", "2026-01-10", "due")]
    desk.send(total("2025", 880, 1000))

    desk.night("2026-01-12")

    assert desk.verdict("SATISFIED", "Y2025-01-01")["numerator"] == "880"


@pytest.mark.parametrize("period", ["2025-13", "2025", "2025-Q5", "Q1"])
def test_a_row_that_names_no_quarter_is_refused(desk, period):
    desk.load(QUARTERS)
    desk.at("2025-04-05")

    problem = desk.send(total(period, 1, 1), expect=(422,))

    assert "A quarter looks like 2025-Q4." in problem["errors"][0]["detail"]


@pytest.mark.parametrize(("schedule", "period"), [("quarterly", "month"), ("yearly", "quarter")])
def test_a_period_shorter_than_the_report_is_refused(desk, schedule, period):
    with pytest.raises(AssertionError, match=f"reports {schedule}, so it cannot be judged by periods of kind"):
        desk.load(SURVEY.format(schedule=schedule, period=period))


def test_years_that_begin_on_another_day_than_the_reports_are_refused(desk):
    with pytest.raises(AssertionError, match="reports years from 2025-01-01"):
        desk.load(YEARS)


def test_the_data_page_shows_quarterly_and_yearly_feeds(desk):
    desk.load(QUARTERS)
    desk.at("2025-04-15")

    text = desk.page("/data")

    assert "Quarterly" in text
    assert "Q1 2025" in text


def test_the_form_takes_the_total_of_a_quarter(desk):
    desk.load(QUARTERS)
    desk.at("2025-04-05")

    text = desk.page("/enter", side="vendor")
    assert "Survey, Q1 2025" in text
