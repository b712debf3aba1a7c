"""Addresses that take files for one feed without a key, for machines that can do no more than send a file."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from bpo.fields import PublicIdField
from bpo.models import User
from bpo.validators import validate_sha256
from contracts.models.service_levels import Feed
from intake.models.readings import FeedReading
from intake.querysets import UploadAddressQuerySet
from vendors.models import Vendor


class UploadAddress(models.Model):
    """An upload address, `…/uploads/UA-…/<token>`; only the token's SHA-256 is stored."""

    public_id = PublicIdField(prefix="UA")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="upload_addresses")
    feed = models.ForeignKey(
        Feed, on_delete=models.PROTECT, related_name="upload_addresses", help_text=_("That all rows are for.")
    )
    reading = models.ForeignKey(
        FeedReading,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="upload_addresses",
        help_text=_("By which its files are read; empty: by any of the feed."),
    )
    name = models.CharField(max_length=80)
    secret_sha256 = models.CharField(max_length=64, validators=[validate_sha256])
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True, help_text=_("Of its last file; empty where it went in."))
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = UploadAddressQuerySet.as_manager()

    class Meta:
        ordering = ["vendor", "-created_at", "pk"]
        verbose_name_plural = _("upload addresses")

    def __str__(self) -> str:
        return f"{self.public_id} {self.name}"
