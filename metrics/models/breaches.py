"""Bad verdicts being dealt with, their timelines, and what a vendor asks not to be counted."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bpo.fields import PublicIdField
from bpo.models import Organisation, User
from contracts.models.service_levels import ServiceLevel
from metrics.models.verdicts import Verdict
from metrics.querysets import BreachEventQuerySet, BreachQuerySet, CellQuerySet


class Breach(models.Model):
    """A verdict worse than the minimum being dealt with, `BR-…`; one per service level and period."""

    class State(models.TextChoices):
        FOUND = "found", _("Found")
        CAUSE = "cause", _("Cause stated")
        ACTION = "action", _("Action agreed")
        ACCEPTED = "accepted", _("Accepted")
        CLOSED = "closed", _("Closed")
        WITHDRAWN = "withdrawn", _("No longer a breach")

    public_id = PublicIdField(prefix="BR")
    service_level = models.ForeignKey(ServiceLevel, on_delete=models.PROTECT, related_name="breaches")
    starts_on = models.DateField(help_text=_("First day of the period."))
    period_label = models.CharField(max_length=16)
    verdict = models.ForeignKey(
        Verdict, on_delete=models.PROTECT, related_name="breaches", help_text=_("The current revision.")
    )
    opened_by = models.ForeignKey(Verdict, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.FOUND)
    opened_at = models.DateTimeField()
    answer_due_at = models.DateTimeField(help_text=_("When the vendor owes the cause."))
    closed_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    cause = models.TextField(blank=True)
    action = models.TextField(blank=True)

    objects = BreachQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        verbose_name_plural = _("breaches")
        constraints = [models.UniqueConstraint("service_level", "starts_on", name="breach_once_a_period")]
        indexes = [models.Index("state", "opened_at", name="breach_state_opened")]

    def __str__(self) -> str:
        return self.public_id


class BreachEvent(models.Model):
    """One line of a breach's timeline."""

    class Kind(models.TextChoices):
        FOUND = "found", _("Found")
        REVISED = "revised", _("Revised")
        WITHDRAWN = "withdrawn", _("No longer a breach")
        REOPENED = "reopened", _("A breach again")
        FINAL = "final", _("Became final")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        COMMENT = "comment", _("Comment")
        EXCUSE = "excuse", _("Excuse")
        MAIL = "mail", _("E-mail")

    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=Kind)
    text = models.TextField()
    verdict = models.ForeignKey(Verdict, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    internal_to = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: both sides see it."),
    )

    objects = BreachEventQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.breach} {self.kind}"


class Excuse(models.Model):
    """Days that a vendor asks not to be counted, `EX-…`, and the client's decision; only granted ones count."""

    class Decision(models.TextChoices):
        ASKED = "asked", _("asked")
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("refused")

    public_id = PublicIdField(prefix="EX")
    service_level = models.ForeignKey(ServiceLevel, on_delete=models.PROTECT, related_name="excuses")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text=_("The day after the last that is excused."))
    reason = models.TextField()
    clause = models.CharField(max_length=60, blank=True)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decision = models.CharField(max_length=8, choices=Decision, default=Decision.ASKED)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.CharField(max_length=500, blank=True)

    objects = CellQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="excuse_ends_after_start"),
            models.CheckConstraint(
                condition=Q(decision="asked", decided_by__isnull=True)
                | (~Q(decision="asked") & Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by"))),
                name="excuse_not_decided_by_who_asked",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
