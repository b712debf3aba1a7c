"""Links in mails: whole addresses, the same for both parties."""

from datetime import timedelta
from enum import StrEnum
from urllib.parse import quote, urlencode

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner

from bpo.models import User

ACT_WITHIN = timedelta(days=7)


def link(*parts: str, **parameters: str) -> str:
    """An address on the desk: `link("breaches", "BR-7K2M9")`, `link("data", state="late")`."""
    path = "/".join(quote(part, safe=":-_.~") for part in parts)
    return f"{settings.BASE_URL}/{path}" + (f"?{urlencode(parameters)}" if parameters else "")


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
