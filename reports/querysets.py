"""Reads of what was sent."""

from datetime import datetime
from typing import Self

from bpo.querysets import PersonalQuerySet


class MessageQuerySet(PersonalQuerySet):
    person_path = "recipient"

    def due(self, now: datetime) -> Self:
        """Queued mails whose next try has come, the longest waiting first."""
        return self.filter(state="queued", next_try_at__lte=now).order_by("next_try_at", "pk")

    def sent_or_pending(self, person: object, since: datetime) -> Self:
        """Mails of the person that were sent, may have been, or still will be."""
        return self.filter(recipient=person, queued_at__gte=since).exclude(state="failed")


class EditionQuerySet(PersonalQuerySet):
    person_path = "reader"
