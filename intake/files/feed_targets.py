"""What a feed takes, gathered from its contract, its service levels and its results."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q

from contracts.models.service_levels import Feed, ServiceLevelTerms
from intake.files.readings.targets import Target
from metrics.models.results import CountResult
from sla.obligations import time_taken
from sla.periods import local_day
from vendors.models import DeliveryCentre, Vendor

# Splits of this many results are names in use.
LATEST = 500
UTC = "UTC"


def target_of(feed: Feed | None, vendor: Vendor, *, now: datetime) -> Target:
    """Return what the rows of a file have to be; of a file whose rows name their feeds anything is possible."""
    centres = DeliveryCentre.objects.filter(vendor=vendor).order_by("pk").values_list("zone", flat=True)
    own = feed.contract.zone if feed else UTC
    zones = list(dict.fromkeys([own, UTC, *centres]))
    if feed is None:
        return Target("", "", ZoneInfo(UTC), date.min, local_day(now, ZoneInfo(UTC)), zones)
    return Target(
        kind=feed.kind,
        schedule=feed.schedule,
        zone=ZoneInfo(own),
        first_day=time_taken(feed).start,
        today=local_day(now, ZoneInfo(own)),
        zones=zones,
        names=names_of(feed),
        highest=feed.highest,
    )


def names_of(feed: Feed) -> dict[str, list[str]]:
    """Return the names by which service levels narrow the feed, and the splits that it has, by column."""
    names: dict[str, dict[str, None]] = {}

    def add(narrowing: dict[str, Iterable[str]]) -> None:
        for column, values in narrowing.items():
            names.setdefault(column, {}).update(dict.fromkeys(values))

    terms = ServiceLevelTerms.objects.filter(Q(service_level__feed=feed) | Q(service_level__per_feed=feed)).order_by()
    for narrowing, per, own in terms.values_list("narrowing", "per", "service_level__feed"):
        add(narrowing if own == feed.pk else (per or {}).get("only", {}))
    if feed.kind == Feed.Kind.COUNTS:
        latest = CountResult.objects.filter(feed=feed).order_by("-starts_on")[:LATEST]
        add({"split": sorted({split for split in latest.values_list("split", flat=True) if split})})
    return {column: list(values) for column, values in names.items()}
