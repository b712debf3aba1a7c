"""Excused days of a feed that totals weeks: a week is taken out only as a whole, also across the end of a month."""

import pytest

from tests.edges.test_parts_of_days import ask, grant, numbers, shown, start

WEEKS = """
feeds: [{{code: QA, name: Evaluations, kind: counts, schedule: weekly}}]
service_levels:
  - code: ACCURACY
    name: Evaluations without error
    feed: QA
    terms:
      metric: X-ACC
      measure: {{aggregation: ratio, of: numerator}}
      direction: higher
      expected: 75
      rules: {{straddling: {straddling}}}
"""


@pytest.mark.parametrize(
    ("straddling", "first_day", "last_day", "left"),
    [
        ("by_start", "2025-06-30", "2025-06-30", ("180", "200")),  # one day of the week of 30 June
        ("by_start", "2025-06-30", "2025-07-06", ("95", "100")),  # all of it
        ("by_day", "2025-06-30", "2025-06-30", ("107.142857", "114.285714")),
        ("by_day", "2025-06-30", "2025-07-06", ("95", "100")),
    ],
)
def test_a_week_across_the_end_of_a_month_is_excused_as_a_whole(desk, straddling, first_day, last_day, left):
    client, vendor = start(desk, WEEKS.format(straddling=straddling))
    desk.at("2025-07-08")
    for week, good in (("2025-W24", 95), ("2025-W27", 85)):
        desk.send({"feed": "QA", "period": week, "numerator": good, "denominator": 100})
    desk.night("2025-07-09")
    excuse = ask(desk, vendor, "ACCURACY", first_day=first_day, last_day=last_day)

    grant(client, excuse)

    assert numbers(shown(desk, "ACCURACY", "2025-06")) == left


@pytest.mark.parametrize("straddling", ["by_start", "by_day"])
@pytest.mark.parametrize("is_closed", [False, True])
def test_two_excuses_that_cover_a_week_together_judge_both_months_anew(desk, straddling, is_closed):
    client, vendor = start(desk, WEEKS.format(straddling=straddling))
    desk.at("2025-07-08")
    for week, good in (("2025-W24", 95), ("2025-W27", 85)):
        desk.send({"feed": "QA", "period": week, "numerator": good, "denominator": 100})
    desk.night("2025-08-20" if is_closed else "2025-07-09")
    first = ask(desk, vendor, "ACCURACY", first_day="2025-06-30", last_day="2025-06-30")
    second = ask(desk, vendor, "ACCURACY", first_day="2025-07-01", last_day="2025-07-06")

    grant(client, first)
    assert numbers(shown(desk, "ACCURACY", "2025-06")) != ("95", "100")
    page = desk.page(f"/excuses/{second['id']}")
    assert "only whole weeks can be excused" not in page
    grant(client, second)

    assert numbers(shown(desk, "ACCURACY", "2025-06")) == ("95", "100")
