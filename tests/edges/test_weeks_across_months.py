"""A weekly report whose days lie in two months: the terms say where it counts, and there it is owed."""

import pytest

WEEKLY = """
feeds: [{{code: QA, name: Evaluations, kind: counts, schedule: weekly}}]
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
      rules: {{missing: deemed{rules}}}
"""
JUNE = ("2025-W23", "2025-W24", "2025-W25", "2025-W26")
ACROSS = "2025-W27"  # 30 June to 6 July: one day in June, six in July.


def week(label: str, good: int, all_: int = 100) -> dict[str, object]:
    return {"feed": "QA", "period": label, "numerator": good, "denominator": all_}


def numbers(verdict: dict) -> tuple[float, float]:
    return float(verdict["numerator"]), float(verdict["denominator"])


def test_a_missing_week_is_owed_by_the_month_of_its_monday(desk):
    desk.load(WEEKLY.format(rules=""), starts_on="2025-06-01")
    desk.at("2025-07-07")
    desk.send(week("2025-W22", 97), *(week(label, 97) for label in JUNE))

    desk.night("2025-07-20")

    verdict = desk.verdict("ACCURACY", "2025-06")
    assert (verdict["status"], verdict["is_deemed"]) == ("breach", True)


def test_a_month_stays_open_until_the_week_across_its_end_is_due(desk):
    desk.load(WEEKLY.format(rules=""), starts_on="2025-06-01")
    desk.at("2025-07-04")
    desk.send(week("2025-W22", 97), *(week(label, 97) for label in JUNE))
    desk.night("2025-07-05")
    desk.at("2025-07-08")
    desk.send(week(ACROSS, 20))

    desk.night("2025-07-20")

    verdict = desk.verdict("ACCURACY", "2025-06")
    assert (numbers(verdict), verdict["is_final"]) == ((97 * 5 + 20, 600), True)


@pytest.mark.parametrize(
    ("rule", "june", "july"),
    [
        ("by_end", (97 * 5, 500), (20 + 90 * 3, 400)),
        ("by_day", (97 * 5 + 20 / 7, 500 + 100 / 7), (20 * 6 / 7 + 90 * 3 + 90 * 4 / 7, 300 + 600 / 7 + 400 / 7)),
    ],
)
def test_the_terms_say_where_a_week_across_two_months_counts(desk, rule, june, july):
    desk.load(WEEKLY.format(rules=f", straddling: {rule}"), starts_on="2025-06-01")
    desk.at("2025-08-05")
    desk.send(week("2025-W22", 97), *(week(label, 97) for label in JUNE), week(ACROSS, 20))
    desk.send(*(week(f"2025-W{number}", 90) for number in (28, 29, 30, 31)))

    desk.night("2025-08-20")

    assert numbers(desk.verdict("ACCURACY", "2025-06")) == pytest.approx(june, abs=1e-5)
    assert numbers(desk.verdict("ACCURACY", "2025-07")) == pytest.approx(july, abs=1e-5)


def test_by_its_end_a_missing_week_is_owed_by_the_later_month(desk):
    desk.load(WEEKLY.format(rules=", straddling: by_end"), starts_on="2025-06-01")
    desk.at("2025-08-05")
    desk.send(week("2025-W22", 97), *(week(label, 97) for label in JUNE))
    desk.send(*(week(f"2025-W{number}", 97) for number in (28, 29, 30)))

    desk.night("2025-08-20")

    found = desk.verdicts("ACCURACY")
    assert (found["2025-06"]["status"], found["2025-07"]["status"]) == ("met", "breach")


@pytest.mark.parametrize("period", ["period: week_sunday", "period: p454\n      anchor: 2025-02-02"])
def test_weeks_from_monday_are_refused_for_periods_that_begin_on_sundays(desk, period):
    with pytest.raises(AssertionError, match="begins inside of such a week"):
        desk.load(WEEKLY.format(rules="").replace("direction: higher", f"{period}\n      direction: higher"))
