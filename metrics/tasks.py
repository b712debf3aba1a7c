"""When judging and nights happen by themselves; the list of work is in the database, messages only wake workers."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from metrics.models.verdicts import DirtyCell
from metrics.services.cells import A_MOMENT, QUIET_SECONDS
from metrics.services.claims import free, quiet
from metrics.services.judging import CHUNK, judge_dirty
from metrics.services.nights import Step, advance_night, due_nights, zones

# Well under the soft time limit: a task that has more to do asks for another one.
BUDGET = timedelta(seconds=30)
BUSY_SECONDS = 5


@shared_task
def judge_dirty_cells(*, rings_again: bool = True) -> int:
    """Judge what changed, chunk by chunk; a long list calls other workers to it. How many cells were judged.

    What is not quiet yet is left for one more bell, unless this is the second one already.
    """
    began = timezone.now()
    waiting = DirtyCell.objects.waiting().filter(free(began), quiet(began))
    if waiting.count() > CHUNK:
        judge_dirty_cells.apply_async(retry=False)
    total = 0
    while timezone.now() - began < BUDGET:
        judged = judge_dirty(now=timezone.now())
        total += judged.cells
        if not judged.cells and not judged.failures:
            if rings_again and DirtyCell.objects.waiting().filter(free(timezone.now())).exists():
                judge_dirty_cells.apply_async(
                    kwargs={"rings_again": False}, countdown=QUIET_SECONDS + A_MOMENT, retry=False
                )
            return total
    judge_dirty_cells.apply_async(retry=False)
    return total


@shared_task
def sweep_dirty_cells() -> int:
    """Find work for which no bell rang, or whose worker was killed."""
    return judge_dirty_cells()


@shared_task
def start_due_nights() -> list[str]:
    """Each minute: hand out the zones whose nights are due; the clock of the zone and the ledger decide."""
    now = timezone.now()
    due = [zone for zone in zones() if due_nights(zone=zone, now=now)]
    for zone in due:
        run_due_nights.apply_async(args=[zone], expires=60)
    return due


@shared_task
def run_due_nights(zone: str) -> None:
    """The due nights of one zone in their order, as far as the time of one task goes."""
    began = timezone.now()
    for local_date in due_nights(zone=zone, now=began):
        while (step := advance_night(zone=zone, local_date=local_date, now=timezone.now()).step) is not Step.DONE:
            if step is Step.BUSY or timezone.now() - began > BUDGET:
                run_due_nights.apply_async(args=[zone], countdown=BUSY_SECONDS if step is Step.BUSY else 0)
                return
