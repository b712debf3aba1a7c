"""Judging again without new facts changes nothing, whatever the clock did meanwhile: no revision, no event, no mail."""

from datetime import datetime, timedelta

import pytest
import time_machine

from contracts.models.service_levels import ServiceLevel
from metrics.models.breaches import BreachEvent
from metrics.models.verdicts import Verdict
from metrics.services.judging import judge_all
from metrics.services.nights import enqueue_open_cells
from reports.models import Message
from reports.tasks import queue_due_digests
from tests.plain_model.desk import at, verdicts_of
from tests.plain_model.kinds import world_of

# Cases, outages and counts of which a day later another status is due: a report is deemed missed, a case is overdue.
SEEDS = (5, 6, 8)
FORWARD = timedelta(hours=26)


def judge_open_cells(now: datetime) -> tuple[set[int], int, int]:
    """Judge every open cell, as a night does, and queue what is due; returns all revisions, events and mails."""
    with time_machine.travel(now, tick=False):
        enqueue_open_cells(ServiceLevel.objects.all(), now.date(), now=now)
        assert not judge_all(now=now).failures
        queue_due_digests()
    revisions = set(Verdict.objects.values_list("pk", flat=True))
    return revisions, BreachEvent.objects.count(), Message.objects.count()


@pytest.mark.django_db
@pytest.mark.any_database
@pytest.mark.parametrize("seed", SEEDS)
def test_a_clock_that_goes_forward_and_back_changes_nothing(seed, tmp_path):
    world = world_of(seed)
    verdicts_of(world, tmp_path)
    now = at(world.nights[-1], 7)

    first = judge_open_cells(now)
    assert judge_open_cells(now) == first

    later = judge_open_cells(now + FORWARD)
    assert later != first
    for back in (timedelta(0), timedelta(hours=5), FORWARD):
        assert judge_open_cells(now + back) == later
