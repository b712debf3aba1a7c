"""Muting a breach: one person gets no mail about it for two weeks, and nothing else changes."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from bpo import audit
from bpo.errors import Refused
from bpo.models import User
from metrics.models.breaches import Breach, Mute

MUTED_FOR = timedelta(days=14)


class NotVisible(Refused):
    """The person cannot see the breach."""

    code = "not_visible"
    status = 403


@transaction.atomic
def mute_breach(*, breach: Breach, reader: User, now: datetime) -> Mute:
    """Send the reader no mail about the breach for two weeks from now; muting again restarts them."""
    if not Breach.objects.visible_to(reader).filter(pk=breach.pk).exists():
        raise NotVisible(_("You can mute only breaches that you can see."))
    mute, _is_new = Mute.objects.update_or_create(
        reader=reader, breach=breach, defaults={"made_at": now, "until": now + MUTED_FOR}
    )
    audit.record(actor=reader, action="breach.mute", thing=breach, changes={"until": (None, mute.until)})
    return mute


@transaction.atomic
def unmute_breach(*, breach: Breach, reader: User) -> bool:
    """Send the reader mail about the breach again. Returns whether it was muted."""
    deleted, _tables = Mute.objects.filter(reader=reader, breach=breach).delete()
    if deleted:
        audit.record(actor=reader, action="breach.unmute", thing=breach)
    return bool(deleted)
