"""A vendor's managers are told two weeks, and again three days, before a live key of theirs ends."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import ngettext

from bpo.formatting import show_day
from bpo.models import Role, User
from reports.models import Message
from reports.services.queueing import queue_once
from vendors.models import ApiKey

# How long before the end each of the two mails is due.
NOTICES = (timedelta(days=3), timedelta(days=14))


def queue_expiry_warnings(*, now: datetime) -> int:
    """Queue the mails that are due about keys that end soon and that nothing replaces; how many are new."""
    ending = ApiKey.objects.usable(now).filter(
        mode=ApiKey.Mode.LIVE, successor__isnull=True, expires_at__lte=now + max(NOTICES)
    )
    return sum(warn_of(key, now=now) for key in ending.select_related("vendor__organisation").order_by("pk"))


@transaction.atomic
def warn_of(key: ApiKey, *, now: datetime) -> int:
    """Queue this notice to each of the vendor's managers who has not had it; how many are new."""
    notice = next(notice for notice in NOTICES if key.expires_at - now <= notice)
    return sum(_queue(person, key, notice, now) for person in managers_of(key))


def managers_of(key: ApiKey) -> list[User]:
    """Those who make and end the vendor's keys."""
    return list(User.objects.serving(key.vendor.organisation, Role.VENDOR_MANAGER).order_by("pk"))


def _queue(person: User, key: ApiKey, notice: timedelta, now: datetime) -> bool:
    """Queue one person's mail; False where it is there already."""
    cause = f"{key.public_id} {key.expires_at.date().isoformat()} {notice.days}"
    left = (key.expires_at - now).days
    subject = ngettext(
        "API key %(id)s, %(name)s, ends in %(days)s day", "API key %(id)s, %(name)s, ends in %(days)s days", left
    )
    subject = subject % {"id": key.public_id, "name": key.name, "days": left}
    context = {
        "subject": subject,
        "key": key,
        "ends_on": show_day(key.expires_at.astimezone(ZoneInfo(person.zone)).date()),
        "keys_url": f"{settings.BASE_URL}/api-keys?vendor={key.vendor.public_id}",
    }
    facts = {"organisations": [key.vendor.organisation_id], "keys": [key.public_id]}
    return queue_once(
        person, kind=Message.Kind.KEY_EXPIRY, cause=cause, name="key", context=context, facts=facts, now=now
    )
