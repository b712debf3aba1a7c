"""Which rows of the way in who may know of."""

from bpo.tenancy import TenantQuerySet


class ReadingQuerySet(TenantQuerySet):
    """How a vendor's files are read is its own."""

    vendor_path = "vendor__organisation"


class ReadingVersionQuerySet(TenantQuerySet):
    vendor_path = "reading__vendor__organisation"


class LargeImportQuerySet(TenantQuerySet):
    vendor_path = "imported__vendor__organisation"


class ImportPartQuerySet(TenantQuerySet):
    vendor_path = "large__imported__vendor__organisation"
