"""Idempotency keys: a repeated request gets the first answer and is not carried out twice."""

import hashlib
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from bpo.models import User
from bpo.row_errors import SubmissionError
from vendors.keys import KeyPrincipal
from vendors.models import IdempotentReply

KEPT = timedelta(days=7)
# No comma: a server joins a repeated header by commas, and two keys are no key.
KEY = re.compile(r"[\x21\x23-\x2b\x2d-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it goes out."""

    status: int
    body: bytes
    is_replayed: bool = False


def read_key(header: str) -> str:
    """Return the key in an Idempotency-Key header, with or without quotes."""
    quoted = len(header) > 1 and header[0] == header[-1] == '"'
    key = header[1:-1] if quoted else header
    if not KEY.fullmatch(key):
        raise SubmissionError(
            400,
            "bad_idempotency_key",
            _("An Idempotency-Key has 1 to 255 visible ASCII characters, no comma, no blank, and is given once."),
        )
    return key


def fingerprint(*parts: bytes) -> str:
    """What tells one request from another under the same key."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def answer_once(
    *, caller: User | KeyPrincipal, key: str, request_sha256: str, now: datetime, answer: Callable[[], Reply]
) -> Reply:
    """Answer, and keep the answer in the same transaction; a request that fails leaves the key unused.

    Of two requests at the same time the second waits for the first, and then gets its answer.
    """
    owner = {"vendor": caller.key.vendor} if isinstance(caller, KeyPrincipal) else {"person": caller}
    mine = IdempotentReply.objects.filter(key=key, **owner)
    known = mine.first()
    if known and known.created_at < now - KEPT:
        # Old answers are tidied away now and then; until then they are as good as gone.
        mine.filter(pk=known.pk).delete()
    elif known:
        return _again(known, caller, request_sha256)
    try:
        with transaction.atomic():
            kept = IdempotentReply.objects.create(
                key=key,
                request_sha256=request_sha256,
                status=0,
                body=b"",
                roles=_roles(caller),
                created_at=now,
                **owner,
            )
            reply = answer()
            kept.status, kept.body = reply.status, zlib.compress(reply.body, 1)
            # Not only these columns: a reset of test data deletes the row, which is then inserted again.
            kept.save()
            return reply
    except IntegrityError:
        known = mine.first()
        if known is None:
            raise
        return _again(known, caller, request_sha256)


def _roles(caller: User | KeyPrincipal) -> dict[str, str]:
    """The roles by which a person acts, by organisation; a key's scopes are checked with each request."""
    return {} if isinstance(caller, KeyPrincipal) else {str(pk): role for pk, role in caller.roles.items()}


def _again(known: IdempotentReply, caller: User | KeyPrincipal, request_sha256: str) -> Reply:
    if known.request_sha256 != request_sha256:
        raise SubmissionError(
            422,
            "idempotency_key_reused",
            _("This Idempotency-Key was used for another request."),
            hint=_("A key belongs to one request; it is kept for %(days)s days.") % {"days": KEPT.days},
        )
    if not known.roles.items() <= _roles(caller).items():
        raise SubmissionError(403, "not_allowed", _("You no longer have a role with which you sent this request."))
    return Reply(known.status, zlib.decompress(bytes(known.body)), is_replayed=True)
