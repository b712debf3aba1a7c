"""Excuses that one request asks for several service levels: one for each, with a common group, `EG-…`."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from bpo.fields import public_id
from bpo.models import User
from breaches.services.excuses import DecidedBefore, ask_excuse, decide_excuse, excuse_to_ask, may_decide
from breaches.services.grants import lowers_limits, preview_excuse, preview_if_possible
from breaches.services.selections import Grant, WrongExcuse, cells_touched, read_grant
from contracts.models.service_levels import ServiceLevel
from metrics.models.breaches import Excuse
from metrics.services.restatement_plans import Restatement, RestatementMoved
from vendors.keys import KeyPrincipal

MOST_LEVELS = 50


@dataclass(frozen=True, slots=True)
class GroupMember:
    """One excuse of a group: what is granted, what that would change, and why it cannot act, or be granted."""

    excuse: Excuse
    grant: Grant | None = None
    effect: Restatement | None = None
    cannot: str = ""


@transaction.atomic
def ask_excuses(
    *, service_levels: Sequence[ServiceLevel], asked_by: User | KeyPrincipal, now: datetime, **asked: Any
) -> tuple[list[Excuse], bool]:
    """Ask the same for one or several service levels; also whether it is new, or was asked before and is undecided."""
    levels = sorted(service_levels, key=lambda level: level.pk)
    excuses = excuses_to_ask(service_levels=levels, asked_by=asked_by, now=now, **asked)
    # A second request for the same waits here until the first is stored.
    list(
        ServiceLevel.objects.select_for_update(no_key=True).filter(pk__in=[level.pk for level in levels]).order_by("pk")
    )
    if same := same_asked(excuses):
        return same, False
    group = public_id("EG") if len(levels) > 1 else ""
    return [ask_excuse(service_level=level, asked_by=asked_by, now=now, group=group, **asked) for level in levels], True


def excuses_to_ask(
    *, service_levels: Sequence[ServiceLevel], asked_by: User | KeyPrincipal, now: datetime, **asked: Any
) -> list[Excuse]:
    """The excuses that may be asked for, not saved. Raises WrongExcuse, NotYours, or Refused once it is too late."""
    if not 0 < len(service_levels) <= MOST_LEVELS:
        raise WrongExcuse(_("One request names 1 to %(most)s service levels.") % {"most": MOST_LEVELS})
    if len({level.contract_id for level in service_levels}) > 1:
        raise WrongExcuse(_("The service levels of one request are of one contract: ask for each contract apart."))
    return [excuse_to_ask(service_level=level, asked_by=asked_by, now=now, **asked) for level in service_levels]


def same_asked(excuses: Sequence[Excuse]) -> list[Excuse]:
    """The undecided excuses of one request that ask the same of the same service levels; none where one differs."""
    names = ("starts_on", "ends_on", "starts_at", "ends_at", "cases", "reason", "clause")
    # Service levels may count the same rows on other days.
    wanted = {name: getattr(excuses[0], name) for name in names[2 if excuses[0].cases else 0 :]}
    levels = {excuse.service_level_id for excuse in excuses}
    asked = Excuse.objects.filter(decision=Excuse.Decision.ASKED, service_level__in=levels, **wanted)
    for first in asked.order_by("pk"):
        group = [first] if not first.group else list(Excuse.objects.filter(group=first.group).order_by("pk"))
        if {excuse.service_level_id for excuse in group} == levels:
            return group
    return []


def grants_of(excuses: Sequence[Excuse], given: Mapping[str, Any]) -> list[Grant]:
    """What a decision on a group grants of each; an amount is for those whose terms make limits easier."""
    grants = []
    for excuse in excuses:
        grant = read_grant(given, excuse)
        if grant.lowers_by is not None and not lowers_limits(cells_touched(excuse.service_level, grant)):
            grant = read_grant({**given, "lowers_by": None}, excuse)
        grants.append(grant)
    return grants


def preview_group(excuses: Sequence[Excuse], given: Mapping[str, Any], *, now: datetime) -> list[GroupMember]:
    """What granting each excuse, or a part of it, would change; nothing of those that are decided."""
    return [
        GroupMember(excuse, grant, *preview_if_possible(excuse=excuse, grant=grant, now=now))
        if excuse.decision == Excuse.Decision.ASKED
        else GroupMember(excuse)
        for excuse, grant in zip(excuses, grants_of(excuses, given), strict=True)
    ]


def digest_of(members: Sequence[GroupMember]) -> str:
    """SHA-256 of what has to be the same when a group is decided as when it was shown; empty where it cannot be."""
    undecided = [member for member in members if member.excuse.decision == Excuse.Decision.ASKED]
    effects = [member.effect for member in undecided if member.effect]
    if not effects or len(effects) < len(undecided):
        return ""
    return hashlib.sha256("".join(effect.digest for effect in effects).encode()).hexdigest()


@transaction.atomic
def decide_group(
    *, excuses: Sequence[Excuse], given: Mapping[str, Any], granted: bool, decided_by: User, now: datetime
) -> list[Excuse]:
    """Decide alike on those of a group's excuses that are undecided, on all of them or on none."""
    undecided = [excuse for excuse in excuses if excuse.decision == Excuse.Decision.ASKED]
    if not undecided:
        raise DecidedBefore(_("These excuses were decided before."))
    reason = given.get("reason") or ""
    if not granted:
        return [
            decide_excuse(excuse=excuse, granted=False, reason=reason, decided_by=decided_by, now=now)
            for excuse in undecided
        ]
    members = [
        GroupMember(excuse, grant, preview_excuse(excuse=excuse, grant=grant, now=now))
        for excuse, grant in zip(undecided, grants_of(undecided, given), strict=True)
    ]
    if given.get("digest") and given["digest"] != digest_of(members):
        raise RestatementMoved(_("What the grant would change has changed since it was shown: look at it again."))
    return [
        decide_excuse(
            excuse=member.excuse, granted=True, grant=member.grant, reason=reason, decided_by=decided_by, now=now,
            digest=member.effect.digest if member.effect else None,
        )
        for member in members
    ]  # fmt: skip


def may_decide_group(user: User, excuses: Sequence[Excuse]) -> bool:
    """Whether somebody may decide on any of them."""
    return any(may_decide(user, excuse) for excuse in excuses)
