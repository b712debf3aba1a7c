"""A vendor says beforehand that a report will be late."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from bpo import audit
from bpo.errors import Refused
from bpo.models import User
from contracts.models.service_levels import Feed
from intake.models.delays import AnnouncedDelay
from sla.periods import DAY

LONGEST = 60 * DAY


class DelayRefused(Refused):
    """The day that was announced says nothing."""

    code = "delay_refused"
    status = 422


@transaction.atomic
def announce_delay(
    *, feed: Feed, starts_on: date, until: date, reason: str, actor: Any, today: date, now: datetime
) -> AnnouncedDelay:
    """Keep the vendor's word; deadlines, closing and verdicts do not move by it."""
    if not today <= until <= today + LONGEST:
        raise DelayRefused(_("The report is expected between today and 60 days from now."))
    if not reason.strip():
        raise DelayRefused(_("A delay is announced with a reason."))
    delay = AnnouncedDelay.objects.create(
        feed=feed,
        starts_on=starts_on,
        until=until,
        reason=reason.strip(),
        announced_at=now,
        announced_by=actor if isinstance(actor, User) else None,
        api_key=getattr(actor, "key", None),
    )
    contract = feed.contract
    audit.record(
        actor=actor,
        action="announce_delay",
        thing=feed,
        changes={"starts_on": (None, starts_on), "until": (None, until), "reason": ("", delay.reason)},
        client=contract.client.organisation,
        vendor=contract.vendor.organisation,
    )
    return delay
