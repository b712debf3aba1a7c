"""Large files: read part by part behind the page, with what each part would do; they are stored as one batch."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from bpo.models import User
from intake.models.imports import Import
from intake.querysets import ImportPartQuerySet, LargeImportQuerySet

# What is kept of a file or of a part of it, for its page.
Json = dict[str, Any]


class LargeImport(models.Model):
    """How far a worker has come with a large file; its row is the lock of the work on it.

    A claim ends by itself, so that a killed worker holds up nobody: another one goes on after the last whole part.
    """

    class Step(models.TextChoices):
        SURVEY = "survey", _("looking through the file")
        ASK = "ask", _("waiting for answers")
        READ = "read", _("reading and checking the rows")
        COMPARE = "compare", _("comparing the parts")
        PREVIEW = "preview", _("waiting for a decision")
        STORE = "store", _("storing the rows")
        UNDO = "undo", _("taking the rows back")
        STOPPED = "stopped", _("stopped")
        DONE = "done", _("done")

    imported = models.OneToOneField(Import, on_delete=models.PROTECT, related_name="large")
    step = models.CharField(max_length=8, choices=Step, default=Step.SURVEY)
    opened = models.JSONField(default=dict, help_text=_("How the file was opened, as it was found in it."))
    survey = models.BinaryField(null=True, help_text=_("What stands in its columns, compressed."))
    lines = models.PositiveIntegerField(default=0, help_text=_("Of the file, as far as it was looked through."))
    lines_read = models.PositiveIntegerField(default=0)
    rows_read = models.PositiveIntegerField(default=0)
    summary = models.JSONField(default=dict, help_text=_("What is true of the file as a whole."))
    problem = models.JSONField(default=dict, help_text=_("Why it cannot go on: code, detail and hint."))
    confirmed = models.JSONField(default=list, help_text=_("The questions that were confirmed."))
    asked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    claim = models.CharField(max_length=36, blank=True, default="")
    claimed_at = models.DateTimeField(null=True, blank=True)
    worked_at = models.DateTimeField(help_text=_("When a worker last had it; the longest waiting one is next."))
    attempts = models.PositiveSmallIntegerField(default=0, help_text=_("Starts since it last got on."))

    objects = LargeImportQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.imported}: {self.get_step_display()}"

    @property
    def is_under_way(self) -> bool:
        return self.step in WORKING

    @property
    def percent(self) -> int:
        """How much of the file has been read and checked, in whole percent."""
        return min(100, 100 * self.lines_read // self.lines) if self.lines else 0


# The steps that a worker takes; in the others a person is asked, or nothing is left to do.
WORKING = [
    LargeImport.Step.SURVEY,
    LargeImport.Step.READ,
    LargeImport.Step.COMPARE,
    LargeImport.Step.STORE,
    LargeImport.Step.UNDO,
]  # fmt: skip


class ImportPart(models.Model):
    """Some thousand rows of a large file as they were read, and what would become of them."""

    large = models.ForeignKey(LargeImport, on_delete=models.PROTECT, related_name="parts")
    number = models.PositiveIntegerField()
    first_row = models.PositiveIntegerField(help_text=_("How many rows of the file stand before it."))
    rows = models.PositiveIntegerField()
    content = models.BinaryField(help_text=_("The cells of the rows as they were read, compressed."))
    keys = models.BinaryField(help_text=_("A digest of eight bytes of each key, to find what stands twice."))
    repeated = models.JSONField(default=dict, help_text=_("Rows that stand in an earlier part: place, and that row."))
    wrong = models.BinaryField(help_text=_("What is wrong with each wrong line, compressed."))
    summary = models.JSONField(default=dict)

    objects = ImportPartQuerySet.as_manager()

    class Meta:
        ordering = ["large", "number"]
        constraints = [models.UniqueConstraint(fields=["large", "number"], name="import_part_number_once")]

    def __str__(self) -> str:
        return f"{self.large}, {self.number}"
