"""How real data is moved towards today."""

from datetime import date, timedelta

import pytest

from demo.sources.calls import LAST_DAY, call_results
from demo.sources.forms import MONTHS, form_results, forms
from demo.sources.shifts import month_after, months_until, weeks_until


@pytest.mark.parametrize("number", range(7))
def test_the_last_day_becomes_the_latest_one_of_its_weekday_that_is_over(number: int) -> None:
    today = date(2026, 6, 15) + timedelta(days=number)
    last = LAST_DAY + weeks_until(LAST_DAY, before=today)

    assert last.weekday() == LAST_DAY.weekday()
    assert timedelta(0) < today - last <= timedelta(days=7)


@pytest.mark.parametrize("today", [date(2026, 6, 1), date(2026, 6, 30), date(2027, 1, 1)])
def test_the_last_month_becomes_the_last_one_that_is_over(today: date) -> None:
    assert month_after(month_after(MONTHS[-1], months_until(MONTHS[-1], before=today))) == today.replace(day=1)


def test_a_call_keeps_its_local_hour_when_clocks_have_changed() -> None:
    there = next(call_results(moved=timedelta(days=150)))

    assert next(call_results())["occurred_at"] == "1999-02-01T07:02:47+02:00"
    assert there["occurred_at"] == "1999-07-01T07:02:47+03:00"


def test_a_figure_that_a_form_leaves_out_is_not_sent() -> None:
    form = next(form for form in forms() if form.figure("B01") is None and form.figure("A03"))

    assert "answered within 60 s" not in [row.get("split") for row in form_results(form)]
