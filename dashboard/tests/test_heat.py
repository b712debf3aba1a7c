"""The heat map: which period speaks for a month."""

from datetime import date, timedelta

import pytest

from contracts.models.service_levels import ServiceLevel
from dashboard.selectors.heat import MONTHS, heat_map, months_until
from metrics.models.verdicts import Verdict
from tests.builders import make_verdict

Status = Verdict.Status
TODAY = date(2025, 11, 5)


@pytest.fixture
def level(cast):
    return cast.levels["A-1/ACCURACY"]


def cells(level, cast, **options):
    levels = ServiceLevel.objects.filter(pk=level.pk)
    drawn = heat_map(
        levels, principal=cast.operator, today=TODAY, by_client=False, **({"only_problems": False} | options)
    )
    return [cell for _party, rows in drawn.groups for row in rows for cell in row.cells]


def test_the_running_month_comes_last():
    months = months_until(TODAY)

    assert len(months) == MONTHS
    assert (months[0].first, months[-1].first) == (date(2024, 11, 1), date(2025, 11, 1))
    assert [month.is_old for month in months].count(False) == 4


def test_every_month_has_its_cell(level, cast):
    make_verdict(level, date(2025, 10, 1), Status.BREACH)

    drawn = cells(level, cast)

    assert sum(cell.span for cell in drawn) == MONTHS
    assert drawn[-2].sign.glyph == "breach"
    assert drawn[-2].url == f"/service-levels/{level.public_id}/2025-10"
    assert drawn[0].sign is None


def week(level, monday: date, status: str) -> None:
    make_verdict(level, monday, status, ends_on=monday + timedelta(days=7), period_label=f"W{monday:%V}", days=[])


def test_of_several_weeks_in_a_month_the_worst_speaks(level, cast):
    week(level, date(2025, 10, 6), Status.MET)
    week(level, date(2025, 10, 13), Status.BREACH)
    week(level, date(2025, 10, 20), Status.MET)

    assert cells(level, cast)[-2].url.endswith("/W42")


def test_a_week_across_two_months_stands_where_its_middle_lies(level, cast):
    week(level, date(2025, 9, 29), Status.BREACH)

    assert cells(level, cast)[-2].sign.glyph == "breach"


def test_a_quarter_spans_its_months(level, cast):
    make_verdict(level, date(2025, 7, 1), Status.MET, ends_on=date(2025, 10, 1), period_label="2025-Q3")

    quarter = next(cell for cell in cells(level, cast) if cell.sign)

    assert quarter.span == 3
    # A phone leaves out July, and keeps August and September.
    assert quarter.parts == [(1, True), (2, False)]
    assert sum(cell.span for cell in cells(level, cast)) == MONTHS


def test_only_problems_of_the_last_four_months_are_shown_at_first(level, cast):
    make_verdict(level, date(2025, 3, 1), Status.BREACH)
    assert cells(level, cast, only_problems=True) == []

    make_verdict(level, date(2025, 9, 1), Status.NOT_REPORTED)
    assert cells(level, cast, only_problems=True) != []
