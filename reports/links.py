"""Links in mails: whole addresses, the same for both parties."""

from datetime import timedelta
from enum import StrEnum
from urllib.parse import quote, urlencode

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.urls import reverse

from bpo.models import User

# Stands in a stored mail for the link to a new password, which is nowhere but in the mail that leaves.
RESET_LINK_MARK = "{link to a new password}"
ACT_WITHIN = timedelta(days=7)


def link(*parts: str, **parameters: str) -> str:
    """An address on the desk: `link("breaches", "BR-7K2M9")`, `link("data", state="late")`."""
    path = "/".join(quote(part, safe=":-_.~") for part in parts)
    return f"{settings.BASE_URL}/{path}" + (f"?{urlencode(parameters)}" if parameters else "")


def reset_link(user: User) -> str:
    """Return the address by which the person chooses a new password, once and within an hour."""
    names = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return f"{settings.BASE_URL}{reverse('account_reset_password_from_key', kwargs=names)}"


class Act(StrEnum):
    """What can be done from a mail without signing in; each act can be taken back."""

    ACKNOWLEDGE = "ack"
    MUTE = "mute"


def act_link(act: Act, user: User, breach: str) -> str:
    """Return the signed address by which one person does one act on one breach within a week."""
    return link("a", act, TimestampSigner(salt=f"reports.{act}").sign(f"{user.pk}.{breach}"))


def read_act_token(act: Act, token: str) -> tuple[User, str] | None:
    """Return the person and the breach's id that a token names, or None where it is forged, of another act, or old."""
    return read_token(token, salt=f"reports.{act}", max_age=ACT_WITHIN)


def read_token(token: str, *, salt: str, max_age: timedelta) -> tuple[User, str] | None:
    """Return the active person and the text that a token names, or None where it is forged or too old."""
    try:
        pk, _dot, text = TimestampSigner(salt=salt).unsign(token, max_age=max_age).partition(".")
    except BadSignature:
        return None
    user = User.objects.active().filter(pk=pk).first()
    return (user, text) if user else None
