"""Periods that an excuse makes void, under rules that judge several periods together."""

from datetime import date

import pytest

from breaches.services.excuses import ask_excuse, decide_excuse
from metrics.services.judging import judge_all
from metrics.tests.closed import NOW, close, current
from metrics.tests.worlds import month, receive

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
RULES = {"excuses": "void_period", "low_volume": {"rule": "rolling", "min_cases": 50, "periods": 3}}


def excuse_january(cast, level):
    excuse = ask_excuse(
        service_level=level, starts_on=date(2025, 1, 1), ends_on=date(2025, 2, 1), reason="Portal down.",
        asked_by=cast.people["brightline-manager"], now=NOW,
    )  # fmt: skip
    decide_excuse(excuse=excuse, granted=True, decided_by=cast.people["acme-manager"], now=NOW)


@pytest.fixture
def level(cast):
    return cast.level(cast.feeds["A-1/QUALITY"], "FEW", rules=RULES)


def test_a_closed_period_that_becomes_void_leaves_those_that_are_judged_with_it(cast, level):
    close(level, 5, 9, of=10)
    assert (current(level, "2025-02").status, current(level, "2025-02").working["facts"]["judged"][:2]) == (
        "breach",
        ["14", "20"],
    )

    excuse_january(cast, level)

    february = current(level, "2025-02")
    assert (february.status, february.working["facts"]["judged"][:2]) == ("below_expected", ["9", "10"])


def test_an_open_period_that_is_void_is_not_judged_with_others(cast, level):
    receive(level.feed, [month(date(2025, 1, 1), 5, 10), month(date(2025, 2, 1), 9, 10)], at=NOW)
    excuse_january(cast, level)

    judge_all(now=NOW)

    assert current(level, "2025-02").working["facts"]["judged"][:2] == ["9", "10"]
