"""Delays of reports that vendors announce."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from bpo.changes import record_change
from bpo.errors import Refused
from bpo.models import User
from contracts.models.service_levels import Feed
from intake.models.delays import AnnouncedDelay
from sla.periods import DAY

LONGEST = 60 * DAY


class DelayRefused(Refused):
    """The announced delay is too long, or without a reason."""

    code = "delay_refused"
    status = 422


@transaction.atomic
def announce_delay(**announced: Any) -> AnnouncedDelay:
    """Save a delay as `new_delay` describes it; deadlines, closing and verdicts do not depend on it."""
    delay = new_delay(**announced)
    delay.save()
    changes = {"starts_on": (None, delay.starts_on), "until": (None, delay.until), "reason": ("", delay.reason)}
    record_change(delay.feed, actor=announced["actor"], changes=changes, action="announce_delay")
    return delay


def new_delay(
    *, feed: Feed, starts_on: date, until: date, reason: str, actor: object, today: date, now: datetime
) -> AnnouncedDelay:
    """A delay of the feed's report that starts on a day, until another day, not saved. Raises DelayRefused."""
    if not today <= until <= today + LONGEST:
        raise DelayRefused(_("The report is expected between today and 60 days from now."))
    if not reason.strip():
        raise DelayRefused(_("A delay is announced with a reason."))
    return AnnouncedDelay(
        feed=feed,
        starts_on=starts_on,
        until=until,
        reason=reason.strip(),
        announced_at=now,
        announced_by=actor if isinstance(actor, User) else None,
        api_key=getattr(actor, "key", None),
    )
