"""Splits that the terms name are each owed."""

SPLIT = """
feeds: [{code: QA, name: Evaluations, kind: counts, schedule: monthly}]
service_levels:
  - code: ACCURACY
    name: Evaluations without error
    feed: QA
    terms:
      metric: X-ACC
      measure: {aggregation: ratio, of: numerator}
      only: {split: [North, South]}
      direction: higher
      expected: 95
      minimum: 90
"""


def month(label: str, split: str, good: int, all_: int) -> dict[str, object]:
    return {"feed": "QA", "period": label, "split": split, "numerator": good, "denominator": all_}


def test_a_period_with_a_missing_split_is_not_reported_with_its_value_so_far(desk):
    desk.load(SPLIT)
    desk.at("2025-02-02")
    desk.send(month("2025-01", "North", 96, 100))

    desk.night("2025-02-10")

    verdict = desk.verdict("ACCURACY", "2025-01")
    assert (verdict["status"], verdict["is_final"], verdict["numerator"]) == ("not_reported", True, "96")


def test_a_missing_split_is_deemed_a_breach_where_the_terms_say_so(desk):
    desk.load(SPLIT + "      rules: {missing: deemed}\n")
    desk.at("2025-02-02")
    desk.send(month("2025-01", "South", 96, 100), month("2025-01", "West", 96, 100))

    desk.night("2025-02-10")

    assert desk.verdict("ACCURACY", "2025-01")["is_deemed"] is True


def test_each_month_of_a_quarter_needs_every_split(desk):
    desk.load(SPLIT.replace("      direction:", "      period: quarter\n      direction:"))
    desk.at("2025-04-02")
    desk.send(*(month(label, "North", 96, 100) for label in ("2025-01", "2025-02", "2025-03")))
    desk.send(*(month(label, "South", 96, 100) for label in ("2025-01", "2025-03")))

    desk.night("2025-04-20")

    assert desk.verdict("ACCURACY", "2025-Q1")["status"] == "not_reported"


def test_the_due_list_names_the_split_that_is_missing(desk):
    desk.load(SPLIT)
    desk.at("2025-02-03")
    desk.send(month("2025-01", "North", 96, 100))

    january = [report["row"].get("split") for report in desk.get("due")["results"] if report["period"] == "2025-01"]
    assert january == ["South"]
