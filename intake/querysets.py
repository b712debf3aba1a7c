"""Reads of what intake keeps about keys."""

from bpo.tenancy import TenantQuerySet


class OfKeyQuerySet(TenantQuerySet):
    """Rows about a key, which only its vendor sees."""

    vendor_path = "api_key__vendor__organisation"
