"""A body is taken whole, of a size said beforehand; that it arrives in time is seen to before."""

from django.utils.translation import gettext as _
from rest_framework.request import Request

from bpo.api_base import Problem

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
    body = request._request.read(length) if length else b""
    if len(body) < length:
        raise Problem(
            400,
            "incomplete_body",
            _("The body ended after %(bytes)s of %(length)s bytes.") % {"bytes": len(body), "length": length},
            headers=CLOSING,
        )
    # For the trace of the request that its vendor can look at.
    request._request.sent_body = body
    return body


def _length(request: Request) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise Problem(400, "bad_length", _("Content-Length is a whole number."), headers=CLOSING)
    return int(text)
