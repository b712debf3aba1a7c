"""Second factors for tests: an app's codes, computed as the app does."""

import base64
import hashlib
import hmac
import struct
import time

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from bpo.models import User

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
STEP_SECONDS = 30


def code_at(at: float, secret: str = SECRET) -> str:
    """Return the code of RFC 6238 at a time, by its own arithmetic and not the desk's."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(at) // STEP_SECONDS), hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def code_now(secret: str = SECRET) -> str:
    return code_at(time.time(), secret)


def add_app(person: User, secret: str = SECRET) -> None:
    """Give a person an authenticator app."""
    TOTP.activate(person, secret)


def force_sign_in(client: Client, person: User) -> None:
    """Sign in at once, as somebody who has just entered their password."""
    client.force_login(person)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()


def sign_in(person: User, password: str, *, client: Client | None = None) -> Client:
    """Sign in with a password on the page, as far as that leads."""
    client = client or Client()
    client.post("/accounts/login/", {"login": person.email, "password": password})
    return client
