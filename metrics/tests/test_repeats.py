"""Clauses on failing again, as verdicts tell them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from metrics.models.results import CountResult
from metrics.models.verdicts import DirtyCell, Verdict
from metrics.services.judging import judge_all
from metrics.services.work_queue import enqueue
from metrics.tests.worlds import cells_on, month, receive
from tests.support.tampering import as_owner

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 6, 20, 9, tzinfo=UTC)
JANUARY, FEBRUARY, MARCH, APRIL = (date(2025, number, 1) for number in range(1, 5))
THREE_IN_THREE = {"repeats": [{"rule": "in_window", "count": 3, "window": 3, "clause": "§14.2"}]}


@pytest.fixture
def level(cast):
    return cast.level(cast.feeds["A-1/QUALITY"], "REPEATED", rules=THREE_IN_THREE)


def report(level, *numerators):
    rows = [month(date(2025, number, 1), value, 100) for number, value in enumerate(numerators, start=1)]
    receive(level.feed, rows, at=NOW)
    judge_all(now=NOW)


def change(level, first, numerator):
    with as_owner():
        CountResult.objects.filter(feed=level.feed, starts_on=first).update(numerator=Decimal(numerator))
    enqueue(list(cells_on(level.feed, [first]).values()), now=NOW)
    judge_all(now=NOW)


def follows(level, label):
    verdict = Verdict.objects.current().get(service_level=level, period_label=label)
    return verdict.working["lines"][5]["text"].replace("\u00a0", " ")


def reached(level, label):
    verdict = Verdict.objects.current().get(service_level=level, period_label=label)
    return [repeat["reached"] for repeat in verdict.working["facts"]["repeats"]]


def test_the_second_of_three_says_until_when_a_third_would_count(level):
    report(level, 80, 80)

    assert "2nd breach in 3 months · a 3rd by Mon 31 Mar 2025 → §14.2" in follows(level, "2025-02")


def test_the_third_names_the_clause(level):
    report(level, 80, 80, 80)

    assert "3rd breach in 3 months → §14.2" in follows(level, "2025-03")
    assert reached(level, "2025-03") == [True]


def test_a_breach_too_long_ago_does_not_count(level):
    report(level, 80, 96, 96, 80)

    assert "1st breach in 3 months" in follows(level, "2025-04")


def test_a_met_period_says_nothing_of_repeats(level):
    report(level, 80, 96)

    assert reached(level, "2025-02") == []


def test_later_periods_that_look_back_are_judged_anew_when_an_earlier_one_changes(level):
    report(level, 80, 96, 80)
    change(level, FEBRUARY, 80)

    assert "3rd breach in 3 months → §14.2" in follows(level, "2025-03")
    assert not DirtyCell.objects.exists()


def test_a_verdict_whose_repeats_stay_gets_no_new_revision(level):
    report(level, 80, 80, 80)
    change(level, JANUARY, 81)

    assert Verdict.objects.current().get(service_level=level, period_label="2025-03").revision == 1


def test_twice_running_passes_over_periods_without_volume(cast):
    rules = {"repeats": [{"rule": "running", "count": 2}]}
    level = cast.level(cast.feeds["A-1/QUALITY"], "RUNNING", rules=rules)
    receive(level.feed, [month(JANUARY, 80, 100), month(FEBRUARY, 0, 0), month(MARCH, 80, 100)], at=NOW)
    judge_all(now=NOW)

    assert "2nd breach running → the clause on repeated failure" in follows(level, "2025-03")


def test_an_average_over_three_months_is_held_against_its_own_limit(cast):
    rules = {"repeats": [{"rule": "average", "window": 3, "limit": "97", "clause": "§15"}]}
    level = cast.level(cast.feeds["A-1/QUALITY"], "AVERAGE", rules=rules)
    report(level, 96, 97, 97)

    assert "average of 3 months 96.7 %, worse than 97.0 % → §15" in follows(level, "2025-03")


def test_points_are_added_up_over_the_window(cast):
    points = {"rule": "points", "window": 3, "threshold": 45, "points": {"breach": 20, "below_expected": 5}}
    level = cast.level(cast.feeds["A-1/QUALITY"], "POINTS", rules={"repeats": [points]})
    report(level, 80, 92, 80)

    assert "45 points in 3 months, of 45" in follows(level, "2025-03")
