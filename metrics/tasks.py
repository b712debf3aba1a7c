"""When judging and nights happen by themselves; the work queue is in the database, messages only wake workers."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone
from django.utils.text import slugify

from bpo.callbacks import call
from metrics.models.runs import Run
from metrics.models.verdicts import DirtyCell
from metrics.services.judging import CHUNK, judge_due
from metrics.services.nights import Step, advance_night, due_nights, enter_due_nights
from metrics.services.work_queue import MARGIN_SECONDS, UNCHANGED_SECONDS, is_claimable, is_due

# Well under the soft time limit: a task that has more to do asks for another one.
BUDGET = timedelta(seconds=30)
BUSY_SECONDS = 5


@shared_task
def judge_work_items(*, may_follow: bool = True) -> int:
    """Judge what is due, chunk by chunk, and call other workers to a long queue; returns how many cells were judged.

    For what is not due yet one more task is sent, unless this is that task already. Beat sends one too, for work whose
    message was lost or whose worker was killed.
    """
    began = timezone.now()
    if DirtyCell.objects.filter(is_claimable(began), is_due(began)).count() > CHUNK:
        judge_work_items.apply_async(retry=False)
    total = 0
    while timezone.now() - began < BUDGET:
        judged = judge_due(now=timezone.now())
        total += judged.cells
        if not judged.cells and not judged.failures:
            if may_follow and DirtyCell.objects.filter(is_claimable(timezone.now())).exists():
                delay = UNCHANGED_SECONDS + MARGIN_SECONDS
                judge_work_items.apply_async(kwargs={"may_follow": False}, countdown=delay, retry=False)
            return total
    judge_work_items.apply_async(retry=False)
    return total


@shared_task
def start_due_nights() -> list[str]:
    """Each minute: hand out the zones whose nights are due; the clock of the zone and the ledger decide."""
    due = enter_due_nights(now=timezone.now())
    for zone in due:
        run_due_nights.apply_async(args=[zone], expires=60)
    return due


@shared_task
def run_due_nights(zone: str) -> None:
    """The due nights of one zone in their order, as far as the time of one task goes."""
    began = timezone.now()
    for local_date in due_nights(zone=zone, now=began):
        step = Step.MORE
        while step is not Step.DONE:
            step, run = advance_night(zone=zone, local_date=local_date, now=timezone.now())
            if step is Step.BUSY or (step is Step.MORE and timezone.now() - began > BUDGET):
                run_due_nights.apply_async(args=[zone], countdown=BUSY_SECONDS if step is Step.BUSY else 0)
                return
        if run.state == Run.State.FINISHED:
            ping_night(run.zone)


def ping_night(zone: str) -> None:
    """Tell a dead man's switch elsewhere of a good night; where that fails, the night is as good."""
    if settings.NIGHT_PING_URL:
        call(settings.NIGHT_PING_URL.replace("{zone}", slugify(zone.replace("/", "-"))))
