"""Which rows of the way in who may know of."""

from datetime import datetime
from typing import Self

from bpo.tenancy import TenantQuerySet
from contracts.querysets import shown_to_vendor


class ReadingQuerySet(TenantQuerySet):
    """How a vendor's files are read is its own."""

    vendor_path = "vendor__organisation"


class ReadingVersionQuerySet(TenantQuerySet):
    vendor_path = "reading__vendor__organisation"


class LargeImportQuerySet(TenantQuerySet):
    vendor_path = "imported__vendor__organisation"


class ImportPartQuerySet(TenantQuerySet):
    vendor_path = "large__imported__vendor__organisation"


class UploadAddressQuerySet(TenantQuerySet):
    """Upload addresses are visible to their vendor, as its keys are, but none of a contract that is a draft."""

    vendor_path = "vendor__organisation"
    vendor_condition = shown_to_vendor("feed__contract__")

    def usable(self, now: datetime) -> Self:
        """Those that take files; not of a vendor that has ended or is shut out."""
        running = self.exclude(vendor__status="ended")
        return running.filter(revoked_at__isnull=True, expires_at__gt=now, vendor__organisation__is_active=True)
