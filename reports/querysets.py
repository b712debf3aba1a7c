"""Reads of what was sent, and of whether mails leave."""

from datetime import datetime
from typing import Self

from bpo.querysets import PersonalQuerySet
from bpo.tenancy import TenantQuerySet


class MessageQuerySet(PersonalQuerySet):
    person_path = "recipient"

    def due(self, now: datetime) -> Self:
        """Queued mails whose next try has come, the longest waiting first."""
        return self.filter(state="queued", next_try_at__lte=now).order_by("next_try_at", "pk")

    def takes_since(self, at: datetime | None) -> bool:
        """Whether the mail server has taken a mail that it was offered after that instant."""
        return at is not None and self.filter(state="sent", claimed_at__gt=at).exists()

    def sent_or_pending(self, person: object, since: datetime) -> Self:
        """Mails of the person that were sent, may have been, or still will be."""
        return self.filter(recipient=person, queued_at__gte=since).exclude(state="failed")


class EditionQuerySet(PersonalQuerySet):
    person_path = "reader"


class SendingStopQuerySet(TenantQuerySet):
    """Whether mails leave is the operators' to know."""


class AlarmQuerySet(TenantQuerySet):
    """Problems of the installation are the operators' to know."""
