"""Tasks that write mails and send them."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.utils import timezone

from metrics.services.nights import enter_due_nights
from reports.models import Edition
from reports.readers import readers_due
from reports.selecting.digest import UpcomingDates
from reports.services.access_mails import queue_access_mails
from reports.services.passwords import queue_password_mails
from reports.services.queueing import queue_digest, queue_expiry_warnings
from reports.services.sending import send_due

log = structlog.get_logger(__name__)
# One task writes for so long at most; the next one continues with readers without an edition.
TASK_TIME = timedelta(seconds=45)


@shared_task(soft_time_limit=240, time_limit=270)
def queue_due_digests() -> None:
    """Each minute, queue the mail of each reader whose mail hour has come."""
    begun = timezone.now()
    # After an outage nights are caught up now, and mails wait for them.
    enter_due_nights(now=begun)
    readers, upcoming = readers_due(begun), UpcomingDates()
    dates = {reader.local_date for reader in readers}
    decided = set(Edition.objects.filter(local_date__in=dates).values_list("reader", "local_date"))
    for reader in readers:
        if (reader.user.pk, reader.local_date) in decided:
            continue
        try:
            queue_digest(reader=reader, upcoming=upcoming, now=timezone.now())
        except Exception:
            # One reader's mail that cannot be written must not keep everybody else's.
            log.exception("mail could not be written", reader=reader.user.pk)
        if timezone.now() - begun > TASK_TIME:
            break


@shared_task
def queue_key_warnings() -> int:
    """Each hour, queue warnings about API keys that end soon."""
    return queue_expiry_warnings(now=timezone.now())


@shared_task(soft_time_limit=120, time_limit=150)
def send_queued_messages() -> None:
    """Twice a minute, send queued mails and mark those of dead senders as in doubt."""
    queue_password_mails(now=timezone.now())
    queue_access_mails(now=timezone.now())
    send_due(clock=timezone.now)
