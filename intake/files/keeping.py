"""Readings are kept in versions; the next file of a feed is read by the latest one that fits it."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from bpo import audit
from bpo.models import User
from contracts.models.service_levels import Feed
from intake.files.readings.reading import BadReading, Reading, reading_from
from intake.models.readings import FeedReading, FeedReadingVersion
from vendors.keys import KeyPrincipal
from vendors.models import Vendor

MOST_TRIED = 20
LONGEST_NAME = 80


def earlier_readings(vendor: Vendor, feed: Feed | None) -> list[tuple[str, Reading]]:
    """Return the latest version of each reading of the vendor for a feed, the last made first."""
    versions = FeedReadingVersion.objects.filter(reading__vendor=vendor, reading__feed=feed).select_related("reading")
    found: dict[str, Reading] = {}
    for version in versions.order_by("-pk")[: MOST_TRIED * 5]:
        if version.reading.name not in found:
            found[version.reading.name] = reading_from(version.content)
    return list(found.items())[:MOST_TRIED]


@transaction.atomic
def keep_reading(
    *, vendor: Vendor, feed: Feed | None, name: str, content: Mapping[str, object], principal: object, now: datetime
) -> FeedReadingVersion:
    """Keep a reading under its name as a new version, unless its latest version says the same. Raises BadReading."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or "/" in name:
        raise BadReading(_("A reading has a name of at most 80 characters without a slash."))
    stated = reading_from(content).to_keep()
    Vendor.objects.select_for_update().get(pk=vendor.pk)
    reading, _is_new = FeedReading.objects.get_or_create(
        vendor=vendor, name=name, defaults={"feed": feed, "made_at": now}
    )
    if reading.feed_id != (feed.pk if feed else None):
        raise BadReading(_("Your reading “%(name)s” is for another feed.") % {"name": name})
    latest: FeedReadingVersion | None = reading.versions.order_by("-number").first()
    if latest is not None and latest.content == stated:
        return latest
    version = FeedReadingVersion.objects.create(
        reading=reading,
        number=latest.number + 1 if latest else 1,
        content=stated,
        made_at=now,
        made_by=principal if isinstance(principal, User) else None,
        made_with=principal.key if isinstance(principal, KeyPrincipal) else None,
    )
    changes = {"version": (latest.number if latest else None, version.number)}
    audit.record(actor=principal, action="keep_reading", thing=reading, changes=changes, vendor=vendor.organisation)
    return version


def name_for(vendor: Vendor, feed: Feed | None) -> str:
    """Return a name for a new reading: that of its feed, and a number where there are several."""
    base = feed.code if feed else "FILES"
    taken = set(FeedReading.objects.filter(vendor=vendor, name__startswith=base).values_list("name", flat=True))
    names = [base, *(f"{base} {number}" for number in range(2, len(taken) + 2))]
    return next(name for name in names if name not in taken)


def name_for_shipped(vendor: Vendor, feed: Feed, shipped: str) -> str:
    """Return the name under which a feed keeps, or has kept, a shipped reading as its own."""
    code, contract = feed.code, feed.contract.public_id
    others = FeedReading.objects.filter(vendor=vendor, name__startswith=shipped).exclude(feed=feed)
    taken = set(others.values_list("name", flat=True))
    names = [shipped, f"{shipped} {code}", f"{shipped} {code} {contract}"]
    return next(name for name in names if name not in taken)
