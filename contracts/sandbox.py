"""What was agreed with one vendor, copied row by row into the sandbox, where its test keys work under the same terms.

A copy keeps the ids and keys of the original: a program that works with a test key works with a live one.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import models, transaction
from django.db.models import Q

from bpo.models import Organisation, User
from contracts.models.agreements import Amendment, Contract
from contracts.models.calendars import ContractCalendar, HolidayYear
from contracts.models.parties import BusinessCalendar, CalendarException, Client, Process
from contracts.models.scope import ScopeItem, ScopeSite
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from vendors.models import ApiKey, DeliveryCentre, Vendor

Rows = dict[int, dict[str, Any]]
Copy = dict[type[models.Model], Rows]

OF_CALENDARS = (
    "contracts__vendor__organisation",
    "timed_later__contract__vendor__organisation",
    "clients__contracts__vendor__organisation",
)
# Each table after those that it refers to, with every way that leads from a row to a vendor's organisation.
PARTS: Mapping[type[models.Model], tuple[str, ...]] = {
    Organisation: ("pk", "client__contracts__vendor__organisation", *(f"calendars__{way}" for way in OF_CALENDARS)),
    BusinessCalendar: OF_CALENDARS,
    CalendarException: tuple(f"calendar__{way}" for way in OF_CALENDARS),
    HolidayYear: tuple(f"calendar__{way}" for way in OF_CALENDARS),
    Client: ("contracts__vendor__organisation",),
    Vendor: ("organisation",),
    DeliveryCentre: ("vendor__organisation",),
    ApiKey: ("vendor__organisation",),
    Process: (
        "feeds__contract__vendor__organisation",
        "service_levels__contract__vendor__organisation",
        "scope_items__contract__vendor__organisation",
    ),
    Contract: ("vendor__organisation",),
    Amendment: ("contract__vendor__organisation",),
    ContractCalendar: ("contract__vendor__organisation",),
    ScopeItem: ("contract__vendor__organisation",),
    ScopeSite: ("scope_item__contract__vendor__organisation",),
    Feed: ("contract__vendor__organisation",),
    ServiceLevel: ("contract__vendor__organisation",),
    ServiceLevelTerms: ("service_level__contract__vendor__organisation",),
}
ONLY = {ApiKey: Q(mode=ApiKey.Mode.TEST)}
# People stay on the record, and so does what a key's page tells of it.
BLANK = {
    ApiKey: {"secret_sha256": "", "successor_id": None, "last_used_at": None, "last_error": "", "last_error_at": None}
}


def agreed_with(vendor: Vendor) -> Copy:
    """All rows of what was agreed with the vendor, as the database at hand holds them now."""
    return {model: _rows(model, _keys(model, vendor)) for model in PARTS}


def copied_of(vendor: Vendor, wanted: Copy) -> Copy:
    """What the database at hand holds of the original, and whatever else lies at its keys."""
    return {model: _rows(model, _keys(model, vendor) | wanted[model].keys()) for model in PARTS}


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


def _keys(model: type[models.Model], vendor: Vendor) -> set[int]:
    """The rows that belong to the vendor, way by way: all of them in one join would multiply one another."""
    rows = model._base_manager.filter(ONLY.get(model, Q()))
    found = (rows.filter(**{way: vendor.organisation_id}).values_list("pk", flat=True) for way in PARTS[model])
    return {pk for keys in found for pk in keys}


def _rows(model: type[models.Model], keys: Collection[int]) -> Rows:
    blank = {field.attname: None for field in _columns(model) if field.related_model is User} | BLANK.get(model, {})
    names = [field.attname for field in _columns(model)]
    rows = model._base_manager.filter(pk__in=keys).order_by("pk") if keys else model._base_manager.none()
    return {row["id"]: {**row, **blank} for row in rows.values(*names)}


def _columns(model: type[models.Model]) -> Iterable[models.Field]:
    return [field for field in model._meta.concrete_fields if not field.generated]
