"""When rows are linked and chains are verified by themselves."""

from datetime import UTC, datetime, time, timedelta

from celery import shared_task
from django.db.models import F, Q
from django.utils import timezone

from record.linking import link_next
from record.models import Chain
from record.verifying import verify_next

# Well under the soft time limit: a task that has more to do asks for another one, or is sent again by beat.
BUDGET = timedelta(seconds=30)
# From when on a night's verification is due, in UTC.
DUE_AT = time(2)
LONGEST_SWEEP_SECONDS = 1_800


# The results of one batch are read together, and a file may have brought a million of them.
@shared_task(soft_time_limit=LONGEST_SWEEP_SECONDS, time_limit=LONGEST_SWEEP_SECONDS + 60)  # type: ignore[untyped-decorator]
def link_record() -> int:
    """Link what waits; returns how many rows."""
    began, total = timezone.now(), 0
    while linked := link_next(timezone.now()):
        total += linked
        if timezone.now() - began > BUDGET:
            link_record.apply_async(retry=False)
            break
    return total


# What was written before there were chains is found by reading every table once.
@shared_task(acks_late=False, soft_time_limit=LONGEST_SWEEP_SECONDS, time_limit=LONGEST_SWEEP_SECONDS + 60)  # type: ignore[untyped-decorator]
def verify_record() -> int:
    """Verify, each night, every chain; one task goes on where the last one ended. Returns how many it completed."""
    began, completed = timezone.now(), 0
    while timezone.now() - began < BUDGET and (chain := next_chain(began)):
        completed += not verify_next(chain, now=began)
    return completed


def next_chain(now: datetime) -> Chain | None:
    """The chain to verify next: one that is under way, or was not verified since the night began."""
    due = datetime.combine(now.astimezone(UTC), DUE_AT, UTC)
    if due > now:
        due -= timedelta(days=1)
    waiting = Chain.objects.filter(Q(checked_at=None) | Q(checked_at__lt=due))
    return waiting.order_by(F("checking_since").asc(nulls_last=True), "pk").first()
