"""The audit trail, what pages leave for workers, and signs of life."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from bpo.fields import PublicIdField
from bpo.models.people import Organisation, User
from bpo.querysets import (
    AuditEntryQuerySet,
    HeartbeatQuerySet,
    MailedRowsQuerySet,
    PasswordResetRequestQuerySet,
    SignInFailureQuerySet,
)
from bpo.tracing import current_request_id


class MailedRows(models.Model):
    """The rows that one number of a mail counts, `ML-…`: its link shows the same rows on every later day.

    It names rows and grants nothing: a list shows those of them that its reader may see.
    """

    public_id = PublicIdField(prefix="ML")
    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ids = models.JSONField(help_text=_("What the rows' list knows them by."))

    objects = MailedRowsQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        verbose_name_plural = _("mailed rows")

    def __str__(self) -> str:
        return f"{self.public_id} for {self.reader}"


class PasswordResetRequest(models.Model):
    """An address for which somebody asked for a new password, whether it is known or not; gone once it is answered."""

    address = models.EmailField()
    asked_at = models.DateTimeField()
    request_id = models.CharField(max_length=40, blank=True, default=current_request_id)

    objects = PasswordResetRequestQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.address}, {self.asked_at:%Y-%m-%d %H:%M}"


class SignInFailure(models.Model):
    """A sign-in that was refused for an address, known or not; gone once a worker has recorded it."""

    address = models.EmailField()
    at = models.DateTimeField()
    locked_until = models.DateTimeField(null=True, help_text=_("Where it was the first one that met a lock."))
    request_id = models.CharField(max_length=40, blank=True, default=current_request_id)

    objects = SignInFailureQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.address}, {self.at:%Y-%m-%d %H:%M}"


class AuditEntry(models.Model):
    """Who changed what, when, from what to what, by which channel; written in the change's own transaction."""

    class Channel(models.TextChoices):
        PAGE = "page", _("page")
        API = "api", _("API")
        FILE = "file", _("file")
        COMMAND = "command", _("command")
        WORKER = "worker", _("worker")
        ADMIN = "admin", _("admin")
        MAIL_LINK = "mail_link", _("e-mail link")

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    actor_label = models.CharField(max_length=160, help_text=_("The person, the key, or the system, in words."))
    channel = models.CharField(max_length=10, choices=Channel)
    action = models.CharField(max_length=60)
    thing_type = models.CharField(max_length=60)
    thing_id = models.CharField(max_length=40)
    thing_label = models.CharField(max_length=200)
    changes = models.JSONField(default=dict, help_text=_("Field → [before, after]."))
    request_id = models.CharField(max_length=40, blank=True)
    client_organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    vendor_organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = _("audit entries")
        indexes = [models.Index("thing_type", "thing_id", name="audit_entry_thing")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_label}: {self.action} {self.thing_label}"


class Heartbeat(models.Model):
    """When a part of the desk last worked: "beat", "watch", "worker celery@host", or "backup"."""

    name = models.CharField(max_length=120, unique=True)
    at = models.DateTimeField()
    detail = models.CharField(max_length=200, blank=True, help_text=_("What it did."))
    version = models.CharField(max_length=20, help_text=_("The version of the desk that it runs."))

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M:%S}"
