"""Whether somebody gets a kind of mail."""

from bpo.changes import save_recorded
from bpo.models import User
from reports.links import Subscription

SWITCHES = {Subscription.DIGEST: "wants_digest", Subscription.REMINDER: "wants_reminders"}


def is_stopped(*, reader: User, subscription: Subscription) -> bool:
    """Whether the person has switched that mail off."""
    return not getattr(reader, SWITCHES[subscription])


def stop_mails(*, reader: User, subscription: Subscription) -> bool:
    """Stop one kind of a person's mails; False where it had been stopped before."""
    if is_stopped(reader=reader, subscription=subscription):
        return False
    setattr(reader, SWITCHES[subscription], False)
    save_recorded(reader, actor=reader, action="unsubscribe")
    return True
