"""The work queue: claimed without collisions, freed after a crash, parked after three starts."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from contracts.models.service_levels import Feed, ServiceLevel
from metrics.models.results import CountResult
from metrics.models.verdicts import DirtyCell, Verdict
from metrics.services.inputs import find_all
from metrics.services.judging import judge_all, judge_claims, judge_due, write_all
from metrics.services.work_queue import LEASE, LONGEST_WAIT_SECONDS, MOST_STARTS, claim_items, enqueue
from metrics.tests.worlds import NOW, cells_on, count, month, receive
from metrics.timelines import timelines_of
from tests.support.tampering import as_owner

pytestmark = pytest.mark.django_db
MARCH = date(2025, 3, 1)
LATER = NOW + timedelta(seconds=5)


@pytest.fixture
def level(cast):
    return cast.levels["A-1/ACCURACY"]


@pytest.fixture
def work(level):
    """Three work items."""
    receive(level.feed, [month(date(2025, number, 1), 96, 100) for number in (1, 2, 3)])
    return level


def take(limit=10, at=LATER):
    return claim_items(DirtyCell.objects.all(), limit=limit, now=at)


def poisoned(cast):
    level = cast.levels["A-2/ACCURACY"]
    level.terms.update(params={"scale": "0"})
    receive(level.feed, [month(MARCH, 1, 1)])
    return level


def test_two_workers_share_the_queue_and_never_claim_the_same_item(work):
    first, second = take(2), take(2)

    assert (len(first), len(second)) == (2, 1)
    assert not {claim.pk for claim in first} & {claim.pk for claim in second}


def test_the_longest_waiting_goes_first(level):
    receive(level.feed, [month(MARCH, 1, 1)], at=NOW)
    receive(level.feed, [month(date(2025, 1, 1), 1, 1)], at=NOW - timedelta(minutes=1))

    assert take(1)[0].cell_key[1] == date(2025, 1, 1)


def test_a_killed_workers_cells_are_free_after_its_lease(work):
    take()

    assert take(at=LATER + LEASE) == []
    assert len(take(at=LATER + LEASE + timedelta(seconds=1))) == 1


def test_a_cell_that_was_started_before_is_started_alone(work):
    take()
    later = LATER + LEASE + timedelta(seconds=1)

    assert [len(take(at=later)) for _ in range(4)] == [1, 1, 1, 0]


def test_a_cell_that_kills_its_worker_is_parked_after_three_starts_and_the_others_flow(work):
    at = LATER
    poison = date(2025, 2, 1)
    for _ in range(8):
        claimed = take(at=at)
        if any(claim.cell_key[1] == poison for claim in claimed):
            at += LEASE + timedelta(seconds=1)  # the worker is gone, with everything that it held
        else:
            judge_claims(claimed, now=at)

    parked = DirtyCell.objects.get()
    assert (parked.starts_on, parked.attempts, parked.parked_at is not None) == (poison, 3, True)
    assert set(Verdict.objects.values_list("starts_on", flat=True)) == {date(2025, 1, 1), MARCH}


def test_a_cell_that_cannot_be_judged_is_parked_with_its_error(cast, work):
    broken = poisoned(cast)

    judged = judge_all(now=LATER)

    parked = DirtyCell.objects.get()
    assert (parked.service_level, parked.attempts, judged.failures) == (broken, 3, 3)
    assert "zero" in parked.last_error
    assert Verdict.objects.count() == 3


def test_a_parked_cell_is_judged_again_when_its_results_change(cast):
    broken = poisoned(cast)
    judge_all(now=LATER)
    broken.terms.update(params={})
    receive(broken.feed, [month(date(2025, 3, 1), 1, 1, split="more")])

    judge_all(now=LATER)

    assert Verdict.objects.get(service_level=broken).status == "met"


def test_what_changed_while_it_was_read_stays_in_the_queue_and_writes_nothing(work):
    claimed = take()
    findings, _ = find_all([claim.cell_key for claim in claimed], timelines_of(ServiceLevel.objects.all()), now=LATER)
    with as_owner():
        CountResult.objects.filter(feed=work.feed, starts_on=MARCH).update(numerator=Decimal(1))
    enqueue(list(cells_on(work.feed, [MARCH]).values()), now=LATER)

    write_all(claimed, findings, now=LATER, run=None)

    assert not Verdict.objects.filter(starts_on=MARCH).exists()
    assert DirtyCell.objects.get().starts_on == MARCH
    judge_all(now=LATER)
    assert Verdict.objects.get(starts_on=MARCH).value == 1


def test_a_worker_that_lost_its_claim_writes_nothing(work):
    claimed = take()
    findings, _ = find_all([claim.cell_key for claim in claimed], timelines_of(ServiceLevel.objects.all()), now=LATER)
    DirtyCell.objects.update(claim="another")

    write_all(claimed, findings, now=LATER, run=None)

    assert not Verdict.objects.exists()
    assert DirtyCell.objects.count() == 3


def test_a_first_change_is_judged_after_a_moment(work):
    assert judge_due(now=NOW).cells == 0
    assert judge_due(now=NOW + timedelta(seconds=0.1)).cells == 3


def test_a_cell_that_changes_again_waits_until_it_is_quiet(work):
    enqueue(list(cells_on(work.feed, [MARCH]).values()), now=NOW)

    assert judge_due(now=NOW + timedelta(seconds=0.9)).cells == 2
    assert judge_due(now=NOW + timedelta(seconds=1)).cells == 1


def test_a_change_of_a_cell_that_was_judged_just_now_waits_until_it_is_quiet(work):
    judge_due(now=NOW + timedelta(seconds=0.1))
    again = NOW + timedelta(seconds=0.5)
    enqueue(list(cells_on(work.feed, [MARCH]).values()), now=again)

    assert judge_due(now=again + timedelta(seconds=0.5)).cells == 0
    assert judge_due(now=again + timedelta(seconds=1)).cells == 1


def test_a_storm_without_end_is_judged_after_half_a_minute_all_the_same(work):
    storm = NOW + timedelta(seconds=LONGEST_WAIT_SECONDS)
    enqueue(list(cells_on(work.feed, [MARCH]).values()), now=storm)

    judge_due(now=storm)

    assert Verdict.objects.filter(starts_on=MARCH).exists()


def test_a_chunk_costs_the_same_queries_whatever_its_size(cast):
    feed = cast.feed(cast.contracts["A-1"], "DAILY", Feed.Kind.COUNTS, schedule=Feed.Schedule.DAILY)
    level = cast.level(feed, "DAY", period="day")
    costs = []
    for days in (range(1, 3), range(3, 31)):
        receive(feed, [count(date(2025, 3, day), 99, 100) for day in days])
        with CaptureQueriesContext(connection) as queries:
            judge_claims(take(100), now=LATER)
        costs.append(len(queries))

    assert Verdict.objects.filter(service_level=level).count() == 30
    assert costs[1] <= costs[0] + 1


def test_a_full_claim_ends_with_a_whole_service_level(cast, work):
    other = cast.levels["A-2/ACCURACY"]
    receive(other.feed, [month(date(2025, number, 1), 96, 100) for number in (1, 2, 3)])

    first, second = take(4), take(4)

    assert {claim.cell_key[0] for claim in first} == {work.pk}
    assert [claim.cell_key[0] for claim in second] == [other.pk] * 3


def test_a_service_level_with_more_cells_than_a_claim_is_shared(work):
    assert [len(take(2)), len(take(2))] == [2, 1]


def test_an_item_that_somebody_else_has_locked_is_left_alone_and_its_start_does_not_count(cast, monkeypatch):
    receive(cast.levels["A-1/ACCURACY"].feed, [month(MARCH, 80, 100)], at=NOW)

    def locked(*_args, **_more):
        raise OperationalError("database is locked")

    monkeypatch.setattr("metrics.services.judging.write_revisions", locked)
    for number in range(MOST_STARTS + 1):
        judge_due(now=NOW + (number + 1) * (LEASE + timedelta(seconds=1)))

    item = DirtyCell.objects.get()
    assert (item.attempts, item.parked_at) == (0, None)

    monkeypatch.undo()
    assert judge_due(now=NOW + timedelta(hours=1)).cells == 1
