"""How the sending of mails stands, for those who run the desk."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q

from reports.models import Message, SendingStop

State = Message.State
PENDING_TOO_LONG = timedelta(minutes=15)
RECENTLY = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class SendingState:
    """Mails that wait, that failed within a week, or that a person has to decide on; and why none leaves, if so."""

    pending: int
    pending_too_long: int  # queued more than 15 minutes ago
    oldest_pending_at: datetime | None
    failed: int
    in_doubt: int
    stopped_at: datetime | None
    reason: str
    next_try_at: datetime | None


def sending_state(now: datetime) -> SendingState:
    """Return how the sending stands."""
    is_pending = Q(state__in=[State.QUEUED, State.CLAIMED])
    counts = Message.objects.aggregate(
        pending=Count("pk", filter=is_pending),
        pending_too_long=Count("pk", filter=is_pending & Q(queued_at__lt=now - PENDING_TOO_LONG)),
        oldest_pending_at=Min("queued_at", filter=is_pending),
        failed=Count("pk", filter=Q(state=State.FAILED, claimed_at__gt=now - RECENTLY)),
        in_doubt=Count("pk", filter=Q(state=State.IN_DOUBT)),
    )
    stop = SendingStop.objects.first()
    return SendingState(
        **counts,
        stopped_at=stop.stopped_at if stop else None,
        reason=stop.reason if stop else "",
        next_try_at=stop.next_try_at if stop else None,
    )
