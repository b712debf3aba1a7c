"""What the door for machines remembers: answers to give again."""

from django.db import models

from metrics.querysets import BatchQuerySet
from vendors.models import Vendor


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
