"""Reads of what was sent."""

from typing import Any, Self

from django.db import models

from bpo.tenancy import reach_of


class MessageQuerySet(models.QuerySet):
    def visible_to(self, principal: Any) -> Self:
        """A person sees the mails sent to them; operator admins see all."""
        if reach_of(principal).everything:
            return self.all()
        return self.filter(recipient=getattr(principal, "pk", None)) if getattr(principal, "pk", None) else self.none()
