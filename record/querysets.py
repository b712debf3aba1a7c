"""Reads of the hash chains."""

from django.db.models import Q

from bpo.tenancy import TenantQuerySet
from contracts.querysets import shown_to_vendor


class ChainQuerySet(TenantQuerySet):
    """A chain belongs to both parties of its contract; that of the installation is the operators'."""

    client_path = "contract__client__organisation"
    open_condition = Q(contract__isnull=True)
    vendor_path = "contract__vendor__organisation"
    vendor_condition = shown_to_vendor("contract__")


class LinkQuerySet(TenantQuerySet):
    client_path = "chain__contract__client__organisation"
    open_condition = Q(chain__contract__isnull=True)
    vendor_path = "chain__contract__vendor__organisation"
    vendor_condition = shown_to_vendor("chain__contract__")


class UnlinkedQuerySet(TenantQuerySet):
    """What waits to be linked is the operators' alone."""
