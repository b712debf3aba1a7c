"""Excuses: days, hours or rows that a vendor asks not to be counted, and the client's decision."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from bpo.changes import record_change
from bpo.errors import Refused
from bpo.models import Role, User
from breaches.services.grants import check_grant, decide, is_part, restate_granted
from breaches.services.selections import (
    Grant,
    WrongExcuse,
    asked_days,
    cells_touched,
    granted_part,
    selection_text,
    whole_excuse,
)
from contracts.models.service_levels import ServiceLevel
from metrics.models.breaches import Breach, BreachEvent, Excuse
from metrics.services.breaches import Instruction
from metrics.services.closed_periods import refuse_late_corrections
from metrics.services.restatement_plans import RestatementMoved
from metrics.services.restatements import LONGEST_REASON
from metrics.services.work_queue import rows_at
from sla.periods import DAY
from vendors.keys import KeyPrincipal
from vendors.models import ApiKey

ASKERS = (Role.VENDOR_MANAGER,)
DECIDERS = (Role.CLIENT_MANAGER,)
MOST_DAYS = 366
MOST_YEARS_AHEAD = 10


class NotYours(Refused):
    """Somebody who may not ask, or may not decide."""

    code = "not_yours"
    status = 403


class DecidedBefore(Refused):
    """An excuse is decided once."""

    code = "decided_before"


@transaction.atomic
def ask_excuse(*, asked_by: User | KeyPrincipal, now: datetime, **asked: Any) -> Excuse:
    """Ask that days, hours or rows are not counted; nothing moves yet."""
    excuse = excuse_to_ask(asked_by=asked_by, now=now, **asked)
    excuse.save()
    changes = {"decision": ("", Excuse.Decision.ASKED), "days": ("", iso(whole_excuse(excuse)))}
    if excuse.group:
        changes["group"] = ("", excuse.group)
    record_change(excuse, actor=asked_by, changes=changes, action="ask_excuse")
    days = selection_text(whole_excuse(excuse), excuse.service_level.contract.zone)
    words = {"days": days, "excuse": excuse.public_id, "reason": excuse.reason}
    add_breach_events(excuse, excuse.asked_by, _("%(excuse)s asked for %(days)s: %(reason)s") % words, now=now)
    return excuse


def excuse_to_ask(
    *,
    service_level: ServiceLevel,
    reason: str,
    asked_by: User | KeyPrincipal,
    now: datetime,
    starts_on: date | None = None,
    ends_on: date | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    cases: Collection[str] = (),
    clause: str = "",
    group: str = "",
) -> Excuse:
    """An excuse that may be asked for, not saved: of the days up to, not including, `ends_on`, of hours, or of rows."""
    if not may_ask(asked_by, service_level):
        raise NotYours(_("Only the vendor's managers ask for excuses, or a key that has the scope for it."))
    rows = sorted(set(cases))
    starts_on, ends_on = asked_days(
        service_level, starts_on=starts_on, ends_on=ends_on, starts_at=starts_at, ends_at=ends_at, cases=rows
    )
    if not rows:
        refuse_span(starts_on, ends_on, now=now)
    if not reason.strip():
        raise WrongExcuse(_("An excuse needs a reason."))
    asker = {"asked_with": asked_by.key} if isinstance(asked_by, KeyPrincipal) else {"asked_by": asked_by}
    excuse = Excuse(
        service_level=service_level, starts_on=starts_on, ends_on=ends_on, starts_at=starts_at, ends_at=ends_at,
        cases=rows, group=group, reason=reason, clause=clause, asked_at=now, **asker,
    )  # fmt: skip
    # The day of asking counts, however long the decision takes.
    refuse_late_corrections(cells_touched(service_level, whole_excuse(excuse)), by=None, ground="", now=now)
    return excuse


def refuse_span(starts_on: date, ends_on: date, *, now: datetime) -> None:
    """Raise WrongExcuse for days that end before they start, are more than a year, or lie too far ahead."""
    if ends_on <= starts_on:
        raise WrongExcuse(_("An excuse ends after it starts."))
    if (ends_on - starts_on).days > MOST_DAYS:
        raise WrongExcuse(_("An excuse covers a year at most."))
    if ends_on.year > now.year + MOST_YEARS_AHEAD:
        raise WrongExcuse(_("An excuse lies ten years ahead at most."))


def may_ask(principal: User | KeyPrincipal, service_level: ServiceLevel) -> bool:
    """Managers of the service level's vendor, and its keys that have the scope."""
    vendor = service_level.contract.vendor
    if isinstance(principal, KeyPrincipal):
        return principal.key.vendor_id == vendor.pk and ApiKey.Scope.ASK_EXCUSES in principal.key.scopes
    return principal.roles.get(vendor.organisation_id) in ASKERS


