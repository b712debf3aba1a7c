"""Reads of what was agreed."""

from datetime import date
from typing import ClassVar, Self

from django.db.models import Q

from bpo.tenancy import TenantQuerySet, reach_of

# Feeds for which results are taken: of drafts only those with history, as `sla.obligations.time_taken` has it.
TAKING_RESULTS = ~Q(contract__status="draft", contract__judged_from__isnull=True)


def shown_to_vendor(path: str = "") -> Q:
    """Rows of contracts, at the end of a path, that their vendor sees.

    Of drafts these are those that are proposed to it, and those with an opening day, before which it loads history.
    """
    is_in_force = Q(**{f"{path}status__in": ("active", "ended", "terminated")})
    return is_in_force | Q(**{f"{path}is_proposed": True}) | Q(**{f"{path}judged_from__isnull": False})


class ClientQuerySet(TenantQuerySet):
    """A client is seen by itself; its vendors learn only its name, through their contracts."""

    client_path = "organisation"
    is_open_to_operators = True


class RollUpTargetQuerySet(TenantQuerySet):
    """What a client expects of its roll-ups is its own."""

    client_path = "client__organisation"


class ProcessQuerySet(TenantQuerySet):
    """A process is seen by its client and by vendors that have a contract touching it."""

    client_path = "client__organisation"
    vendor_path = "scope_items__contract__vendor__organisation"
    vendor_condition = shown_to_vendor("scope_items__contract__")
    needs_distinct = True


class CalendarQuerySet(TenantQuerySet):
    """A calendar is seen by its owner, by parties of contracts that use it, and by all users where it has no owner."""

    def visible_to(self, principal: object) -> Self:
        reach = reach_of(principal)
        mine = (
            Q(owner__in=reach.organisations)
            | Q(contracts__vendor__organisation__in=reach.organisations) & shown_to_vendor("contracts__")
            | Q(contracts__client__organisation__in=reach.organisations)
            | Q(timed_later__contract__vendor__organisation__in=reach.organisations)
            | Q(timed_later__contract__client__organisation__in=reach.organisations)
        )
        if reach.organisations or reach.is_operator:
            mine |= Q(owner__isnull=True)
        return self.filter(mine).distinct()


class CalendarRowQuerySet(TenantQuerySet):
    """What belongs to a calendar is seen with it."""

    def visible_to(self, principal: object) -> Self:
        calendars = self.model._meta.get_field("calendar").related_model.objects.visible_to(principal)
        return self.filter(calendar__in=calendars)


class ContractOwnedQuerySet(TenantQuerySet):
    client_path = "contract__client__organisation"
    vendor_path = "contract__vendor__organisation"
    vendor_condition = shown_to_vendor("contract__")
    start_column: ClassVar[str] = "starts_on"

    def in_force(self, day: date) -> Self:
        """Rows that hold on `day`; `ends_on` is the first day on which they no longer do."""
        return self.not_ended(day).filter(**{f"{self.start_column}__lte": day})

    def not_ended(self, day: date) -> Self:
        """Rows whose end does not lie on or before `day`."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=day))


class ContractQuerySet(ContractOwnedQuerySet):
    client_path = "client__organisation"
    vendor_path = "vendor__organisation"
    vendor_condition = shown_to_vendor()

    def heads_visible_to(self, principal: object) -> Self:
        """Contracts of which somebody may know parties, title, status and dates: operators those of all clients."""
        return self.all() if reach_of(principal).is_operator else self.visible_to(principal)

    def in_force(self, day: date) -> Self:
        """Contracts that run on `day`; drafts never do."""
        return super().in_force(day).exclude(status="draft")

    def not_ended(self, day: date) -> Self:
        """Contracts whose end, as `Contract.time` has it, does not lie on or before `day`."""
        renews = Q(status__in=("draft", "active"), renewal="automatic", notice_given_on__isnull=True)
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=day) | renews)


class ScopeSiteQuerySet(TenantQuerySet):
    client_path = "scope_item__contract__client__organisation"
    vendor_path = "scope_item__contract__vendor__organisation"
    vendor_condition = shown_to_vendor("scope_item__contract__")


class TermsQuerySet(ContractOwnedQuerySet):
    """Terms; those in force on a day judge the period that starts on it."""

    client_path = "service_level__contract__client__organisation"
    vendor_path = "service_level__contract__vendor__organisation"
    vendor_condition = shown_to_vendor("service_level__contract__")
    start_column = "effective_on"
