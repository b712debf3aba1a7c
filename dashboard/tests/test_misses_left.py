"""How many misses an open period has left, and the rate that the rest needs, on both pages."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from dashboard.selectors.misses_left import misses_left
from metrics.models.verdicts import Verdict
from tests.builders import make_history, make_standing, make_verdict
from tests.support.tampering import as_owner

pytestmark = pytest.mark.django_db
Status = Verdict.Status


@pytest.fixture
def level(cast):
    """At least 90 of 100, 95 expected; November is open."""
    found = cast.levels["A-1/ACCURACY"]
    make_history(found, Status.MET)
    return found


def november(level, good, total, *, day, status=Status.AT_RISK):
    judged_at = datetime(2025, 11, day, 2, tzinfo=UTC)
    verdict = make_verdict(level, date(2025, 11, 1), status, numerator=Decimal(good), denominator=Decimal(total),
                           cases=total, judged_at=judged_at)  # fmt: skip
    verdict.working["facts"]["pace"] = {"basis": "days", "volume": str(total * 30 // max(day - 1, 1))}
    with as_owner():
        verdict.save()
    make_standing(level)
    return verdict


def left(level, verdict):
    return misses_left(verdict, level.terms.get(), verdict.working["facts"].get("pace"))


def test_misses_are_left_of_those_that_the_volume_allows_at_this_rate(level):
    # Ten of thirty days are over: 1,500 cases to come of 500, of which a tenth may miss.
    found = left(level, november(level, 460, 500, day=11))

    assert found.text == "110 of 150"
    assert found.forecast == "if the period ends with 1,500, at the current rate"


def test_the_rest_must_be_as_good_as_is_said(level):
    # 1,350 of 1,500 must be good; 460 are, so 890 of the remaining 1,000.
    assert left(level, november(level, 460, 500, day=11)).needed == "89.0\xa0%"


def test_what_is_over_is_said_without_a_minus(level):
    assert left(level, november(level, 300, 500, day=11, status=Status.ALREADY_LOST)).text == "over by 50"


def test_where_less_is_better_the_numerator_misses(cast, level):
    level.terms.update(direction="lower", expected=Decimal(5), minimum=Decimal(8))

    assert left(level, november(level, 30, 500, day=11)).text == "90 of 120"


def test_the_rest_of_a_mean_has_a_mean_to_reach(level):
    level.terms.update(aggregation="mean", direction="lower", expected=2, minimum=None, unit="min")

    # 1,500 may take 3,000; 500 have taken 460.
    assert left(level, november(level, 460, 500, day=11)).text == "the rest ≤ 2.5\xa0min"


def test_a_mean_that_the_rest_cannot_bring_back_is_out_of_reach(level):
    level.terms.update(aggregation="mean", direction="lower", expected=2, minimum=None, unit="min")

    assert left(level, november(level, 3100, 500, day=11)).text == "out of reach"


def test_a_total_has_room_left(level):
    level.terms.update(aggregation="sum", direction="lower", expected=500, minimum=None)

    assert left(level, november(level, 460, 0, day=11)).text == "40 of 500"


def test_a_total_that_has_to_grow_says_what_is_to_come(level):
    level.terms.update(aggregation="sum", expected=500, minimum=450)

    assert left(level, november(level, 430, 0, day=11)).text == "20 to come"


def test_a_closed_period_has_no_misses_left(level):
    assert left(level, level.verdicts.get()) is None


def test_the_overview_and_the_levels_page_say_it(signed_in, level):
    november(level, 460, 500, day=11)
    browser = signed_in("acme-manager")

    assert "110 of 150" in browser.get("/").content.decode()
    page = browser.get(f"/service-levels/{level.public_id}").content.decode()
    assert "<strong>110 of 150</strong>" in page
    assert "At least 89.0\xa0% of the remaining cases must be good" in page
