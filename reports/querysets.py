"""Reads of what was sent."""

from datetime import datetime
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models

from bpo.tenancy import reach_of


class PersonalQuerySet(models.QuerySet[Any]):
    """Rows that belong to one person; operator admins see all."""

    person_path: ClassVar[str] = ""

    def visible_to(self, principal: object) -> Self:
        if reach_of(principal).everything:
            return self.all()
        # A key is no person, whatever number it has.
        if isinstance(principal, AbstractBaseUser) and principal.is_active:
            return self.filter(**{self.person_path: principal.pk})
        return self.none()


class MessageQuerySet(PersonalQuerySet):
    person_path = "recipient"

    def due(self, now: datetime) -> Self:
        """Queued mails whose next try has come, the longest waiting first."""
        return self.filter(state="queued", next_try_at__lte=now).order_by("next_try_at", "pk")

    def sent_or_pending(self, person: Any, since: datetime) -> Self:
        """Mails of the person that were sent, may have been, or still will be."""
        return self.filter(recipient=person, queued_at__gte=since).exclude(state="failed")


class EditionQuerySet(PersonalQuerySet):
    person_path = "reader"
