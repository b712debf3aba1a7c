"""When mails are written and when they leave."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.utils import timezone

from reports.models import Edition
from reports.readers import Reader, readers_due
from reports.selectors.dates import DateBook
from reports.services.composing import queue_edition
from reports.services.expiring import queue_expiry_warnings
from reports.services.sending import send_due

log = structlog.get_logger(__name__)
# One turn writes for so long at most; the next turn goes on with whoever has no edition yet.
TURN = timedelta(seconds=45)


@shared_task(soft_time_limit=240, time_limit=270)
def queue_due_digests() -> None:
    """Every minute: write the mail of each reader whose hour has come."""
    begun = timezone.now()
    dates_of = DateBook()
    for reader in undecided(readers_due(begun)):
        try:
            queue_edition(reader=reader, dates_of=dates_of, now=timezone.now())
        except Exception:
            # One reader's mail that cannot be written must not keep everybody else's.
            log.exception("mail could not be written", reader=reader.user.pk)
        if timezone.now() - begun > TURN:
            break


@shared_task
def queue_key_warnings() -> int:
    """Every hour: tell of keys that end soon."""
    return queue_expiry_warnings(now=timezone.now())


@shared_task(soft_time_limit=120, time_limit=150)
def send_queued_messages() -> None:
    """Twice a minute: send what is queued, and doubt what a dead sender left behind."""
    send_due(clock=timezone.now)


def undecided(readers: list[Reader]) -> list[Reader]:
    """The readers whose date has no edition yet."""
    dates = {reader.local_date for reader in readers}
    decided = set(Edition.objects.filter(local_date__in=dates).values_list("reader", "local_date"))
    return [reader for reader in readers if (reader.user.pk, reader.local_date) not in decided]
