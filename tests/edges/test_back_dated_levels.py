"""A service level that an amendment adds from the contract's start on."""

import pytest

FIRST = """
feeds: [{code: QA, name: Evaluations, kind: counts, schedule: monthly}]
service_levels:
  - code: ACCURACY
    name: Evaluations without error
    feed: QA
    terms: {metric: X-ACC, measure: {aggregation: ratio, of: numerator}, direction: higher, expected: 90}
"""
ADDED = (
    FIRST
    + """
  - code: EXCELLENCE
    name: Evaluations without error, as agreed in June
    feed: QA
    terms:
      metric: X-ACC
      measure: {aggregation: ratio, of: numerator}
      direction: higher
      expected: 97
      effective_on: 2025-01-01
"""
)


def month(label: str, good: int) -> dict[str, object]:
    return {"feed": "QA", "period": label, "numerator": good, "denominator": 100}


def reach_june(desk):
    """Four closed months, and a fifth whose report is not due yet."""
    desk.load(FIRST)
    desk.at("2025-05-02")
    for number, good in enumerate((96, 97, 98, 95), start=1):
        desk.send(month(f"2025-0{number}", good))
    desk.night("2025-05-10")
    desk.at("2025-06-02")
    desk.send(month("2025-05", 99))


def statuses(desk, code):
    return {label: (verdict["status"], verdict["is_final"]) for label, verdict in desk.verdicts(code).items()}


def test_closed_periods_are_judged_only_with_a_reason_and_listed_first(desk):
    reach_june(desk)

    with pytest.raises(AssertionError, match="To restate them, give --restate with a reason"):
        desk.load(ADDED, effective_on="2025-06-01")

    desk.levels = {}
    assert [level["code"] for level in desk.get("service-levels")["results"]] == ["ACCURACY"]


def test_past_periods_are_judged_by_the_added_level(desk):
    reach_june(desk)

    shown = desk.load(ADDED, effective_on="2025-06-01", restate="Agreed on 1 June from the start")

    desk.levels = {}
    assert "2025-01, which is over, for the first time: 96.0" in shown
    found = statuses(desk, "EXCELLENCE")
    assert {label: found[label] for label in sorted(found) if label < "2025-05"} == {
        "2025-01": ("breach", True),
        "2025-02": ("met", True),
        "2025-03": ("met", True),
        "2025-04": ("breach", True),
    }


def test_the_verdict_gives_the_reason(desk):
    reach_june(desk)
    desk.load(ADDED, effective_on="2025-06-01", restate="Agreed on 1 June from the start")
    desk.levels = {}

    lines = desk.get(f"verdicts/{desk.level('EXCELLENCE')}/2025-01")["working"]["lines"]

    assert any("final, restated: Agreed on 1 June from the start" in line["text"] for line in lines)


def test_the_running_period_closes_like_any_other(desk):
    reach_june(desk)
    desk.load(ADDED, effective_on="2025-06-01", restate="Agreed on 1 June from the start")
    desk.levels = {}

    desk.night("2025-06-10")

    assert statuses(desk, "EXCELLENCE").get("2025-05") == ("met", True)
    assert statuses(desk, "ACCURACY")["2025-01"] == ("met", True)


def test_the_same_file_again_changes_nothing(desk):
    reach_june(desk)
    shown = desk.load(ADDED, effective_on="2025-06-01", restate="Agreed on 1 June from the start")
    assert "for the first time" in shown

    assert "nothing to change" in desk.load(ADDED, effective_on="2025-06-01")
