"""A contract as it stands on a day, for pages, files and mails."""

from dataclasses import dataclass
from datetime import date

from contracts.dates import NextDate, next_dates
from contracts.locations import location_of
from contracts.models.agreements import Amendment, Contract, Fee, SecurityDuty
from contracts.models.scope import ScopeItem, ScopeSite
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from vendors.models import DeliveryCentre


@dataclass(frozen=True, slots=True)
class SiteLine:
    """A delivery centre that works on a function, and how far away it is."""

    delivery_centre: DeliveryCentre
    location: ScopeSite.Location
    is_agreed: bool


@dataclass(frozen=True, slots=True)
class ScopeLine:
    """A function in scope, and the sites that work on it."""

    item: ScopeItem
    sites: tuple[SiteLine, ...]


@dataclass(frozen=True, slots=True)
class LevelLine:
    """A service level, and the terms in force; none where it is not promised on that day."""

    service_level: ServiceLevel
    terms: ServiceLevelTerms | None


@dataclass(frozen=True, slots=True)
class ContractState:
    """What held between client and vendor on a day."""

    contract: Contract
    on: date
    amendment: Amendment | None
    scope: tuple[ScopeLine, ...]
    fees: tuple[Fee, ...]
    feeds: tuple[Feed, ...]
    levels: tuple[LevelLine, ...]
    duties: tuple[SecurityDuty, ...]
    next_dates: tuple[NextDate, ...]


def contract_on(contract: Contract, *, on: date) -> ContractState:
    """Scope, prices, feeds, service levels and duties as they hold on that day, and the dates that come after it."""
    return ContractState(
        contract=contract,
        on=on,
        amendment=contract.amendments.filter(effective_on__lte=on).order_by("effective_on").last(),
        scope=scope_on(contract, on=on),
        fees=tuple(contract.fees.in_force(on).select_related("process")),
        feeds=tuple(contract.feeds.in_force(on).select_related("process")),
        levels=levels_on(contract, on=on),
        duties=tuple(contract.security_duties.all()),
        next_dates=tuple(next_dates(contract, on=on)),
    )


def scope_on(contract: Contract, *, on: date) -> tuple[ScopeLine, ...]:
    """Functions in scope on that day, with their sites."""
    items = contract.scope_items.in_force(on).select_related("process").prefetch_related("sites__delivery_centre")
    lines = []
    for item in items:
        item.contract = contract
        sites = []
        for site in item.sites.all():
            site.scope_item = item
            location = location_of(site, year=on.year)
            sites.append(SiteLine(site.delivery_centre, location, bool(site.location_override)))
        lines.append(ScopeLine(item, tuple(sites)))
    return tuple(lines)


def levels_on(contract: Contract, *, on: date) -> tuple[LevelLine, ...]:
    """Every service level of the contract with the terms that judge a period starting on that day."""
    levels = contract.service_levels.select_related("feed", "process")
    rows = ServiceLevelTerms.objects.in_force(on).filter(service_level__contract=contract).select_related("amendment")
    terms = {row.service_level_id: row for row in rows}
    lines = []
    for level in levels:
        found = terms.get(level.pk)
        if found:
            found.service_level = level
        lines.append(LevelLine(level, found))
    return tuple(lines)
