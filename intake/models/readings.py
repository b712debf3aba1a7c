"""How a feed's files are read: said once by its vendor, kept in versions, used for every later file."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from bpo.models import User
from contracts.models.service_levels import Feed
from intake.querysets import ReadingQuerySet, ReadingVersionQuerySet
from vendors.models import ApiKey, Vendor


class FeedReading(models.Model):
    """A reading of a vendor, by its name; what it says stands in its versions."""

    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="readings")
    feed = models.ForeignKey(
        Feed,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="readings",
        help_text=_("That all rows are for; empty where the rows say it themselves."),
    )
    name = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    objects = ReadingQuerySet.as_manager()

    class Meta:
        ordering = ["vendor", "name"]
        constraints = [models.UniqueConstraint(fields=["vendor", "name"], name="feed_reading_name_once")]

    def __str__(self) -> str:
        return self.name


class FeedReadingVersion(models.Model):
    """What a reading said from some time on; it is never changed."""

    reading = models.ForeignKey(FeedReading, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField(help_text=_("The reading, as it is exported."))
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    made_with = models.ForeignKey(ApiKey, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ReadingVersionQuerySet.as_manager()

    class Meta:
        ordering = ["reading", "-number"]
        constraints = [models.UniqueConstraint(fields=["reading", "number"], name="feed_reading_version_number_once")]

    def __str__(self) -> str:
        return f"{self.reading} {self.number}"
