"""Upload addresses: made for one feed, shown once, revoked, and found by what a request brings."""

import hashlib
import hmac
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from bpo import audit
from bpo.changes import record_change
from bpo.errors import Refused
from bpo.models import AuditEntry, User
from bpo.tenancy import Reach
from contracts.models.service_levels import Feed
from intake.files.keeping import keep_reading, name_for_shipped
from intake.files.readings.shipped_readings import shipped_named
from intake.models.readings import FeedReading
from intake.models.upload_addresses import UploadAddress
from vendors.keys import USE_NOTED_EVERY

LONGEST_NAME = 80


class AddressNotMade(Refused):
    """An upload address that could not be used was not made."""

    code = "address_not_made"


@transaction.atomic
def make_address(
    *, feed: Feed, name: str, reading: str, person: User, expires_at: datetime, now: datetime
) -> tuple[UploadAddress, str]:
    """Return a new upload address and its token, which cannot be read again; `reading` may name a shipped one."""
    if expires_at <= now:
        raise AddressNotMade(_("An upload address cannot expire before it begins."))
    address = UploadAddress.objects.create(
        vendor=feed.contract.vendor,
        feed=feed,
        reading=_reading_of(feed, reading, person=person, now=now) if reading else None,
        name=name,
        created_by=person,
        created_at=now,
        expires_at=expires_at,
    )
    token = token_of(address)
    address.secret_sha256 = digest_of(token)
    address.save(update_fields=["secret_sha256"])
    changes = {"feed": (None, feed.code), "reading": (None, reading or None), "expires_at": (None, expires_at)}
    record_change(address, actor=person, changes=changes, action="make_upload_address")
    return address, token


def _reading_of(feed: Feed, name: str, *, person: User, now: datetime) -> FeedReading:
    """Return the feed's reading of that name; a shipped one becomes its own."""
    vendor = feed.contract.vendor
    known: FeedReading | None = FeedReading.objects.filter(vendor=vendor, feed=feed, name=name).first()
    if known:
        return known
    shipped = shipped_named(name)
    if shipped is None or shipped.kind != feed.kind:
        raise AddressNotMade(_("There is no reading “%(name)s” for this feed.") % {"name": name})
    own_name = name_for_shipped(vendor, feed, name)
    version = keep_reading(vendor=vendor, feed=feed, name=own_name, content=shipped.content, principal=person, now=now)
    reading: FeedReading = version.reading
    return reading


@transaction.atomic
def revoke_address(*, address: UploadAddress, person: User, now: datetime) -> bool:
    """End an upload address; what is sent to it from now on is refused. False if it was revoked already."""
    open_rows = UploadAddress.objects.filter(pk=address.pk, revoked_at__isnull=True)
    is_ended = bool(open_rows.update(revoked_at=now, revoked_by=person))
    address.refresh_from_db()
    if is_ended:
        changes = {"revoked_at": (None, now)}
        record_change(address, actor=person, changes=changes, action="revoke_upload_address")
    return is_ended


def find_address(public_id: str, token: str, *, now: datetime) -> UploadAddress | None:
    """Return the usable address that a request names, or None, whatever is wrong with it."""
    usable = UploadAddress.objects.usable(now).select_related("vendor__organisation", "feed__contract", "created_by")
    address: UploadAddress | None = usable.select_related("reading").filter(public_id=public_id).first()
    # Compared even when there is none, so that a known id takes no longer than an unknown one.
    matches = hmac.compare_digest(address.secret_sha256 if address else "0" * 64, digest_of(token))
    return address if address and matches else None


def token_of(address: UploadAddress) -> str:
    """Return the signature of an address that was just made; it is checked by its stored digest alone."""
    text = f"{address.public_id} {address.created_at.isoformat()}"
    return salted_hmac("intake.upload_addresses", text, algorithm="sha256").hexdigest()


def url_of(address: UploadAddress, token: str) -> str:
    """Return the address to which files are sent."""
    return f"{settings.BASE_URL}/api/v1/uploads/{address.public_id}/{token}"


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def sender_of(address: UploadAddress, *, channel: str = AuditEntry.Channel.API, request_id: str = "") -> User:
    """Return who sends by an address: the person who made it, with the reach of its vendor and without a role."""
    sender: User = audit.acting(address.created_by, channel, request_id)
    sender.reach, sender.roles = Reach(organisations=frozenset([address.vendor.organisation_id])), {}
    sender.caller = f"address:{address.pk}"  # type: ignore[attr-defined] # whose requests a minute are counted
    return sender


def note_use(address: UploadAddress, *, error: str, now: datetime) -> None:
    """Store when the address was last used, to the minute, and what was wrong with its last file."""
    is_known = address.last_used_at and now - address.last_used_at < USE_NOTED_EVERY
    if not is_known or error[:200] != address.last_error:
        UploadAddress.objects.filter(pk=address.pk).update(last_used_at=now, last_error=error[:200])


def address_state(address: UploadAddress, now: datetime) -> str:
    """Return "active", "expired" or "revoked"."""
    if address.revoked_at:
        return "revoked"
    return "active" if address.expires_at > now else "expired"
