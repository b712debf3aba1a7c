"""Rows in force from a day on, such as prices: a new one ends the one before it, and the old one stays readable."""

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from datetime import date

from django.db import transaction

from bpo.batches import Batch
from bpo.changes import change_recorded, check_row, save_recorded
from contracts.models.agreements import Contract, Fee
from contracts.models.parties import Process
from contracts.models.scope import ScopeItem, ScopeSite
from contracts.models.service_levels import ServiceLevelTerms
from vendors.models import DeliveryCentre

# Rows that are in force from a day on until the next one.
Lasting = Fee | ScopeItem | ServiceLevelTerms


def succeed(
    row: Lasting,
    *,
    actor: object,
    contract: Contract,
    before: Iterable[Lasting],
    start: str,
    action: str = "",
    batch: Batch | None = None,
) -> None:
    """Save a row in force from a day on; of the rows `before`, the one in force on that day ends on it."""
    with transaction.atomic() if batch is None else nullcontext():
        if batch is None:
            list(Contract.objects.select_for_update().filter(pk=contract.pk).order_by().values_list("pk"))
        row.succeeds = True
        begins = getattr(row, start)
        followed = [earlier for earlier in before if getattr(earlier, start) < begins]
        followed = [earlier for earlier in followed if earlier.ends_on is None or earlier.ends_on > begins]
        if followed:
            check_row(row)  # before anything ends for it
            row.validate_constraints()
        for earlier in followed:
            earlier.succeeds = True
            end_row(earlier, actor=actor, ends_on=begins, batch=batch)
        save_recorded(row, actor=actor, action=action, batch=batch)


def end_row(row: Lasting, *, actor: object, ends_on: date, batch: Batch | None = None) -> None:
    """The row is no longer in force from `ends_on` on."""
    change_recorded(row, actor=actor, action=f"end_{row._meta.model_name}", batch=batch, ends_on=ends_on)


@transaction.atomic
def set_scope_item(
    *,
    actor: object,
    contract: Contract,
    process: Process,
    function: str,
    starts_on: date,
    sites: Mapping[DeliveryCentre, str] | None = None,
    **fields: object,
) -> ScopeItem:
    """Who performs a function, where and how closely supervised, from a day on; what held before ends then.

    `sites` gives each delivery centre what the contract calls its location, or nothing.
    """
    item = ScopeItem(contract=contract, process=process, function=function, starts_on=starts_on, **fields)
    before = contract.scope_items.filter(process=process, function=function)
    succeed(item, actor=actor, contract=contract, before=before, start="starts_on")
    for centre, override in (sites or {}).items():
        site = ScopeSite(scope_item=item, delivery_centre=centre, location_override=override)
        save_recorded(site, actor=actor)
    return item


def set_fee(
    *, actor: object, contract: Contract, code: str, name: str, kind: str, starts_on: date, **fields: object
) -> Fee:
    """A price from a day on; the price that the code had before ends then."""
    fee = Fee(contract=contract, code=code, name=name, kind=kind, starts_on=starts_on, **fields)
    succeed(fee, actor=actor, contract=contract, before=contract.fees.filter(code=code), start="starts_on")
    return fee
