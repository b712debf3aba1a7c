"""Where somebody is signed in: noted at the sign-in, ended when idle, too old, or by hand.

A session knows its row; the row is written once a minute at most, and no request reads it. Ending one deletes the
session itself, so that the next request with it is nobody's.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from bpo.audit import record
from bpo.client_addresses import client_address
from bpo.models import User, UserSession

BEGAN, SEEN, ROW = "began_at", "seen_at", "user_session"
# What the browser drops of a session that has ended.
CLEARED = '"cache", "storage"'
MINUTE = timedelta(minutes=1)


def note_sign_in(request: HttpRequest, person: User, *, now: datetime) -> None:
    """Note a session that has just begun, and forget those of the person that have ended by themselves."""
    dead = UserSession.objects.filter(user=person)
    dead.exclude(session_key__in=Session.objects.filter(expire_date__gt=now).values("session_key")).delete()
    if not request.session.session_key:
        request.session.save()
    row = UserSession.objects.create(
        user_id=person.pk,
        session_key=f"{request.session.session_key}",
        device=request.headers.get("User-Agent", "")[:200],
        address=client_address(request)[:60],
        began_at=now,
        seen_at=now,
    )
    request.session[BEGAN] = request.session[SEEN] = now.timestamp()
    request.session[ROW] = row.pk


@transaction.atomic
def end_sessions(sessions: Iterable[UserSession], *, actor: object, reason: str) -> int:
    """End sessions at once, with an entry in the audit trail for each person; how many."""
    rows = list(sessions)
    Session.objects.filter(session_key__in=[row.session_key for row in rows]).delete()
    UserSession.objects.filter(pk__in=[row.pk for row in rows]).delete()
    for person in {row.user for row in rows}:
        number = sum(row.user == person for row in rows)
        changes = {"sessions": (number, 0), "reason": (None, reason)}
        record(actor=actor, action="end_sessions", thing=person, changes=changes)
    return len(rows)


def end_other_sessions(request: HttpRequest, *, reason: str) -> int:
    """End a person's sessions but the one of this request."""
    others = UserSession.objects.filter(user__pk=request.user.pk or 0).exclude(pk=request.session.get(ROW, 0))
    return end_sessions(others.select_related("user"), actor=request.user, reason=reason)


def end_all_sessions(person: User, *, actor: object, reason: str) -> int:
    """End all sessions of a person."""
    return end_sessions(UserSession.objects.filter(user=person).select_related("user"), actor=actor, reason=reason)


def clear_site(response: HttpResponse) -> HttpResponse:
    """Have the browser drop what it holds of a session that has ended."""
    response.headers["Clear-Site-Data"] = CLEARED
    return response


def forget_sessions() -> None:
    """Forget all sessions, as a restored backup must: some of those that it holds have been ended since it was made."""
    Session.objects.all().delete()
    UserSession.objects.all().delete()


def watch_sessions(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """End a session that is too old or was idle for too long, and note when it was last seen."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if BEGAN not in request.session:
            return get_response(request)
        began, seen = request.session[BEGAN], request.session[SEEN]
        now = timezone.now()
        is_idle = now.timestamp() - seen > settings.SESSION_IDLE_SECONDS
        if is_idle or now.timestamp() - began > settings.SESSION_COOKIE_AGE:
            UserSession.objects.filter(pk=request.session[ROW]).delete()
            logout(request)
            return clear_site(get_response(request))
        key, ways = request.session.session_key, len(request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, []))
        is_due = now.timestamp() - seen >= MINUTE.total_seconds()
        if is_due:
            request.session[SEEN] = now.timestamp()
        response = get_response(request)
        if BEGAN not in request.session:
            return clear_site(response)
        has_confirmed = len(request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])) > ways
        # As after signing in, the session goes on under a new key; one that somebody ended meanwhile does not.
        if has_confirmed and request.session.exists(f"{key}"):
            request.session.cycle_key()
        # So it is after a new password.
        new_key = {} if request.session.session_key == key else {"session_key": request.session.session_key}
        if is_due or new_key:
            UserSession.objects.filter(pk=request.session[ROW]).update(seen_at=now, **new_key)
        return response

    return middleware
