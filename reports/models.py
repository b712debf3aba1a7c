"""Mails, each written before it is sent; the editions of each reader's dates; and whether mails leave."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from bpo.models import User
from bpo.tracing import current_request_id
from reports.querysets import AlarmQuerySet, EditionQuerySet, MessageQuerySet, SendingStopQuerySet


class Message(models.Model):
    """One mail to one person for one cause, unique. It is claimed before it is sent, so that no two senders send it."""

    class Kind(models.TextChoices):
        DIGEST = "digest", _("nightly digest")
        RUN_FAILED = "run_failed", _("evaluation did not finish")
        REMINDER = "reminder", _("reminder of late reports")
        KEY_EXPIRY = "key_expiry", _("end of an API key")
        ALARM = "alarm", _("problem of the installation")
        RESET = "reset", _("link to a new password")
        NEW_PASSWORD = "new_password", _("change of a password")
        LOCKED = "locked", _("lock of an account")
        FACTOR = "factor", _("change of a second factor")
        ACCESS = "access", _("access of an operator")

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        CLAIMED = "claimed", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        IN_DOUBT = "in_doubt", _("in doubt")

    recipient = models.ForeignKey(User, on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=12, choices=Kind)
    cause = models.CharField(max_length=80, help_text=_("What it is about, such as the recipient's local date."))
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField(blank=True)
    facts = models.JSONField(default=dict, help_text=_("The ids that it names."))
    message_id = models.CharField(max_length=120, unique=True)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    queued_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text=_("At which the mail server judged this mail."))
    last_error = models.CharField(max_length=300, blank=True)
    request_id = models.CharField(
        max_length=40,
        blank=True,
        default=current_request_id,
        db_default="",
        help_text=_("Of the request or task that queued it."),
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-queued_at", "-pk"]
        constraints = [models.UniqueConstraint("recipient", "kind", "cause", name="message_once_per_cause")]
        indexes = [models.Index("state", "next_try_at", name="message_due")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} → {self.recipient}"


class Edition(models.Model):
    """One reader's local date, decided once: a mail, or nothing to report.

    It records the time that it covers; the next edition begins where this one ends.
    """

    class Outcome(models.TextChoices):
        MAILED = "mailed", _("mailed")
        EMPTY = "empty", _("nothing to report")

    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="editions")
    local_date = models.DateField(help_text=_("In the reader's zone."))
    outcome = models.CharField(max_length=6, choices=Outcome)
    covers_from = models.DateTimeField()
    covers_until = models.DateTimeField()
    message = models.OneToOneField(Message, null=True, blank=True, on_delete=models.PROTECT, related_name="edition")

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["-local_date", "reader"]
        constraints = [
            models.UniqueConstraint("reader", "local_date", name="edition_once_a_day"),
            models.CheckConstraint(
                condition=models.Q(outcome="mailed", message__isnull=False)
                | models.Q(outcome="empty", message__isnull=True),
                name="edition_mailed_has_message",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reader} {self.local_date}"


class SendingStop(models.Model):
    """That no mail leaves, by the fault of the mail server or of the desk's account there; gone once one has left."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    stopped_at = models.DateTimeField()
    reason = models.CharField(max_length=300, help_text=_("What the server answered last."))
    attempts = models.PositiveIntegerField(default=1)
    next_try_at = models.DateTimeField()

    objects = SendingStopQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="sending_stop_once")]

    def __str__(self) -> str:
        return f"Stopped since {self.stopped_at:%Y-%m-%d %H:%M} UTC: {self.reason}"


class Alarm(models.Model):
    """A problem of the installation, from when it was first seen; told once, and once when it is over."""

    condition = models.CharField(max_length=30)
    problem = models.CharField(max_length=300)
    began_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True, help_text=_("When the mails to operators were queued."))
    posted_at = models.DateTimeField(null=True, blank=True, help_text=_("When the webhook was told."))
    well_since = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text=_("When it had been well for long enough."))
    end_posted_at = models.DateTimeField(null=True, blank=True, help_text=_("When the webhook was told of the end."))

    objects = AlarmQuerySet.as_manager()

    class Meta:
        ordering = ["-began_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                "condition", condition=models.Q(ended_at__isnull=True), name="alarm_runs_once_per_condition"
            )
        ]

    def __str__(self) -> str:
        return f"{self.condition}: {self.problem}"
