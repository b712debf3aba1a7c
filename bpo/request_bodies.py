"""Bodies of API requests: uploads are read whole, small JSON objects by the serializer that documents them."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

from django.core.files.base import File
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from bpo.api_base import Problem
from bpo.media_types import JSON, media_type_of
from bpo.size_limits import OBJECT_BYTES
from bpo.strict_json import parse_json
from bpo.strict_values import CellError, choice_reader, read_day, read_instant, read_number, text_reader

# What a body or an address says, read, by the names of its members or parameters.
Values = dict[str, Any]
CLOSE = {"Connection": "close"}
IN_MEMORY, PIECE = 1 << 20, 1 << 16


def read_upload(request: Request, *, most: int) -> bytes:
    """Return the body. Raises Problem before reading it where it is compressed, of unknown length, or too long."""
    length = stated_length(request, most=most)
    body = request._request.read(length) if length else b""
    check_whole(len(body), length)
    note_sent(request, body)
    return body


def receive_file(request: Request, *, most: int) -> "File[bytes]":
    """Return the body as a file, of which little is in memory; what tells it from others is its digest.

    Raises Problem as `read_upload` does.
    """
    length, digest = stated_length(request, most=most), hashlib.sha256()
    held = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - it ends with the request
    while piece := request._request.read(PIECE):
        digest.update(piece)
        held.write(piece)
    check_whole(held.tell(), length)
    held.seek(0)
    note_sent(request, digest.digest())
    return File(cast("IO[bytes]", held), name="")


def note_sent(request: Request, body: bytes) -> None:
    """Set what a request has sent, for the request log that the vendor can look at and to tell it from others."""
    request._request.sent_body = body


def stated_length(request: Request, *, most: int) -> int:
    """Return the length of a body that is to be read whole. Raises Problem."""
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() not in ("", "identity"):
        headers = {"Accept-Encoding": "identity", **CLOSE}
        raise Problem(415, "compressed_body", _("Send the body uncompressed."), headers=headers)
    if request.META.get("HTTP_TRANSFER_ENCODING"):
        detail = _("Send a Content-Length: without it, a body that was cut off looks like a whole one.")
        raise Problem(411, "length_required", detail, headers=CLOSE)
    text = request.META.get("CONTENT_LENGTH") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise Problem(400, "bad_length", _("Content-Length is a whole number."), headers=CLOSE)
    length = int(text)
    if length > most:
        raise Problem(413, "too_large", _("The body has more than %(most)s bytes.") % {"most": most}, headers=CLOSE)
    return length


def check_whole(got: int, length: int) -> None:
    """Raise Problem where a body ended before its stated length."""
    if got < length:
        detail = _("The body ended after %(bytes)s of %(length)s bytes.") % {"bytes": got, "length": length}
        raise Problem(400, "incomplete_body", detail, headers=CLOSE)


def read_object(request: Request) -> dict[str, Any]:
    """Return the body's JSON object. Not `request.data`, which takes an empty or a cut-off body for an empty object."""
    if media_type_of(request.META.get("CONTENT_TYPE") or "") != JSON:
        raise Problem(415, "unsupported_media_type", _("Send one JSON object."))
    body = parse_json(read_upload(request, most=OBJECT_BYTES))
    if not isinstance(body, dict):
        raise Problem(400, "wrong_shape", _("Send one JSON object."))
    return body


class BodySerializer(serializers.Serializer):
    """The members of a small JSON object: it documents them, and each field reads its own as strictly as results.

    A member that `unless` names is required where none of the members beside its name is given.
    """

    unless: Mapping[str, Collection[str]] = {}

    @classmethod
    def read(cls, request: Request) -> Values:
        """Return the values of the members that the request gives; null counts as not given.

        Raises Problem 422 `wrong_fields`, which lists every error.
        """
        body = read_object(request)
        fields: Mapping[str, Any] = cls().fields  # each has the `read` of a class below
        known = _("Known: %s.") % ", ".join(fields)
        errors: list[tuple[str, str, str | Promise, str | Promise]]
        errors = [(name, "unknown_field", _("There is no such member."), known) for name in body if name not in fields]
        values = {}
        for name, field in fields.items():
            if body.get(name) is not None:
                try:
                    values[name] = field.read(body[name])
                except CellError as error:
                    errors.append((name, error.code, error.detail, error.hint))
            elif field.required or (name in cls.unless and all(body.get(other) is None for other in cls.unless[name])):
                errors.append((name, "missing_field", _("This member is required."), ""))
        if errors:
            detail = _("The body is JSON, but not all of its members are valid.")
            members = [
                {"pointer": f"#/{ascii(name[:100])[1:-1]}", "code": code, "detail": str(sentence)}
                | ({"hint": str(hint)} if hint else {})
                for name, code, sentence, hint in errors
            ]
            raise Problem(422, "wrong_fields", detail, errors=members)
        return values


class Text(serializers.CharField):
    """A text of at most `max_length` characters, on several lines only with `lines`."""

    def __init__(self, *, max_length: int, lines: bool = False, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)
        self.read = text_reader(max_length, lines=lines)


class Day(serializers.DateField):
    """A day such as 2025-10-31."""

    read = staticmethod(read_day)


class Number(serializers.CharField):
    """An exact decimal, as a JSON number or as text."""

    read = staticmethod(read_number)


class Choice(serializers.ChoiceField):
    """One of several words."""

    def __init__(self, choices: Sequence[str | tuple[str, object]], **kwargs: Any) -> None:
        super().__init__(choices, **kwargs)
        self.read = choice_reader(list(self.choices))


class Instant(serializers.DateTimeField):
    """A moment with its offset, such as 2025-10-31T14:05:00+01:00."""

    read = staticmethod(read_instant)


class Ids(serializers.ListField):
    """Ids as a list of texts of at most 128 characters, each once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=serializers.CharField(max_length=128), **kwargs)

    def read(self, raw: object) -> list[str]:
        if not isinstance(raw, list) or not raw:
            raise CellError("not_a_list", _("A list of ids is needed, with at least one."))
        read_text = text_reader(128, lines=False)
        return list(dict.fromkeys(read_text(each) for each in raw))
