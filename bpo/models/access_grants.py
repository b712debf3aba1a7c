"""Grants under which operators read a client's data."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bpo.constraints import check, unique
from bpo.fields import PublicIdField
from bpo.models.people import Organisation, User
from bpo.querysets import AccessGrantQuerySet

MOST_DAYS = 30
LAPSES_AFTER = timedelta(days=14)


class AccessGrant(models.Model):
    """What one operator asks of a client, `AG-…`: to read its data for some days; and what its admins answered."""

    class State(models.TextChoices):
        ASKED = "asked", _("asked")
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")
        ENDED = "ended", _("ended")
        LAPSED = "lapsed", _("not answered in time")

    public_id = PublicIdField(prefix="AG")
    client = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="access_grants")
    operator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="access_grants")
    reason = models.CharField(max_length=300, help_text=_("What the operator has to read for."))
    days = models.PositiveSmallIntegerField(help_text=_("How long it lasts, from the answer on."))
    state = models.CharField(max_length=9, choices=State, default=State.ASKED)
    asked_at = models.DateTimeField()
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = AccessGrantQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            unique(
                "access_grant_asked_once", _("The operator has asked already."), ("client", "operator"),
                Q(state="asked"),
            ),
            unique(
                "access_grant_given_once", _("The operator has a grant already."), ("client", "operator"),
                Q(state="granted"),
            ),
            check(
                "access_grant_ends", _("A grant needs who gave it and when it ends."),
                ~Q(state="granted") | Q(ends_at__isnull=False, answered_by__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.public_id}: {self.operator} at {self.client}"

    def state_at(self, now: datetime) -> "AccessGrant.State":
        """The state, which time alone changes, too: a grant ends, and a question that is not answered lapses."""
        if self.state == self.State.GRANTED and self.ends_at is not None and self.ends_at <= now:
            return self.State.ENDED
        if self.state == self.State.ASKED and self.asked_at + LAPSES_AFTER <= now:
            return self.State.LAPSED
        return self.State(self.state)
