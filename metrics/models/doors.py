"""What the door for machines remembers: answers to give again, and how much a key wrote in the running minute."""

from django.db import models

from metrics.querysets import BatchQuerySet, WriteWindowQuerySet
from vendors.models import ApiKey, Vendor


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


class WriteWindow(models.Model):
    """How many writes a key has made in the minute that began with the first of them."""

    api_key = models.OneToOneField(ApiKey, on_delete=models.PROTECT, related_name="write_window")
    began_at = models.DateTimeField()
    writes = models.PositiveIntegerField()

    objects = WriteWindowQuerySet.as_manager()

    class Meta:
        ordering = ["api_key"]

    def __str__(self) -> str:
        return f"{self.api_key}: {self.writes} since {self.began_at}"
