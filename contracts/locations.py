"""Whether a site is onshore, nearshore or offshore for the client: as the contract says, or by country and zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from contracts.models.parties import Client
from contracts.models.scope import ScopeSite
from vendors.models import DeliveryCentre

NEAR = timedelta(hours=3)


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
