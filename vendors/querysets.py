"""Reads of vendors and what belongs to them."""

from datetime import date, datetime
from typing import Self

from django.db.models import Q

from bpo.tenancy import TenantQuerySet, reach_of


class VendorQuerySet(TenantQuerySet):
    """A vendor is seen by itself and by the clients it has a contract with."""

    client_path = "contracts__client__organisation"
    vendor_path = "organisation"
    needs_distinct = True
    is_open_to_operators = True


class VendorOwnedQuerySet(TenantQuerySet):
    """What belongs to a vendor is seen with it."""

    client_path = "vendor__contracts__client__organisation"
    vendor_path = "vendor__organisation"
    needs_distinct = True
    is_open_to_operators = True


class ContactQuerySet(VendorOwnedQuerySet):
    """The contacts of a vendor."""

    def reachable_for(self, principal: object, day: date) -> Self:
        """Contacts that the vendor itself may see on a day, and clients whose contract with it still runs."""
        reach, rows = reach_of(principal), self.visible_to(principal)
        if reach.is_operator:
            return rows
        vendors = self.model._meta.get_field("vendor").related_model
        contracts = vendors._meta.get_field("contracts").related_model.objects.not_ended(day)
        mine = contracts.filter(client__organisation__in=reach.organisations)
        return rows.filter(Q(vendor__organisation__in=reach.organisations) | Q(vendor__contracts__in=mine)).distinct()


class ApiKeyQuerySet(TenantQuerySet):
    """Keys are visible to their vendor, never to a client."""

    vendor_path = "vendor__organisation"

    def usable(self, now: datetime) -> Self:
        alive = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
        return self.filter(alive, revoked_at__isnull=True, vendor__organisation__is_active=True)


class KeyRequestQuerySet(TenantQuerySet):
    vendor_path = "api_key__vendor__organisation"


class IdempotentReplyQuerySet(TenantQuerySet):
    """What keys were answered is visible to their vendor; what a person was answered is only repeated to them."""

    vendor_path = "vendor__organisation"
