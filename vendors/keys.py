"""API keys: shown once, checked at every request, and refused from the moment they are revoked.

A live key works on the record, a test key on its vendor's sandbox.
"""

import hashlib
import hmac
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from bpo import audit
from bpo.changes import record_change
from bpo.errors import Refused
from bpo.models import AuditEntry, User
from bpo.rate_limits import count_wrong_key, refuse_guessing
from bpo.sandbox import on_live_database
from bpo.tenancy import Reach
from vendors.models import ApiKey, Vendor

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
PREFIX_LENGTH = 8
SECRET_LENGTH = 40  # of 32 letters each: 200 random bits
KEY_TEXT = re.compile(rf"bpo_(live|test)_([{ALPHABET}]{{{PREFIX_LENGTH}}})_([{ALPHABET}]{{{SECRET_LENGTH}}})", re.ASCII)
BEARER = re.compile(r"bearer ([\x21-\x7e]{1,200})", re.IGNORECASE)
# A key's last use is stored to the minute: a write for every request would make all requests wait for one another.
USE_NOTED_EVERY = timedelta(minutes=1)
# A key that ends within it is warned of, on its page and by mail.
EXPIRY_WARNING = timedelta(days=14)


class KeyNotIssued(Refused):
    """A key that could not be used, or that these rules do not allow, was not issued."""

    code = "key_not_issued"


@dataclass(frozen=True)
class KeyPrincipal:
    """The caller with an API key: its vendor, within the key's scopes."""

    key: ApiKey
    source: audit.Source = field(default=audit.Source(), compare=False)

    is_authenticated = True
    is_active = True
    is_anonymous = False
    pk = None

    @cached_property
    def reach(self) -> Reach:
        return Reach(organisations=frozenset([self.key.vendor.organisation_id]))

    @property
    def is_test(self) -> bool:
        return self.key.mode == ApiKey.Mode.TEST

    def __str__(self) -> str:
        return f"API key {self.key.public_id}"


@transaction.atomic
def issue_key(
    *,
    vendor: Vendor,
    name: str,
    scopes: Collection[str],
    actor: object,
    expires_at: datetime | None,
    now: datetime,
    mode: str = ApiKey.Mode.LIVE,
) -> tuple[ApiKey, str]:
    """Return a new key and its text, which cannot be read again."""
    unknown = sorted(set(scopes) - set(ApiKey.Scope.values))
    if unknown or not scopes:
        raise KeyNotIssued(
            _("A key needs scopes out of: %(known)s.") % {"known": ", ".join(ApiKey.Scope.values)},
            hint=_("Unknown: %(unknown)s.") % {"unknown": ", ".join(unknown)} if unknown else "",
        )
    if expires_at is not None and expires_at <= now:
        raise KeyNotIssued(_("A key cannot expire before it begins."))
    secret = get_random_string(SECRET_LENGTH, ALPHABET)
    key = ApiKey.objects.create(
        vendor=vendor,
        name=name,
        mode=mode,
        prefix=get_random_string(PREFIX_LENGTH, ALPHABET),
        secret_sha256=hashlib.sha256(secret.encode()).hexdigest(),
        scopes=sorted(set(scopes)),
        created_by=actor if isinstance(actor, User) else None,
        created_at=now,
        expires_at=expires_at,
    )
    changes = {"mode": (None, key.mode), "scopes": (None, key.scopes), "expires_at": (None, expires_at)}
    record_change(key, actor=actor, changes=changes, action="issue_key")
    return key, f"bpo_{key.mode}_{key.prefix}_{secret}"


@transaction.atomic
def rotate_key(*, key: ApiKey, overlap: timedelta, actor: object, now: datetime) -> tuple[ApiKey, str]:
    """Return a key that replaces another one and its text; both keys work until the overlap is over."""
    old = ApiKey.objects.select_for_update().get(pk=key.pk)
    if old.successor_id or old.revoked_at or (old.expires_at and old.expires_at <= now):
        raise KeyNotIssued(_("This key has ended or was replaced already."), hint=_("Make a new key instead."))
    ends_at = now + overlap
    lifetime = old.expires_at - old.created_at if old.expires_at else None
    new_key, text = issue_key(
        vendor=old.vendor,
        name=old.name,
        scopes=old.scopes,
        actor=actor,
        expires_at=now + lifetime if lifetime else None,
        now=now,
        mode=old.mode,
    )
    before, old.successor = old.expires_at, new_key
    old.expires_at = min(before, ends_at) if before else ends_at
    old.save(update_fields=["successor", "expires_at"])
    changes = {"expires_at": (before, old.expires_at), "successor": (None, new_key.public_id)}
    record_change(old, actor=actor, changes=changes, action="rotate_key")
    return new_key, text


@transaction.atomic
def revoke_key(*, key: ApiKey, actor: object, now: datetime) -> bool:
    """End a key; the next request with it is refused. False if it had ended already."""
    person = actor if isinstance(actor, User) else None
    ended = ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=now, revoked_by=person)
    if ended:
        key.refresh_from_db()
        record_change(key, actor=actor, changes={"revoked_at": (None, now)}, action="revoke_key")
    return bool(ended)


def find_key(header: str, *, now: datetime) -> ApiKey | None:
    """Return the usable key that an Authorization header names, or None, whatever is wrong with it."""
    bearer = BEARER.fullmatch(header)
    parts = KEY_TEXT.fullmatch(bearer[1]) if bearer else None
    if not parts:
        return None
    mode, prefix, secret = parts.groups()
    usable = ApiKey.objects.usable(now).filter(mode=mode).exclude(vendor__status=Vendor.Status.ENDED)
    key = usable.select_related("vendor__organisation").filter(prefix=prefix).first()
    # Compared even when there is no key, so that a known prefix takes no longer than an unknown one.
    digest = hashlib.sha256(secret.encode()).hexdigest()
    matches = hmac.compare_digest(key.secret_sha256 if key else "0" * 64, digest)
    return key if key and matches else None


def note_use(key: ApiKey, *, now: datetime) -> None:
    """Store when the key was last used, to the minute."""
    if key.last_used_at is None or now - key.last_used_at >= USE_NOTED_EVERY:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)


def note_error(key: ApiKey, *, error: str, now: datetime) -> None:
    """Store the key's latest error, for the page of keys."""
    with on_live_database():
        ApiKey.objects.filter(pk=key.pk).update(last_error=error[:200], last_error_at=now)


class InvalidKeyError(AuthenticationFailed):
    """A request came without a valid key or session."""

    default_detail = _("A valid API key, or a signed-in session, is needed.")
    default_code = "not_authenticated"


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer bpo_live_…` or `bpo_test_…`; a bad key gets the same answer, whatever is wrong with it."""

    def authenticate(self, request: Request) -> tuple[KeyPrincipal, ApiKey] | None:
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        now = timezone.now()
        refuse_guessing(request._request)
        key = find_key(header, now=now)
        if key is None:
            count_wrong_key(request._request, now=now)
            raise InvalidKeyError
        note_use(key, now=now)
        return KeyPrincipal(key, audit.Source(AuditEntry.Channel.API, request._request.request_id)), key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="BPO desk"'


class KeyMayRead(BasePermission):
    """A key reads with the scope `read`; a person reads what is theirs."""

    code = "missing_scope"
    message = _("This key lacks the scope “read”.")

    def has_permission(self, request: Request, view: object) -> bool:
        return not isinstance(request.user, KeyPrincipal) or ApiKey.Scope.READ in request.user.key.scopes
