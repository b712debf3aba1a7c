"""The ledger of nights: which zone's which date was run, what it judged, what changed, what failed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from bpo.validators import validate_zone
from metrics.querysets import RunQuerySet


class Run(models.Model):
    """One night of one zone; unique, so that two beats or two workers make one."""

    class State(models.TextChoices):
        STARTED = "started", _("started")
        FINISHED = "finished", _("finished")
        FAILED = "failed", _("finished with failures")

    zone = models.CharField(max_length=64, validators=[validate_zone])
    local_date = models.DateField(help_text=_("The morning on which the night ends."))
    state = models.CharField(max_length=8, choices=State, default=State.STARTED)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    is_late = models.BooleanField(default=False, help_text=_("Caught up after its hour had passed."))
    claim = models.CharField(max_length=36, blank=True, help_text=_("Of the worker that runs it at this moment."))
    # When its last step began; it stays when the claim has ended.
    claimed_at = models.DateTimeField(null=True, blank=True)
    marked_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When all cells that it judges were in the work queue.")
    )
    judged = models.PositiveIntegerField(default=0)
    closed = models.PositiveIntegerField(default=0)
    verified = models.PositiveIntegerField(default=0, help_text=_("Final verdicts that were recomputed."))
    verified_up_to = models.BigIntegerField(
        null=True, blank=True, help_text=_("The last final verdict recomputed; empty before the first.")
    )
    failures = models.JSONField(default=list, help_text=_("[{service_level, period, error}, …]"))

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-local_date", "zone"]
        constraints = [models.UniqueConstraint("zone", "local_date", name="run_once_a_night")]

    def __str__(self) -> str:
        return f"{self.zone} {self.local_date}"
