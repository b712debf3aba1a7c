"""Settings that people change for themselves."""

from datetime import time

from django.db import transaction

from bpo import audit
from bpo.models import User


@transaction.atomic
def change_mail_settings(
    *, user: User, zone: str, digest_at: time, wants_digest: bool, wants_reminders: bool = True
) -> User:
    """Store a person's zone, mail hour and subscriptions; unchanged columns are not written."""
    wanted = {
        "zone": zone,
        "digest_at": digest_at,
        "wants_digest": wants_digest,
        "wants_reminders": wants_reminders,
    }
    changes = {name: (getattr(user, name), value) for name, value in wanted.items() if getattr(user, name) != value}
    if changes:
        for name, (_, value) in changes.items():
            setattr(user, name, value)
        user.full_clean(exclude=["password"])
        user.save(update_fields=list(changes))
        audit.record(actor=user, action="person.mail_settings", thing=user, changes=changes)
    return user
