"""Secrets that have to be read again are encrypted in the database, with keys that derive from SECRET_KEY.

The newest key encrypts, and those of SECRET_KEY_FALLBACKS still decrypt; `manage.py reencrypt` brings all secrets to
the newest one, before an old key is dropped.
"""

import base64
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"bpo desk: secrets at rest"


class UnreadableSecret(Exception):
    """A secret was encrypted with a key that the desk does not have, or it was altered."""


def encrypt(text: str) -> str:
    return _cipher().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Return the text. Raises UnreadableSecret."""
    try:
        return _cipher().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise UnreadableSecret from error


def reencrypt(token: str) -> str:
    """Return the secret encrypted with the newest key. Raises UnreadableSecret."""
    return encrypt(decrypt(token))


def _cipher() -> MultiFernet:
    return _cipher_of((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@cache
def _cipher_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derive(key)) for key in keys])


def _derive(key: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(key.encode())
    return base64.urlsafe_b64encode(derived)
