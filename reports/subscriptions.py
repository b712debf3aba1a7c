"""Which mails somebody gets, and the links that stop them."""

from datetime import timedelta
from enum import StrEnum

from django.core.signing import TimestampSigner

from bpo.changes import save_recorded
from bpo.models import User
from reports.links import link, read_token

SALT = "reports.unsubscribe"
# Mails are read late; laws on mail ask for a month at least.
UNSUBSCRIBE_WITHIN = timedelta(days=60)


class Subscription(StrEnum):
    """Mails that somebody can stop by a link."""

    DIGEST = "digest"
    REMINDER = "reminder"


def unsubscribe_link(user: User, subscription: Subscription = Subscription.DIGEST) -> str:
    """Return the signed address that stops one kind of one person's mails."""
    return link("unsub", TimestampSigner(salt=SALT).sign(f"{user.pk}.{subscription}"))


def read_unsubscribe_token(token: str) -> tuple[User, Subscription] | None:
    """Return the person and the kind of mail that a token names, or None where it is forged or too old."""
    user, subscription = read_token(token, salt=SALT, max_age=UNSUBSCRIBE_WITHIN) or (None, "")
    return (user, Subscription(subscription)) if user and subscription in set(Subscription) else None


SWITCHES = {Subscription.DIGEST: "wants_digest", Subscription.REMINDER: "wants_reminders"}


def is_stopped(*, reader: User, subscription: Subscription) -> bool:
    return not getattr(reader, SWITCHES[subscription])


def stop_mails(*, reader: User, subscription: Subscription) -> bool:
    """Stop one kind of a person's mails; False where it had been stopped before."""
    if is_stopped(reader=reader, subscription=subscription):
        return False
    setattr(reader, SWITCHES[subscription], False)
    save_recorded(reader, actor=reader, action="unsubscribe")
    return True
