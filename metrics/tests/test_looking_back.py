"""A change in one month is followed by the months that look back at it; closed ones stay and still follow."""

from datetime import UTC, date, datetime, timedelta

import pytest

from metrics.models.breaches import Breach, BreachEvent
from metrics.models.verdicts import LateArrival, Standing, Verdict
from metrics.services.judging import judge_all
from metrics.services.nights import run_night
from metrics.services.restatements import closed_cell, preview_late, restate_late
from metrics.services.verifying import verify
from metrics.services.work_queue import enqueue
from metrics.tests.closed import close, correct, current
from metrics.tests.worlds import cells_on, month, receive
from tests.support.tampering import as_owner

pytestmark = pytest.mark.django_db
MAY = datetime(2025, 5, 2, 9, tzinfo=UTC)
JANUARY = date(2025, 1, 1)
ROLLING = {"low_volume": {"rule": "rolling", "min_cases": 50, "periods": 3}}
IN_WINDOW = {"repeats": [{"rule": "in_window", "count": 2, "window": 3, "clause": "§14"}]}
RUNNING = {"repeats": [{"rule": "running", "count": 3, "clause": "§15"}]}
AVERAGE = {"repeats": [{"rule": "average", "window": 3, "limit": "92", "clause": "§16"}]}
POINTS = {"repeats": [{"rule": "points", "window": 3, "points": {"breach": 2}, "threshold": 4, "clause": "§17"}]}
DEEMED = {"missing": "deemed", "deemed_after_days": 60}
RULES = {"rolling": ROLLING, "in_window": IN_WINDOW, "running": RUNNING, "average": AVERAGE, "points": POINTS}


@pytest.fixture(params=RULES)
def level(request, cast):
    """Judged month by month, and looking back in one of the ways that terms know."""
    return cast.level(cast.feeds["A-1/QUALITY"], "BACK", rules=RULES[request.param])


def revisions(level):
    rows = Verdict.objects.filter(service_level=level).order_by("starts_on", "revision")
    found = {}
    for label, revision in rows.values_list("period_label", "revision"):
        found[label] = revision
    return found


def wrong():
    return [str(found) for found in verify(Verdict.objects.all()).differences]


def told(level):
    """What each month counts with, and what it brings to its clause."""
    rows = Verdict.objects.current().filter(service_level=level, is_final=False).order_by("starts_on")
    return [(row.period_label, row.status, row.working["facts"]["judged"], row.working["facts"]["repeats"])
            for row in rows]  # fmt: skip


def test_open_months_that_look_back_are_judged_anew(level):
    receive(level.feed, [month(date(2025, number, 1), 8, 10) for number in range(1, 5)], at=MAY)
    judge_all(now=MAY)
    assert set(revisions(level).values()) == {1}
    correct(level, JANUARY, 10, at=MAY)
    judge_all(now=MAY)
    followed = told(level)
    assert sum(revision > 1 for revision in revisions(level).values()) > 1

    # One clean load of the same rows says the same.
    with as_owner():
        for table in (BreachEvent, Breach, Standing, Verdict):
            table.objects.all().delete()
    enqueue(list(cells_on(level.feed, [date(2025, number, 1) for number in range(1, 5)]).values()), now=MAY)
    judge_all(now=MAY)
    assert told(level) == followed


def test_closed_months_stay_and_the_late_change_is_listed_once(level):
    close(level, 8, 8, 8, 8, of=10)
    before = revisions(level)
    correct(level, JANUARY, 10)
    judge_all(now=datetime(2025, 6, 20, 10, tzinfo=UTC))

    assert revisions(level) == before
    assert [arrival.starts_on for arrival in LateArrival.objects.filter(service_level=level)] == [JANUARY]
    assert wrong() == []


def test_restating_the_first_restates_those_that_look_back(cast, level):
    close(level, 8, 8, 8, 8, of=10)
    correct(level, JANUARY, 10)
    cells, at = [closed_cell(current(level, "2025-01"))], datetime(2025, 6, 20, 10, tzinfo=UTC)
    digest = preview_late(cells=cells, now=at).digest
    restate_late(cells=cells, by=cast.people["acme-manager"], reason="late tickets", digest=digest, now=at)

    moved = {label for label, revision in revisions(level).items() if revision == 2}
    assert {"2025-01"} < moved
    assert Verdict.objects.current().filter(service_level=level, is_final=False).count() == 0
    assert wrong() == []


@pytest.mark.parametrize("name", RULES)
def test_a_month_that_closed_before_an_earlier_one_stays_and_follows(cast, name):
    """January's report is missing and waits for its date; February closes meanwhile, then January comes after all."""
    found = cast.level(cast.feeds["A-1/QUALITY"], "BACK", rules=RULES[name] | DEEMED)
    first, second = datetime(2025, 3, 20, 2, tzinfo=UTC), datetime(2025, 4, 25, 2, tzinfo=UTC)
    receive(found.feed, [month(date(2025, 2, 1), 8, 10)], at=first - timedelta(days=1))
    run_night(zone="Europe/Berlin", local_date=first.date(), now=first)
    february = current(found, "2025-02")
    assert february.is_final
    assert not Verdict.objects.filter(service_level=found, starts_on=JANUARY, is_final=True).exists()

    receive(found.feed, [month(JANUARY, 7, 10)], at=second - timedelta(days=1))
    run_night(zone="Europe/Berlin", local_date=second.date(), now=second)

    assert current(found, "2025-01").is_final
    assert current(found, "2025-02").pk == february.pk
    assert wrong() == []
