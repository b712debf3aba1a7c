"""Breaches as items of a mail: found, withdrawn, final; answers due; decisions on excuses and answers."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as _

from bpo.formatting import show_instant
from breaches.services.transitions import BreachAct, acting_side
from metrics.models.breaches import Breach, BreachEvent, Excuse
from metrics.querysets import PARTIES, turn_of
from reports.digests import Coverage, Item, Mark, Section, worst_first
from reports.links import Act, act_link, link
from reports.readers import Reader, Side
from reports.selecting.verdicts import (
    counted_line,
    other_party,
    severity,
    status_mark,
    verdict_limit,
    verdict_title,
    verdict_value,
)
from sla.periods import local_day

Kind = BreachEvent.Kind
CAME = {Kind.FOUND, Kind.REOPENED}
BREACH_PATHS = (*PARTIES, "verdict__terms__service_level__feed", "verdict__service_level")
# The vendor is reminded when so many working days are left, the client once the answer is overdue.
REMIND_BEFORE = 2


def breach_changes(coverage: Coverage) -> tuple[tuple[Item, ...], tuple[Item, ...], tuple[Item, ...]]:
    """Return breaches found, final and withdrawn in the covered time; what came and went in it is left out."""
    found, final, withdrawn = [], [], []
    for events in _events_by_breach(coverage):
        breach = events[0].breach
        kinds = {event.kind for event in events}
        keys = tuple(f"event:{event.pk}" for event in events)
        item = breach_item(coverage.reader, breach)
        item = replace(item, key=keys[-1], other_keys=(*keys, item.key))
        if breach.state == Breach.State.WITHDRAWN:
            if events[0].kind not in CAME and Kind.WITHDRAWN in kinds:
                text = next(event.text for event in reversed(events) if event.kind == Kind.WITHDRAWN)
                withdrawn.append(replace(item, lines=(text,), due_on=None))
        elif Kind.FOUND in kinds:
            found.append(item)
        elif kinds & CAME:
            found.append(replace(item, lines=(_("A breach again, after it had been withdrawn."), *item.lines)))
        elif Kind.FINAL in kinds:
            final.append(item)
    return worst_first(found), worst_first(final), worst_first(withdrawn)


def _events_by_breach(coverage: Coverage) -> list[list[BreachEvent]]:
    own = Q(internal_to__isnull=True) | Q(internal_to__in=coverage.reader.organisations)
    events = (
        BreachEvent.objects.visible_to(coverage.reader.user)
        .filter(own, at__range=coverage.time_range, kind__in=[*CAME, Kind.WITHDRAWN, Kind.FINAL])
        .select_related(*(f"breach__{path}" for path in BREACH_PATHS))
        .order_by("at", "pk")
    )
    by_breach: dict[int, list[BreachEvent]] = defaultdict(list)
    for event in events:
        if coverage.is_new(f"event:{event.pk}"):
            by_breach[event.breach_id].append(event)
    return list(by_breach.values())


def breach_item(reader: Reader, breach: Breach) -> Item:
    """Return a breach with its value, its limit, and when its cause is due."""
    verdict = breach.verdict
    contract = breach.service_level.contract
    owes = breach.state == Breach.State.FOUND
    due = _("Cause due %s") % show_instant(breach.answer_due_at, contract.zone) if owes else ""
    return Item(
        key=f"due:{breach.public_id}",
        mark=status_mark(verdict),
        ref=breach.public_id,
        party=other_party(reader, contract),
        title=verdict_title(verdict),
        value=verdict_value(verdict),
        limit=verdict_limit(verdict),
        lines=tuple(filter(None, (counted_line(verdict), due))),
        url=link("breaches", breach.public_id),
        acts=acts_on(reader, breach),
        # The day that the line, the page and the contract name, wherever the reader is.
        due_on=local_day(breach.answer_due_at, ZoneInfo(contract.zone)) if owes else None,
        breach_pk=breach.pk,
        severity=severity(verdict),
    )


def acts_on(reader: Reader, breach: Breach) -> tuple[tuple[str, str], ...]:
    """Return what the reader can do about a breach from the mail itself, each act with its link."""
    if breach.state in (Breach.State.CLOSED, Breach.State.WITHDRAWN):
        return ()
    acts = [(_("Mute mail"), act_link(Act.MUTE, reader.user, breach.public_id))]
    if breach.acknowledged_at is None and acting_side(reader.user, breach, BreachAct.ACKNOWLEDGE):
        acts.insert(0, (_("Acknowledge"), act_link(Act.ACKNOWLEDGE, reader.user, breach.public_id)))
    return tuple(acts)


def answers_due(coverage: Coverage, *, already: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return breaches whose cause is owed: to the vendor if due soon, to both if overdue, every third working day."""
    reader = coverage.reader
    limit = coverage.until
    if reader.side == Side.VENDOR:
        limit = reader.moment(reader.working_day(reader.local_date, REMIND_BEFORE) + timedelta(days=1))
    breaches = (
        Breach.objects.visible_to(reader.user)
        .filter(turn_of(Side.VENDOR, coverage.until), answer_due_at__lt=limit)
        .select_related(*BREACH_PATHS)
        .order_by("answer_due_at", "pk")
    )
    named = {item.breach_pk for item in already}
    items = (breach_item(reader, breach) for breach in breaches if breach.pk not in named)
    return tuple(item for item in items if coverage.may_remind(item.key))


