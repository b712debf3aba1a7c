"""Hearing less of one breach: for two weeks, for one person, and nothing else changes."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from bpo import audit
from bpo.errors import Refused
from bpo.models import User
from metrics.models.breaches import Breach, Mute

MUTED_FOR = timedelta(days=14)


class NotHeardOf(Refused):
    """Somebody who gets no mail about a breach wants less of it."""

    code = "not_heard_of"
    status = 403


@transaction.atomic
def mute_breach(*, breach: Breach, reader: User, now: datetime) -> Mute:
    """No mail about the breach for two weeks from now; asked again, they begin anew."""
    if not Breach.objects.visible_to(reader).filter(pk=breach.pk).exists():
        raise NotHeardOf(_("Only those who see a breach mute its mail."))
    mute, _is_new = Mute.objects.update_or_create(
        reader=reader, breach=breach, defaults={"made_at": now, "until": now + MUTED_FOR}
    )
    audit.record(actor=reader, action="breach.mute", thing=breach, changes={"until": (None, mute.until)})
    return mute


@transaction.atomic
def unmute_breach(*, breach: Breach, reader: User) -> bool:
    """Mail about the breach comes again; False where it always did."""
    gone, _tables = Mute.objects.filter(reader=reader, breach=breach).delete()
    if gone:
        audit.record(actor=reader, action="breach.unmute", thing=breach)
    return bool(gone)
