"""What was agreed with one vendor, copied row by row into the shadow, where its test keys work under the same terms.

A copy keeps the ids and keys of the original: a program that works with a test key works with a live one.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import models, transaction
from django.db.models import Q

from bpo.models import Organisation, User
from contracts.models.agreements import Amendment, Contract, ScopeItem, ScopeSite
from contracts.models.calendars import ContractCalendar, HolidayYear
from contracts.models.parties import BusinessCalendar, CalendarException, Client, Process
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from vendors.models import ApiKey, DeliveryCentre, Vendor

Rows = dict[int, dict[str, Any]]
Copy = dict[type[models.Model], Rows]

# Each table after those that it refers to, and which of its rows belong to a vendor (its organisation's key is given).
PARTS: Mapping[type[models.Model], Callable[[int], Q]] = {
    Organisation: lambda org: (
        Q(pk=org)
        | Q(client__contracts__vendor__organisation=org)
        | Q(calendars__contracts__vendor__organisation=org)
        | Q(calendars__timed_later__contract__vendor__organisation=org)
        | Q(calendars__clients__contracts__vendor__organisation=org)
    ),
    BusinessCalendar: lambda org: (
        Q(contracts__vendor__organisation=org)
        | Q(timed_later__contract__vendor__organisation=org)
        | Q(clients__contracts__vendor__organisation=org)
    ),
    CalendarException: lambda org: _of_calendars(org),
    HolidayYear: lambda org: _of_calendars(org),
    Client: lambda org: Q(contracts__vendor__organisation=org),
    Vendor: lambda org: Q(organisation=org),
    DeliveryCentre: lambda org: Q(vendor__organisation=org),
    ApiKey: lambda org: Q(vendor__organisation=org, mode=ApiKey.Mode.TEST),
    Process: lambda org: (
        Q(feeds__contract__vendor__organisation=org)
        | Q(service_levels__contract__vendor__organisation=org)
        | Q(scope_items__contract__vendor__organisation=org)
    ),
    Contract: lambda org: Q(vendor__organisation=org),
    Amendment: lambda org: Q(contract__vendor__organisation=org),
    ContractCalendar: lambda org: Q(contract__vendor__organisation=org),
    ScopeItem: lambda org: Q(contract__vendor__organisation=org),
    ScopeSite: lambda org: Q(scope_item__contract__vendor__organisation=org),
    Feed: lambda org: Q(contract__vendor__organisation=org),
    ServiceLevel: lambda org: Q(contract__vendor__organisation=org),
    ServiceLevelTerms: lambda org: Q(service_level__contract__vendor__organisation=org),
}
# People stay on the record, and so does what a key's page tells of it.
BLANK = {
    ApiKey: {"secret_sha256": "", "successor_id": None, "last_used_at": None, "last_error": "", "last_error_at": None}
}


def agreed_with(vendor: Vendor) -> Copy:
    """All rows of what was agreed with the vendor, as the database at hand holds them now."""
    return {model: _rows(model, condition(vendor.organisation_id)) for model, condition in PARTS.items()}


def copied_of(vendor: Vendor, wanted: Copy) -> Copy:
    """What the database at hand holds of the original, and whatever else lies at its keys."""
    organisation = vendor.organisation_id
    return {
        model: _rows(model, condition(organisation) | Q(pk__in=wanted[model])) for model, condition in PARTS.items()
    }


def is_foreign(have: Copy, wanted: Copy) -> bool:
    """Whether the copy holds rows that the original does not, or that are another thing there."""
    return any(
        pk not in wanted[model] or row.get("public_id") != wanted[model][pk].get("public_id")
        for model, rows in have.items()
        for pk, row in rows.items()
    )


@transaction.atomic
def write_copy(have: Copy, wanted: Copy) -> None:
    """Make what the database at hand holds equal to the original."""
    for model in reversed(PARTS):
        model._base_manager.filter(pk__in=have[model].keys() - wanted[model].keys())._raw_delete("default")
    for model in PARTS:
        changed = [model(**row) for pk, row in wanted[model].items() if have[model].get(pk) != row]
        names = [field.name for field in _columns(model) if not field.primary_key]
        model._base_manager.bulk_create(changed, update_conflicts=True, unique_fields=["pk"], update_fields=names)


def _rows(model: type[models.Model], condition: Q) -> Rows:
    blank = {field.attname: None for field in _columns(model) if field.related_model is User} | BLANK.get(model, {})
    names = [field.attname for field in _columns(model)]
    keys = model._base_manager.filter(condition).values("pk")
    return {
        row["id"]: {**row, **blank} for row in model._base_manager.filter(pk__in=keys).order_by("pk").values(*names)
    }


def _columns(model: type[models.Model]) -> Iterable[models.Field]:
    return [field for field in model._meta.concrete_fields if not field.generated]


def _of_calendars(organisation: int) -> Q:
    return Q(calendar__in=BusinessCalendar.objects.filter(PARTS[BusinessCalendar](organisation)).values("pk"))
