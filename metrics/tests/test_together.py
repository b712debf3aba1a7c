"""Workers, intake and nights at the same time, in threads on the real database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connections

from contracts.models.service_levels import Feed
from metrics.models.breaches import Breach
from metrics.models.verdicts import DirtyCell, LateArrival, Verdict
from metrics.services.judging import judge_all
from metrics.services.nights import run_night
from metrics.tests.worlds import count, month, receive

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2025, 4, 4, 9, tzinfo=UTC)
MARCH = date(2025, 3, 1)


def together(*jobs):
    """Run the jobs at once, each in its thread with its own connection; their results in order."""

    def alone(job):
        try:
            return job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(alone, jobs))


@pytest.fixture
def days(cast):
    feed = cast.feed(cast.contracts["A-1"], "DAILY", Feed.Kind.COUNTS, schedule=Feed.Schedule.DAILY)
    level = cast.level(feed, "DAY", period="day")
    receive(feed, [count(date(2025, 1, 1) + timedelta(days=number), 80, 100) for number in range(40)], at=NOW)
    return level


def test_four_workers_judge_every_cell_once(days):
    together(*[lambda: judge_all(now=NOW)] * 4)

    assert not DirtyCell.objects.exists()
    assert Verdict.objects.filter(service_level=days).count() == Breach.objects.count() == 40
    assert not Verdict.objects.filter(revision__gt=1).exists()


def test_a_result_that_meets_the_closing_night_is_counted_or_listed_but_never_lost(cast):
    level = cast.levels["A-1/ACCURACY"]
    receive(level.feed, [month(MARCH, 90, 100)], at=NOW)

    together(
        lambda: run_night(zone="Europe/Berlin", local_date=date(2025, 4, 4), now=NOW),
        *[
            lambda split=split: receive(level.feed, [month(MARCH, 1, 1, split=str(split))], at=NOW, reason="late")
            for split in range(6)
        ],
    )
    judge_all(now=NOW)
    run_night(zone="Europe/Berlin", local_date=date(2025, 4, 5), now=NOW + timedelta(days=1))

    verdict = Verdict.objects.current().get(service_level=level, period_label="2025-03")
    assert verdict.is_final
    assert verdict.cases + LateArrival.objects.count() == 106
    assert not DirtyCell.objects.filter(service_level=level, starts_on=MARCH).exists()


def test_two_nights_of_one_zone_at_once_make_one(days):
    together(*[lambda: run_night(zone="Europe/Berlin", local_date=date(2025, 4, 4), now=NOW)] * 2)
    run_night(zone="Europe/Berlin", local_date=date(2025, 4, 4), now=NOW)

    assert Verdict.objects.filter(service_level=days, is_final=True).count() >= 40
    assert not Verdict.objects.filter(revision__gt=1).exists()
