"""A body is taken whole, of a size said beforehand, within a time that an honest line needs."""

from threading import Thread

from django.utils.translation import gettext as _
from rest_framework.request import Request

from bpo.drf import Problem

SECONDS = 25
CLOSING = {"Connection": "close"}


def read_upload(request: Request, *, most: int) -> bytes:
    """The request's body; refused before it is read if it is compressed, without length, or too long."""
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() not in ("", "identity"):
        raise Problem(
            415, "compressed_body", _("Send the body uncompressed."), headers={"Accept-Encoding": "identity", **CLOSING}
        )
    if request.META.get("HTTP_TRANSFER_ENCODING"):
        raise Problem(
            411,
            "length_required",
            _("Say how long the body is; a cut body could not be told from a whole one."),
            headers=CLOSING,
        )
    length = _length(request)
    if length > most:
        raise Problem(413, "too_large", _("The body has more than %(most)s bytes.") % {"most": most}, headers=CLOSING)
    body = _read(request, length) if length else b""
    # For the trace of the request that its vendor can look at.
    request._request.sent_body = body
    return body


def _length(request: Request) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise Problem(400, "bad_length", _("Content-Length is a whole number."), headers=CLOSING)
    return int(text)


def _read(request: Request, length: int) -> bytes:
    """Read in a thread of its own: a reading call cannot be told to give up on a client that dribbles."""
    received: list[bytes] = []

    def read() -> None:
        try:
            received.append(request._request.read(length))
        except OSError:
            received.append(b"")

    reading = Thread(target=read, daemon=True)
    reading.start()
    reading.join(SECONDS)
    if not received:
        raise Problem(
            408,
            "too_slow",
            _("The body did not arrive within %(seconds)s seconds.") % {"seconds": SECONDS},
            headers=CLOSING,
        )
    if len(received[0]) < length:
        raise Problem(
            400,
            "incomplete_body",
            _("The body ended after %(bytes)s of %(length)s bytes.") % {"bytes": len(received[0]), "length": length},
            headers=CLOSING,
        )
    return received[0]
