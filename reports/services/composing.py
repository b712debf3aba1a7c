"""A reader's morning becomes a queued mail, or the record that there was nothing to say."""

import hashlib
from datetime import datetime

from django.db import transaction

from bpo.faultpoints import faultpoint
from bpo.mail import desk_host
from bpo.models import User
from reports.digests import Digest
from reports.models import Edition, Message
from reports.nights import State, nights_for
from reports.readers import Reader
from reports.rendering import Letter, letter_of
from reports.selectors.dates import DatesOf
from reports.selectors.mornings import digest_for


def queue_edition(*, reader: Reader, dates_of: DatesOf, now: datetime) -> Edition | None:
    """Decide one reader's date, once; None while its night is still at work, or where it was decided before."""
    nights = nights_for(reader, now)
    if any(night.state == State.WAITING for night in nights):
        return None
    digest = digest_for(reader, nights=nights, dates_of=dates_of, now=now)
    letter = None if digest.is_quiet else letter_of(digest)
    with transaction.atomic():
        # Of two workers with the same reader, the second waits here and then finds the edition.
        User.objects.select_for_update().get(pk=reader.user.pk)
        if Edition.objects.filter(reader=reader.user, local_date=reader.local_date).exists():
            return None
        message = _queued(digest, letter, now) if letter else None
        faultpoint("mail.after_queueing")
        return Edition.objects.create(
            reader=reader.user,
            local_date=reader.local_date,
            outcome=Edition.Outcome.MAILED if message else Edition.Outcome.QUIET,
            covers_from=digest.covers_from,
            covers_until=digest.covers_until,
            message=message,
        )


def _queued(digest: Digest, letter: Letter, now: datetime) -> Message:
    reader = digest.reader
    kind = Message.Kind.RUN_FAILED if digest.failed_nights else Message.Kind.DIGEST
    cause = reader.local_date.isoformat()
    return Message.objects.create(
        recipient=reader.user,
        kind=kind,
        cause=cause,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        facts={**digest.facts, "organisations": sorted(organisation.pk for organisation in reader.organisations)},
        message_id=message_id_of(reader, cause),
        queued_at=now,
        next_try_at=now,
    )


def message_id_of(reader: Reader, cause: str) -> str:
    """The same for the same person and date, so that a mail sent again is no second mail."""
    known_by = hashlib.sha256(f"{reader.user.pk} {cause}".encode()).hexdigest()[:24]
    return f"<night.{cause}.{known_by}@{desk_host()}>"