def may_decide(user: User, excuse: Excuse) -> bool:
    """Managers of the client, on what they did not ask for themselves, or with a key that they created."""
    client = excuse.service_level.contract.client.organisation_id
    if excuse.decision != Excuse.Decision.ASKED or user.roles.get(client) not in DECIDERS:
        return False
    return user.pk != (excuse.asked_with.created_by_id if excuse.asked_with else excuse.asked_by_id)


@transaction.atomic
def decide_excuse(
    *,
    excuse: Excuse,
    granted: bool,
    decided_by: User,
    now: datetime,
    reason: str = "",
    digest: str | None = None,
    grant: Grant | None = None,
) -> Excuse:
    """Grant an excuse, a part of it, or nothing; open periods are judged anew, closed ones restated.

    With a `digest` the grant must still change what was shown.
    """
    excuse = Excuse.objects.select_for_update(of=("self",)).select_related("service_level__contract").get(pk=excuse.pk)
    grant = (grant or whole_excuse(excuse)) if granted else None
    check_decision(excuse, grant, decided_by, reason)
    decide(excuse, grant=grant, by=decided_by, now=now, reason=reason)
    excuse.save()
    record_change(excuse, actor=decided_by, changes=decided_changes(excuse, grant), action="decide_excuse")
    if grant:
        why = _("%(excuse)s granted: %(reason)s") % {"excuse": excuse.public_id, "reason": reason or excuse.reason}
        granting = restate_granted(excuse, grant, Instruction(why[:LONGEST_REASON], decided_by), now=now)
        if digest is not None and granting.digest != digest:
            raise RestatementMoved(_("What the grant would change has changed since it was shown: look at it again."))
    add_breach_events(excuse, decided_by, decided_text(excuse), now=now)
    return excuse


def check_decision(excuse: Excuse, grant: Grant | None, decided_by: User, reason: str) -> None:
    """Refuse a decision that was made, is somebody else's, or needs a reason that is not given."""
    if excuse.decision != Excuse.Decision.ASKED:
        raise DecidedBefore(_("This excuse was decided before."))
    if not may_decide(decided_by, excuse):
        raise NotYours(_("The client's managers decide, and nobody on what they asked for themselves."))
    if grant:
        check_grant(excuse, grant)
        if is_part(grant, excuse) and not reason.strip():
            raise WrongExcuse(_("A grant of a part needs a reason for what is refused."))


def add_breach_events(excuse: Excuse, by: User | None, text: str, *, now: datetime) -> None:
    """A line on the timeline of each breach that an excuse is about."""
    keys = [cell.key for cell in cells_touched(excuse.service_level, whole_excuse(excuse))]
    BreachEvent.objects.bulk_create(
        BreachEvent(breach=breach, at=now, kind=BreachEvent.Kind.EXCUSE, text=text, by=by)
        for breach in rows_at(Breach.objects.all(), keys)
    )


def decided_text(excuse: Excuse) -> str:
    """The decision in one line: what was granted, and why."""
    words = {"excuse": excuse.public_id, "decision": excuse.decision_words, "reason": excuse.decision_reason}
    text = _("%(excuse)s %(decision)s") % words
    if excuse.is_partial:
        days = selection_text(granted_part(excuse), excuse.service_level.contract.zone)
        text = _("%(excuse)s granted for %(days)s only") % {**words, "days": days}
    return f"{text}: {excuse.decision_reason}" if excuse.decision_reason else f"{text}."


def decided_changes(excuse: Excuse, grant: Grant | None) -> dict[str, tuple[object, object]]:
    """What the audit trail keeps of a decision."""
    changes: dict[str, tuple[object, object]] = {
        "decision": (Excuse.Decision.ASKED, excuse.decision),
        "days": (iso(whole_excuse(excuse)), iso(grant) if grant else ""),
        "reason": ("", excuse.decision_reason),
    }
    if grant and grant.lowers_by is not None:
        changes["lowers_by"] = ("", str(grant.lowers_by))
    return changes


def iso(grant: Grant) -> str:
    """What the audit trail keeps of what is asked for or granted."""
    if grant.cases:
        return ", ".join(grant.cases)
    first, last = grant.hours or (grant.starts_on, grant.ends_on - DAY)
    return f"{first.isoformat()} – {last.isoformat()}"
