"""Reads of what the way in remembers."""

from bpo.tenancy import TenantQuerySet


class OfKeyQuerySet(TenantQuerySet):
    """What a key was told is its vendor's business alone."""

    vendor_path = "api_key__vendor__organisation"
