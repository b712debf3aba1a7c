"""Uploaded files: stored as they came, previewed before their rows are stored, and undone until the night."""

import hashlib
import io
import zlib

from django.core.files.base import File
from django.db import models
from django.utils.translation import gettext_lazy as _

from bpo import stored_files
from bpo.fields import PublicIdField
from bpo.models import User
from bpo.validators import validate_sha256
from contracts.models.service_levels import Feed
from intake.models.readings import FeedReadingVersion
from intake.models.upload_addresses import UploadAddress
from metrics.models.results import Batch
from metrics.querysets import BatchQuerySet
from vendors.models import Vendor


class Import(models.Model):
    """One uploaded file, `IM-…`; its rows become results only when somebody who has seen the preview says so."""

    class State(models.TextChoices):
        PREVIEW = "preview", _("not imported yet")
        IMPORTED = "imported", _("imported")
        DROPPED = "dropped", _("not imported")
        UNDONE = "undone", _("undone")

    public_id = PublicIdField(prefix="IM")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="imports")
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="imports")
    address = models.ForeignKey(
        UploadAddress,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="imports",
        help_text=_("That took the file, where no person uploaded it."),
    )
    uploaded_at = models.DateTimeField()
    file_name = models.CharField(max_length=200)
    file = models.FileField(
        blank=True,
        max_length=200,
        db_default="",
        help_text=_("The file as it came, in the storage of files; empty once it is no longer kept."),
    )
    content = models.BinaryField(
        default=b"", db_default=b"", help_text=_("The file, compressed, where an earlier version brought it.")
    )
    sheet = models.BinaryField(
        null=True, help_text=_("What was found in a workbook when it was uploaded, compressed; empty for other files.")
    )
    sha256 = models.CharField(max_length=64, validators=[validate_sha256])
    feed = models.ForeignKey(
        Feed,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("That all rows are for; empty where the rows say it themselves."),
    )
    reading = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text=_("How the file is read, as far as a person has said; empty: as earlier ones of the feed."),
    )
    reading_name = models.CharField(max_length=80, blank=True, db_default="", help_text=_("Under which it is kept."))
    answers = models.JSONField(
        default=list, db_default=[], blank=True, help_text=_("[{question, answer}] about how the file is read")
    )
    reading_version = models.ForeignKey(
        FeedReadingVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="imports"
    )
    reason = models.CharField(max_length=200, blank=True, help_text=_("For corrections and for closed periods."))
    state = models.CharField(max_length=8, choices=State, default=State.PREVIEW)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    rows_refused = models.PositiveIntegerField(default=0, help_text=_("Wrong rows that were left out."))
    batch = models.OneToOneField(Batch, null=True, blank=True, on_delete=models.PROTECT, related_name="brought_by")
    undo_batch = models.OneToOneField(Batch, null=True, blank=True, on_delete=models.PROTECT, related_name="undoes")
    undone_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["imported", "undone"], batch__isnull=False)
                | models.Q(state__in=["preview", "dropped"], batch__isnull=True),
                name="import_has_its_batch",
            )
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.file_name}"

    @property
    def is_kept(self) -> bool:
        """Whether the file itself is still there."""
        return bool(self.file or self.content)

    def keep_file(self, content: "File[bytes]") -> None:
        """Write a file into the storage, and set its name and digest; the row is not saved. Raises FilesUnavailable."""
        digest, name = hashlib.sha256(), stored_files.new_name(self.vendor.public_id)
        for piece in content.chunks():
            digest.update(piece)
        stored_files.save_file(name, content)
        self.file.name, self.sha256 = name, digest.hexdigest()

    def open_file(self) -> "File[bytes]":
        """Open the file as it came, to be read in pieces; it is empty once it is no longer kept.

        Raises FilesUnavailable.
        """
        if self.file.name:
            return stored_files.open_file(self.file.name)
        return File(io.BytesIO(zlib.decompress(self.content) if self.content else b""))
