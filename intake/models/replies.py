"""What the API keeps of requests with results: answers to repeat, and how much it refused."""

from django.db import models

from metrics.querysets import BatchQuerySet
from vendors.models import ApiKey, Vendor
from vendors.querysets import KeyRequestQuerySet


class IdempotentReply(models.Model):
    """The answer once given to an Idempotency-Key; written with the results: both are there, or neither."""

    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=255)
    request_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.BinaryField(help_text="Compressed; given again byte for byte.")
    created_at = models.DateTimeField()

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name_plural = "idempotent replies"
        constraints = [models.UniqueConstraint("vendor", "key", name="idempotent_reply_once")]
        indexes = [models.Index("created_at", name="idempotent_reply_age")]

    def __str__(self) -> str:
        return f"{self.key} of {self.vendor}"


class RefusedIntake(models.Model):
    """What one key was refused as a whole on one day, of which no receipt tells: requests, and their rows."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="+")
    on = models.DateField(help_text="In UTC.")
    requests = models.PositiveIntegerField()
    rows = models.PositiveIntegerField(help_text="Of requests that could be read.")

    objects = KeyRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-pk"]
        constraints = [
            models.UniqueConstraint("api_key", "on", name="refused_intake_once"),
        ]

    def __str__(self) -> str:
        return f"{self.api_key} {self.on}: {self.rows}"