STEPS = (Kind.ASKED_BACK, Kind.AGREED, Kind.ACCEPTED)


def excuse_news(coverage: Coverage) -> Section:
    """Excuses that wait for the client, or for the vendor those that were decided; one item for each request."""
    excuses = Excuse.objects.visible_to(coverage.reader.user).select_related(*PARTIES).order_by("asked_at", "pk")
    if coverage.reader.side == Side.CLIENT:
        code, title = "asked", _("Excuses waiting for you")
        excuses = excuses.filter(decision=Excuse.Decision.ASKED, asked_at__range=coverage.time_range)
    else:
        code, title = "decided", _("Excuses decided")
        excuses = excuses.filter(decided_at__range=coverage.time_range).exclude(decided_by=coverage.reader.user)
    requests: dict[tuple[str, ...], list[Excuse]] = defaultdict(list)
    for excuse in excuses:
        # Not exclude(): a key's excuse has nobody who asked, and what is compared with nobody is left out.
        if excuse.asked_by_id != coverage.reader.user.pk and coverage.is_new(_excuse_key(excuse)):
            # A group of which parts are decided differently is one item for each decision.
            requests[excuse.group or excuse.public_id, excuse.decision, excuse.decision_reason].append(excuse)
    items = tuple(_request_item(coverage.reader, excuses) for excuses in requests.values())
    return Section(code, title, items, link("excuses"))


def _excuse_key(excuse: Excuse) -> str:
    return f"excuse:{excuse.public_id}:{excuse.decision}"


def _request_item(reader: Reader, excuses: list[Excuse]) -> Item:
    """One request for an excuse, with all the service levels for which it asks."""
    excuse, keys = excuses[0], [_excuse_key(each) for each in excuses]
    names = ", ".join(each.service_level.name for each in excuses)
    return Item(
        key=keys[0],
        other_keys=tuple(keys[1:]),
        mark=Mark("[/]", "◇", _("Excuse %s") % excuse.decision_words),
        ref=excuse.group or excuse.public_id,
        ids=tuple(each.public_id for each in excuses),
        party=other_party(reader, excuse.service_level.contract),
        title=_("Service levels: %s") % names if excuse.group else names,
        lines=tuple(filter(None, (excuse.reason, excuse.decision_reason))),
        url=link("excuse-groups", excuse.group) if excuse.group else link("excuses", excuse.public_id),
    )


def steps_on_answers(coverage: Coverage) -> Section:
    """Breaches with an answer to which the client has not responded, or for the vendor with the client's response."""
    events = BreachEvent.objects.visible_to(coverage.reader.user).filter(at__range=coverage.time_range)
    if coverage.reader.side == Side.CLIENT:
        code, title = "answers", _("Answers waiting for you")
        events = events.filter(kind=Kind.ANSWERED, breach__state=Breach.State.CAUSE)
    else:
        code, title = "steps", _("Responses to your answers")
        events = events.filter(kind__in=STEPS)
    events = events.exclude(by=coverage.reader.user).select_related(*(f"breach__{path}" for path in PARTIES))
    by_breach: dict[int, dict[str, BreachEvent]] = defaultdict(dict)
    for event in events.order_by("at", "pk"):
        if coverage.is_new(f"event:{event.pk}"):
            # Of an answer that was changed the last.
            by_breach[event.breach_id].pop(event.kind, None)
            by_breach[event.breach_id][event.kind] = event
    items = tuple(_step_item(coverage.reader, list(steps.values())) for steps in by_breach.values())
    return Section(code, title, items, link("breaches", tab="all"))


def _step_item(reader: Reader, steps: list[BreachEvent]) -> Item:
    """A breach with what was done about it, its last step first."""
    last, keys = steps[-1], [f"event:{event.pk}" for event in reversed(steps)]
    breach = last.breach
    earlier = (f"{BreachEvent.Kind(event.kind).label}: {event.text}" for event in reversed(steps[:-1]))
    return Item(
        key=keys[0],
        other_keys=tuple(keys[1:]),
        mark=Mark("[/]", "◇", str(BreachEvent.Kind(last.kind).label)),
        ref=breach.public_id,
        party=other_party(reader, breach.service_level.contract),
        title=f"{breach.service_level.name}, {breach.period_label}",
        lines=(last.text, *earlier),
        url=link("breaches", breach.public_id),
        breach_pk=breach.pk,
    )
