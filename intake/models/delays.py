"""Reports that will be late, as their vendor says beforehand."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from bpo.models import User
from contracts.models.service_levels import Feed
from metrics.querysets import FeedRowQuerySet
from vendors.models import ApiKey


class AnnouncedDelay(models.Model):
    """A vendor's word that one report of a feed comes later; it moves no deadline, and says when to expect it."""

    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="announced_delays")
    starts_on = models.DateField(help_text=_("First day of the span that the report is for."))
    until = models.DateField(help_text=_("The local day on which the report will be there."))
    reason = models.CharField(max_length=200)
    announced_at = models.DateTimeField()
    announced_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    api_key = models.ForeignKey(ApiKey, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = FeedRowQuerySet.as_manager()

    class Meta:
        ordering = ["-announced_at", "-pk"]
        indexes = [models.Index("feed", "starts_on", name="announced_delay_span")]

    def __str__(self) -> str:
        return f"{self.feed} {self.starts_on}: {self.until}"


class FeedRefusal(models.Model):
    """The last time that rows for a feed were refused: what was tried and did not come in."""

    feed = models.OneToOneField(Feed, on_delete=models.PROTECT, related_name="last_refusal")
    refused_at = models.DateTimeField()
    rows = models.PositiveIntegerField()
    code = models.CharField(max_length=60)
    detail = models.CharField(max_length=300)

    objects = FeedRowQuerySet.as_manager()

    class Meta:
        ordering = ["-refused_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.feed} {self.refused_at}: {self.code}"
