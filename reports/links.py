"""Where a mail's links lead: whole addresses, the same for both parties."""

from datetime import timedelta
from enum import StrEnum
from urllib.parse import quote

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner

from bpo.models import User

SALT = "reports.unsubscribe"
# Mails are read late; laws on mail ask for a month at least.
UNSUBSCRIBE_WITHIN = timedelta(days=60)
ACT_WITHIN = timedelta(days=7)


def link(*parts: str) -> str:
    """An address on the desk: `link("breaches", "BR-7K2M9")`."""
    return settings.BASE_URL + "/" + "/".join(quote(part, safe=":-_.~") for part in parts)


def breach_link(public_id: str) -> str:
    return link("breaches", public_id)


def period_link(service_level: str, label: str) -> str:
    return link("service-levels", service_level, label)


def settings_link() -> str:
    return link("me")


class Subscription(StrEnum):
    """Mails that somebody can stop by a link."""

    DIGEST = "digest"
    REMINDER = "reminder"


class Act(StrEnum):
    """What can be done from a mail without signing in: nothing that could not be taken back."""

    ACKNOWLEDGE = "ack"
    MUTE = "mute"


def unsubscribe_link(user: User, subscription: Subscription = Subscription.DIGEST) -> str:
    """An address that stops one kind of one person's mails for a while; nobody can make another's."""
    return link("unsub", TimestampSigner(salt=SALT).sign(f"{user.pk}.{subscription}"))


def unsubscriber(token: str) -> tuple[User, Subscription] | None:
    """The person and the mails that a token names; None where it was never ours, or is too old."""
    said = opened(token, salt=SALT, max_age=UNSUBSCRIBE_WITHIN)
    pk, _dot, subscription = said.partition(".")
    user = User.objects.active().filter(pk=pk).first() if subscription in set(Subscription) else None
    return (user, Subscription(subscription)) if user else None


def act_link(act: Act, user: User, breach: str) -> str:
    """An address by which one person does one thing about one breach within a week."""
    return link("a", act, TimestampSigner(salt=f"reports.{act}").sign(f"{user.pk}.{breach}"))


def actor_of(act: Act, token: str) -> tuple[User, str] | None:
    """The person and the breach's id that a token names; None where it is not ours, another act's, or too old."""
    said = opened(token, salt=f"reports.{act}", max_age=ACT_WITHIN)
    pk, _dot, breach = said.partition(".")
    user = User.objects.active().filter(pk=pk).first() if breach else None
    return (user, breach) if user else None


def opened(token: str, *, salt: str, max_age: timedelta) -> str:
    """What a token says; nothing where it is forged or too old."""
    try:
        return TimestampSigner(salt=salt).unsign(token, max_age=max_age)
    except BadSignature:
        return ""
