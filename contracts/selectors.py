"""A contract as it stands on a day, for pages, files and mails."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from contracts.dates import NextDate, next_dates
from contracts.models.agreements import Amendment, Contract, Fee, SecurityDuty
from contracts.models.parties import Client
from contracts.models.scope import ScopeItem, ScopeSite
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from vendors.models import DeliveryCentre

# How far apart the standard times of a nearshore site and its client may be.
NEAR = timedelta(hours=3)


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
    levels = contract.service_levels.select_related("feed", "per_feed", "process")
    rows = ServiceLevelTerms.objects.in_force(on).filter(service_level__contract=contract).select_related("amendment")
    terms = {row.service_level_id: row for row in rows}
    lines = []
    for level in levels:
        found = terms.get(level.pk)
        if found:
            found.service_level = level
        lines.append(LevelLine(level, found))
    return tuple(lines)


def location_of(site: ScopeSite, *, year: int) -> ScopeSite.Location:
    """Where a site of a scope item lies: what the contract calls it, or else what follows from the map."""
    if site.location_override:
        return ScopeSite.Location(site.location_override)
    return derived_location(site.scope_item.contract.client, site.delivery_centre, year=year)


def derived_location(client: Client, centre: DeliveryCentre, *, year: int) -> ScopeSite.Location:
    """Onshore in the client's country, nearshore where standard times are at most three hours apart, else offshore."""
    if centre.country == client.country:
        return ScopeSite.Location.ONSHORE
    apart = abs(standard_offset(client.zone, year) - standard_offset(centre.zone, year))
    return ScopeSite.Location.NEARSHORE if apart <= NEAR else ScopeSite.Location.OFFSHORE


def standard_offset(zone: str, year: int) -> timedelta:
    """The zone's offset from UTC while no summer time is in force, the smaller one of January's and July's."""
    instants = (datetime(year, month, 1, tzinfo=UTC).astimezone(ZoneInfo(zone)) for month in (1, 7))
    return min(instant.utcoffset() or timedelta(0) for instant in instants)
