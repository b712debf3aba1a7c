"""Years of 52 or 53 weeks end on a weekday nearest to a month's end, or on the last one in the month."""

from datetime import date, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

DAY = timedelta(days=1)

FISCAL = """
feeds: [{{code: QA, name: Evaluations, kind: counts, schedule: daily}}]
service_levels:
  - code: ACCURACY
    name: Evaluations without error
    feed: QA
    terms:
      metric: X-ACC
      measure: {{aggregation: ratio, of: numerator}}
      period: {period}
      anchor: {anchor}
      direction: higher
      expected: 95
      rules: {{restatement_days: 60{rules}}}
"""


def fiscal(anchor: str, period: str = "p454", rules: str = "") -> str:
    return FISCAL.format(period=period, anchor=anchor, rules=rules)


def send_days(desk, first: date, last: date) -> None:
    """Send 100 evaluations for each day from the first to the last."""
    days = [first + number * DAY for number in range((last - first).days + 1)]
    desk.send(*({"feed": "QA", "date": str(day), "numerator": 97, "denominator": 100} for day in days))


def days_of(verdict: dict) -> tuple[str, str]:
    """The first and the last day of a verdict's period."""
    return verdict["period"]["starts_on"], str(date.fromisoformat(verdict["period"]["ends_on"]) - DAY)


@pytest.mark.parametrize(
    ("anchor", "year", "last_day", "weeks"),
    [
        ("2018-02-04", 2015, "2016-01-30", 52),
        ("2018-02-04", 2020, "2021-01-30", 52),
        ("2018-02-04", 2022, "2023-01-28", 52),
        ("2012-01-29", 2017, "2018-02-03", 53),
        ("2012-01-29", 2023, "2024-02-03", 53),
    ],
)
def test_a_retail_year_ends_on_its_saturday_with_its_53rd_week_in_its_last_period(desk, anchor, year, last_day, weeks):
    last, days = date.fromisoformat(last_day), 7 * (weeks - 48)
    desk.load(fiscal(anchor), starts_on=f"{year}-11-20")
    desk.at(str(last + 5 * DAY))
    send_days(desk, date(year, 11, 20), last + 4 * DAY)

    desk.night(str(last + 10 * DAY))

    verdict = desk.verdict("ACCURACY", f"F{year}-P12")
    assert days_of(verdict) == (str(last - (days - 1) * DAY), str(last))
    assert (float(verdict["denominator"]), verdict["is_final"]) == (100 * days, True)
    following = desk.verdict("ACCURACY", f"F{year + 1}-P01")
    assert (following["period"]["starts_on"], float(following["denominator"])) == (str(last + DAY), 400)


def test_a_year_to_the_last_saturday_of_a_month_is_as_long_as_the_terms_say(desk):
    # The years to the last Saturday of September 2017 and 2018 have 53 and 52 weeks.
    desk.load(fiscal("2018-09-30", "p445", ", year_end: last"), starts_on="2017-08-01")
    desk.at("2017-10-05")
    send_days(desk, date(2017, 8, 1), date(2017, 10, 4))

    desk.night("2017-10-10")

    assert days_of(desk.verdict("ACCURACY", "F2017-P12")) == ("2017-08-20", "2017-09-30")
    assert desk.verdict("ACCURACY", "F2018-P01")["period"]["starts_on"] == "2017-10-01"


@pytest.mark.parametrize(
    ("anchor", "rules", "right"),
    [
        ("2018-02-11", "", "by the rule 'nearest': 2018-02-04 or 2018-03-04 would be right"),
        ("2021-02-07", "", "by the rule 'nearest': 2021-01-31 or 2021-02-28 would be right"),
        ("2018-02-04", ", year_end: last", "by the rule 'last': 2018-01-28 or 2018-02-25 would be right"),
    ],
)
def test_an_anchor_on_which_no_year_starts_is_refused_with_the_right_days(desk, anchor, rules, right):
    with pytest.raises(AssertionError) as refusal:
        desk.load(fiscal(anchor, rules=rules), starts_on="2021-12-01")

    assert f"No fiscal year starts on {anchor} {right}" in str(refusal.value)


def test_the_page_of_a_period_shows_the_days_of_the_retail_year(desk):
    desk.load(fiscal("2018-02-04"), starts_on="2020-12-01")
    desk.at("2021-02-04")
    send_days(desk, date(2020, 12, 1), date(2021, 2, 3))
    desk.night("2021-02-10")
    reader = Client()
    reader.force_login(get_user_model().objects.create_superuser("reader@example.com", name="Reader"))

    page = reader.get(f"/service-levels/{desk.level('ACCURACY')}/F2020-P12").content.decode()

    assert "F2020-P12 (3 Jan – 30 Jan 2021)" in page
