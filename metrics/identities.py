"""A result's address: its contract, its feed and its key; no sequence that would tell how many there are."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from itertools import groupby

from contracts.models.service_levels import Feed


def result_id(feed: Feed, key: str) -> str:
    """`CT-7K2M9.VOICE.YzE`: what names a result in addresses, whatever characters its key has."""
    return f"{feed_part(feed)}.{key_part(key)}"


def feed_part(feed: Feed) -> str:
    return f"{feed.contract.public_id}.{feed.code}"


def key_part(key: str) -> str:
    return urlsafe_b64encode(key.encode()).decode().rstrip("=")


def key_parts(keys: Iterable[str]) -> list[str]:
    """The same for many keys: those of one length are encoded in one go, each padded to whole groups of three."""
    encoded = [key.encode() for key in keys]
    parts: dict[bytes, str] = {}
    by_length = sorted(encoded, key=len)
    for length, group in groupby(by_length, key=len):
        same = list(group)
        text = urlsafe_b64encode(b"".join([key + bytes(-length % 3) for key in same])).decode()
        step, wide = (length + 2) // 3 * 4, (4 * length + 2) // 3
        parts |= zip(same, [text[at : at + wide] for at in range(0, len(text), step)], strict=True)
    return [parts[key] for key in encoded]


def parts_of(name: str) -> tuple[str, str, str] | None:
    """The contract's id, the feed's code and the key that a result's id is made of; None where it is none."""
    contract, _dot, rest = name.partition(".")
    feed, _dot, encoded = rest.rpartition(".")
    try:
        key = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except (binascii.Error, UnicodeError, ValueError):
        return None
    is_own = key_part(key) == encoded
    return (contract, feed, key) if is_own and key and feed and "\x00" not in key else None
