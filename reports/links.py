"""Where a mail's links lead: whole addresses, the same for both parties."""

from urllib.parse import quote

from django.conf import settings
from django.core.signing import BadSignature, Signer

from bpo.models import User

SALT = "reports.unsubscribe"


def link(*parts: str) -> str:
    """An address on the desk: `link("breaches", "BR-7K2M9")`."""
    return settings.BASE_URL + "/" + "/".join(quote(part, safe=":-_.~") for part in parts)


def breach_link(public_id: str) -> str:
    return link("breaches", public_id)


def period_link(service_level: str, label: str) -> str:
    return link("service-levels", service_level, label)


def settings_link() -> str:
    return link("me")


def unsubscribe_link(user: User) -> str:
    """An address that stops one person's nightly mail; it says whose, and nobody can make another's."""
    return link("unsub", Signer(salt=SALT).sign(str(user.pk)))


def unsubscriber(token: str) -> User | None:
    """The person whom a token names; None where it was never ours."""
    try:
        pk = Signer(salt=SALT).unsign(token)
    except BadSignature:
        return None
    return User.objects.active().filter(pk=pk).first()
