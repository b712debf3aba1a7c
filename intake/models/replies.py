"""How much the API refused of requests with results."""

from django.db import models

from vendors.models import ApiKey
from vendors.querysets import KeyRequestQuerySet


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
