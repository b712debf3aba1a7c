"""How operators come to read a client's data: they ask, an admin of the client answers, and either of them ends it."""

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from bpo.changes import change_recorded, save_recorded
from bpo.errors import Refused
from bpo.formatting import show_count
from bpo.models import AccessGrant, Organisation, Role, User
from bpo.models.access_grants import MOST_DAYS

State = AccessGrant.State


class NoGrantNeeded(Refused):
    """Nobody of the client could give one, and operators read its data."""

    code = "no_grant_needed"


class AskedAlready(Refused):
    """The operator has asked that client, and waits for the answer."""

    code = "asked_already"


class IsDecided(Refused):
    """The answer was given, or came too late."""

    code = "access_decided"


class WrongSpan(Refused):
    """It is asked or given for too long, or without a reason."""

    code = "wrong_access"
    status = 422


def may_answer(person: User, client: int) -> bool:
    """Whether somebody decides who reads the client's data: its admins, and no operator for themselves."""
    return not person.is_operator_admin and person.has_role(Role.CLIENT_ADMIN, organisation_id=client)


@transaction.atomic
def ask_access(*, client: Organisation, reason: str, days: int, actor: User, now: datetime) -> AccessGrant:
    """Ask a client's admins to read its data; the same question again is the one that waits.

    Raises NoGrantNeeded, AskedAlready, WrongSpan.
    """
    if not actor.has_role(Role.OPERATOR_ADMIN):
        raise PermissionDenied(_("Only operators ask for access."))
    client = Organisation.objects.select_for_update().get(pk=client.pk)
    reason = reason.strip()
    if not reason:
        raise WrongSpan(_("Say what you have to read the data for."))
    check_days(days)
    if not Organisation.objects.with_admins().filter(pk=client.pk).exists():
        raise NoGrantNeeded(_("%(client)s has never had an admin who could grant it.") % {"client": client})
    waiting: AccessGrant | None = AccessGrant.objects.filter(client=client, operator=actor, state=State.ASKED).first()
    if waiting is not None and waiting.state_at(now) == State.ASKED:
        if (waiting.reason, waiting.days) == (reason, days):
            return waiting
        sentence = _("You have asked %(client)s already; %(id)s waits for its answer.")
        raise AskedAlready(sentence % {"client": client, "id": waiting.public_id}, hint=_("You can withdraw it."))
    if waiting is not None:
        change_recorded(waiting, actor=actor, action="lapse_access", state=State.LAPSED)
    grant = AccessGrant(client=client, operator=actor, reason=reason, days=days, asked_at=now)
    save_recorded(grant, actor=actor, action="ask_access")
    return grant


def check_days(days: int) -> None:
    if not 1 <= days <= MOST_DAYS:
        raise WrongSpan(_("Access lasts from 1 to %(most)s days.") % {"most": show_count(MOST_DAYS)})


@transaction.atomic
def grant_access(*, grant: AccessGrant, actor: User, now: datetime, days: int | None = None) -> AccessGrant:
    """Let the operator read from now on, for as many days as were asked for, or fewer.

    An earlier grant of the same operator ends. Granted again it is the same. Raises IsDecided, WrongSpan.
    """
    grant = _locked(grant, actor)
    if grant.state_at(now) == State.GRANTED and days in (None, grant.days):
        return grant
    _check_waits(grant, now)
    days = grant.days if days is None else days
    check_days(days)
    if days > grant.days:
        sentence = _("%(days)s days were asked for; you can grant fewer, and not more.")
        raise WrongSpan(sentence % {"days": show_count(grant.days)})
    for earlier in AccessGrant.objects.filter(client=grant.client, operator=grant.operator, state=State.GRANTED):
        change_recorded(earlier, actor=actor, action="replace_access", state=State.ENDED, ends_at=_sooner(earlier, now))
    change_recorded(
        grant, actor=actor, action="grant_access", state=State.GRANTED, days=days, answered_by=actor, answered_at=now,
        ends_at=now + timedelta(days=days),
    )  # fmt: skip
    return grant


def _sooner(grant: AccessGrant, now: datetime) -> datetime:
    return min(grant.ends_at or now, now)


@transaction.atomic
def refuse_access(*, grant: AccessGrant, actor: User, now: datetime) -> AccessGrant:
    """Answer that the operator may not read; refused again it is the same. Raises IsDecided."""
    grant = _locked(grant, actor)
    if grant.state == State.REFUSED:
        return grant
    _check_waits(grant, now)
    change_recorded(grant, actor=actor, action="refuse_access", state=State.REFUSED, answered_by=actor, answered_at=now)
    return grant


@transaction.atomic
def withdraw_access(*, grant: AccessGrant, actor: User, now: datetime) -> AccessGrant:
    """End a grant at once, or take a question back: an admin of the client, or the operator whose it is.

    What is over already stays as it is.
    """
    if grant.operator_id != actor.pk and not may_answer(actor, grant.client_id):
        raise PermissionDenied(_("Only the client's admins and the operator who asked end it."))
    grant = _fresh(grant)
    if grant.state_at(now) in {State.ASKED, State.GRANTED}:
        change_recorded(
            grant, actor=actor, action="withdraw_access", state=State.WITHDRAWN, withdrawn_by=actor, withdrawn_at=now
        )
    return grant


@transaction.atomic
def withdraw_all_access(*, client: Organisation, actor: User, now: datetime) -> int:
    """End every grant of a client at once; how many stood."""
    if not may_answer(actor, client.pk):
        raise PermissionDenied(_("Only the client's admins end it."))
    grants = AccessGrant.objects.filter(client=client).standing(now).order_by("pk")
    return len([withdraw_access(grant=grant, actor=actor, now=now) for grant in grants])


def _locked(grant: AccessGrant, actor: User) -> AccessGrant:
    if not may_answer(actor, grant.client_id):
        raise PermissionDenied(_("Only the client's admins decide who reads its data."))
    # Of two answers the second waits here, and of two grants of one operator, too.
    Organisation.objects.select_for_update().get(pk=grant.client_id)
    return _fresh(grant)


def _fresh(grant: AccessGrant) -> AccessGrant:
    rows = AccessGrant.objects.select_for_update(of=("self",)).select_related("client", "operator")
    fresh: AccessGrant = rows.get(pk=grant.pk)
    return fresh


def _check_waits(grant: AccessGrant, now: datetime) -> None:
    state = grant.state_at(now)
    if state != State.ASKED:
        words = {"id": grant.public_id, "state": state.label}
        raise IsDecided(_("%(id)s is not open any more: %(state)s.") % words, hint=_("The operator can ask again."))
