"""Where people are signed in."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from bpo.fields import PublicIdField
from bpo.models.people import User
from bpo.querysets import UserSessionQuerySet


class UserSession(models.Model):
    """One sign-in of a person that has not ended: from which device and address, since when, and when last seen."""

    public_id = PublicIdField(prefix="US")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="sessions")
    session_key = models.CharField(max_length=40, unique=True)
    device = models.CharField(max_length=200, blank=True, help_text=_("What the browser says of itself."))
    address = models.CharField(max_length=60, blank=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text=_("To the minute."))

    objects = UserSessionQuerySet.as_manager()

    class Meta:
        ordering = ["-seen_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.user} since {self.began_at:%Y-%m-%d %H:%M}"
