"""Reads of what was agreed."""

from datetime import date
from typing import Any, Self

from django.db.models import Q

from bpo.tenancy import TenantQuerySet, reach_of


class ClientQuerySet(TenantQuerySet):
    """A client is seen by itself; its vendors learn only its name, through their contracts."""

    client_path = "organisation"


class ProcessQuerySet(TenantQuerySet):
    """A process is seen by its client and by vendors that have a contract touching it."""

    client_path = "client__organisation"
    vendor_path = "scope_items__contract__vendor__organisation"

    def visible_to(self, principal: Any) -> Self:
        return super().visible_to(principal).distinct()


class CalendarQuerySet(TenantQuerySet):
    """A calendar is seen by its owner, by parties of contracts that use it, and by all users where it has no owner."""

    def visible_to(self, principal: Any) -> Self:
        reach = reach_of(principal)
        if reach.everything:
            return self.all()
        mine = (
            Q(owner__in=reach.organisations)
            | Q(contracts__vendor__organisation__in=reach.organisations)
            | Q(contracts__client__organisation__in=reach.organisations)
            | Q(timed_later__contract__vendor__organisation__in=reach.organisations)
            | Q(timed_later__contract__client__organisation__in=reach.organisations)
        )
        if reach.organisations:
            mine |= Q(owner__isnull=True)
        return self.filter(mine).distinct()


class CalendarRowQuerySet(TenantQuerySet):
    """What belongs to a calendar is seen with it."""

    def visible_to(self, principal: Any) -> Self:
        calendars = self.model._meta.get_field("calendar").related_model.objects.visible_to(principal)
        return self.filter(calendar__in=calendars)


def not_ended(day: date) -> Q:
    """Rows that no end has reached on a day; `ends_on` is the first day on which they no longer hold."""
    return Q(ends_on__isnull=True) | Q(ends_on__gt=day)


class ContractQuerySet(TenantQuerySet):
    client_path = "client__organisation"
    vendor_path = "vendor__organisation"

    def in_force(self, day: date) -> Self:
        """Contracts that run on `day`; drafts never do."""
        return self.filter(not_ended(day), starts_on__lte=day).exclude(status="draft")


class ContractOwnedQuerySet(TenantQuerySet):
    client_path = "contract__client__organisation"
    vendor_path = "contract__vendor__organisation"

    def on(self, day: date) -> Self:
        """Rows in force on `day`, of tables with starts_on and ends_on."""
        return self.filter(not_ended(day), starts_on__lte=day)


class ScopeSiteQuerySet(TenantQuerySet):
    client_path = "scope_item__contract__client__organisation"
    vendor_path = "scope_item__contract__vendor__organisation"


class TermsQuerySet(TenantQuerySet):
    client_path = "service_level__contract__client__organisation"
    vendor_path = "service_level__contract__vendor__organisation"

    def in_force(self, day: date) -> Self:
        """The terms that judge a period which starts on `day`."""
        return self.filter(not_ended(day), effective_on__lte=day)
