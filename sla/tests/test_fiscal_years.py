"""On which days fiscal years of 52 or 53 weeks start and end."""

import csv
import re
from calendar import monthcalendar, monthrange
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.periods import DAY, FISCAL_PATTERNS, WEEK, Period, PeriodKind, PeriodRule, YearEnd

with (Path(__file__).parents[2] / "tests/data/retail_years.csv").open(encoding="utf-8") as file:
    RETAIL_YEARS = list(csv.DictReader(file))
# How many days before and after a month's last day a fiscal year may end.
REACH = {YearEnd.NEAREST: (3, 3), YearEnd.LAST: (6, 0)}
SATURDAY = 5


def year_of(rule: PeriodRule, name: int) -> list[Period]:
    return [rule.parse(f"F{name}-P{number:02}") for number in range(1, 13)]


def distance(end: date) -> int:
    """Days from the last day of the nearest month to `end`."""
    here = date(end.year, end.month, monthrange(end.year, end.month)[1])
    return min((end - here).days, (end - (end.replace(day=1) - DAY)).days, key=abs)


def is_right(anchor: date, year_end: YearEnd) -> bool:
    before, after = REACH[year_end]
    return -before <= distance(anchor - DAY) <= after


DATES = st.dates(date(2000, 1, 1), date(2040, 12, 31))


@st.composite
def rules(draw: st.DrawFn) -> PeriodRule:
    """A rule whose anchor is right: its eve lies as near to a month's end as the rule allows."""
    day, year_end = draw(DATES), draw(st.sampled_from(YearEnd))
    before, after = REACH[year_end]
    anchor = day.replace(day=1) + DAY * draw(st.integers(-before, after))
    return PeriodRule(draw(st.sampled_from([*FISCAL_PATTERNS])), anchor, year_end)


@pytest.mark.parametrize("anchor", [year["first_day"] for year in RETAIL_YEARS])
def test_every_retail_year_gives_all_the_others(anchor):
    rule = PeriodRule(PeriodKind.P454, date.fromisoformat(anchor))
    rule.check_anchor()

    for year in RETAIL_YEARS:
        periods = year_of(rule, int(year["year"]))
        first_day, last_day = periods[0].start.isoformat(), (periods[-1].end - DAY).isoformat()
        weeks = [(period.end - period.start) // WEEK for period in periods]
        assert (first_day, last_day, sum(weeks)) == (year["first_day"], year["last_day"], int(year["weeks"]))
        assert weeks == [4, 5, 4] * 3 + [4, 5, 4 + (sum(weeks) == 53)]


@pytest.mark.parametrize("month", [1, 2, 6, 8, 9, 12])
def test_years_end_on_the_last_saturday_of_a_month(month):
    ends = [date(year, month, max(week[SATURDAY] for week in monthcalendar(year, month))) for year in range(2007, 2032)]
    rule = PeriodRule(PeriodKind.P445, ends[0] + DAY, YearEnd.LAST)
    rule.check_anchor()

    starts = [p.start for p in rule.between(ends[0] + DAY, ends[-1] + DAY) if p.label.endswith("-P01")]

    assert starts == [end + DAY for end in ends[:-1]]


def test_years_to_the_last_saturday_of_september_are_those_of_a_published_example():
    # Apple Inc. states this rule in its annual reports, and these ends; 2017 and 2023 had 53 weeks.
    ends = ["2016-09-24", "2017-09-30", "2018-09-29", "2019-09-28", "2020-09-26", "2021-09-25", "2022-09-24",
            "2023-09-30", "2024-09-28"]  # fmt: skip
    rule = PeriodRule(PeriodKind.P544, date(2018, 9, 30), YearEnd.LAST)

    assert [str(year_of(rule, name)[-1].end - DAY) for name in range(2016, 2025)] == ends


@given(rules(), st.integers(1995, 2040))
def test_fiscal_years_follow_each_other_and_end_by_their_rule(rule, first):
    rule.check_anchor()
    years = [year_of(rule, name) for name in range(first, first + 10)]
    before, after = REACH[rule.year_end]

    assert rule.containing(rule.anchor).start == rule.anchor
    assert rule.containing(rule.anchor).label.endswith("-P01")
    assert all(one.end == other.start for one, other in pairwise(period for year in years for period in year))
    for year in years:
        assert (year[-1].end - year[0].start) / WEEK in (52, 53)
        assert year[-1].end.weekday() == rule.anchor.weekday()
        assert -before <= distance(year[-1].end - DAY) <= after


@given(DATES, st.sampled_from(YearEnd))
def test_an_anchor_is_refused_exactly_where_no_year_starts_and_the_right_days_are_named(anchor, year_end):
    try:
        PeriodRule(PeriodKind.P445, anchor, year_end).check_anchor()
    except ValueError as error:
        stated, *named = [date.fromisoformat(day) for day in re.findall(r"\d{4}-\d\d-\d\d", str(error))]
        assert stated == anchor
        assert not is_right(anchor, year_end)
        assert all(is_right(day, year_end) and day.weekday() == anchor.weekday() for day in named)
        assert named[0] < anchor < named[1] < named[0] + timedelta(days=43)
    else:
        assert is_right(anchor, year_end)


def test_the_refusal_of_an_anchor_is_a_sentence():
    sentence = "No fiscal year starts on 2018-02-04 by the rule 'last': 2018-01-28 or 2018-02-25 would be right."
    with pytest.raises(ValueError, match=re.escape(sentence)):
        PeriodRule(PeriodKind.P454, date(2018, 2, 4), YearEnd.LAST).check_anchor()
