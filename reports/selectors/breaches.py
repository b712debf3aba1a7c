"""Breaches as news: found, withdrawn, final; and answers that fall due."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from bpo.formatting import show_instant
from breaches.services.conversations import may_acknowledge
from metrics.models.breaches import Breach, BreachEvent
from reports.digests import Item
from reports.links import Act, act_link, breach_link
from reports.readers import Reader, Side
from reports.selectors.windows import Window, worst_first
from reports.selectors.wording import counted_of, limit_of, mark_of, party_of, severity_of, title_of, value_of

Kind = BreachEvent.Kind
CAME = {Kind.FOUND, Kind.REOPENED}
BREACH_PATHS = (
    "service_level__contract__vendor__organisation",
    "service_level__contract__client__organisation",
    "verdict__terms__service_level__feed",
    "verdict__service_level",
)
# The vendor is reminded when so many working days are left, the client once the answer is overdue.
REMIND_BEFORE = 2


@dataclass(frozen=True, slots=True)
class BreachChanges:
    """What breaches came, went, and became final."""

    found: tuple[Item, ...]
    final: tuple[Item, ...]
    withdrawn: tuple[Item, ...]


def breach_changes(window: Window) -> BreachChanges:
    """The window's events, one item a breach; one that came and went unseen is no news."""
    news: dict[str, list[Item]] = defaultdict(list)
    for events in _events_by_breach(window):
        kinds = {event.kind for event in events}
        breach = events[0].breach
        if breach.state == Breach.State.WITHDRAWN:
            if events[0].kind not in CAME and Kind.WITHDRAWN in kinds:
                news["withdrawn"].append(_withdrawn_item(window, events))
        elif kinds & CAME:
            news["found"].append(_found_item(window, events, again=Kind.FOUND not in kinds))
        elif Kind.FINAL in kinds:
            news["final"].append(_breach_item(window.reader, breach, events))
    return BreachChanges(*(worst_first(news[name]) for name in ("found", "final", "withdrawn")))


def _events_by_breach(window: Window) -> list[list[BreachEvent]]:
    own = Q(internal_to__isnull=True) | Q(internal_to__in=window.reader.organisations)
    events = (
        BreachEvent.objects.visible_to(window.reader.user)
        .filter(own, at__range=window.looked_at, kind__in=[*CAME, Kind.WITHDRAWN, Kind.FINAL])
        .select_related(*(f"breach__{path}" for path in BREACH_PATHS))
        .order_by("at", "pk")
    )
    by_breach: dict[int, list[BreachEvent]] = defaultdict(list)
    for event in events:
        if window.is_new(_event_key(event)):
            by_breach[event.breach_id].append(event)
    return list(by_breach.values())


def _event_key(event: BreachEvent) -> str:
    return f"event:{event.pk}"


def _breach_item(reader: Reader, breach: Breach, events: list[BreachEvent]) -> Item:
    item = breach_item(reader, breach)
    keys = tuple(_event_key(event) for event in events)
    return replace(item, key=keys[-1], also_told=(*keys, item.key))


def _found_item(window: Window, events: list[BreachEvent], *, again: bool) -> Item:
    item = _breach_item(window.reader, events[0].breach, events)
    return replace(item, lines=(_("A breach again, after it had been withdrawn."), *item.lines)) if again else item


def _withdrawn_item(window: Window, events: list[BreachEvent]) -> Item:
    item = _breach_item(window.reader, events[0].breach, events)
    said = next(event.text for event in reversed(events) if event.kind == Kind.WITHDRAWN)
    return replace(item, lines=(said,), due_on=None)


def breach_item(reader: Reader, breach: Breach) -> Item:
    """A breach with its value, its limit, and when the vendor owes the cause."""
    verdict = breach.verdict
    contract = breach.service_level.contract
    owes = breach.state == Breach.State.FOUND
    due = _("Cause due %s") % show_instant(breach.answer_due_at, contract.zone) if owes else ""
    return Item(
        key=f"due:{breach.public_id}",
        mark=mark_of(verdict),
        ref=breach.public_id,
        party=party_of(reader, contract),
        title=title_of(verdict),
        value=value_of(verdict),
        limit=limit_of(verdict),
        lines=tuple(filter(None, (counted_of(verdict), due))),
        url=breach_link(breach.public_id),
        acts=acts_on(reader, breach),
        due_on=reader.day_of(breach.answer_due_at) if owes else None,
        breach_pk=breach.pk,
        severity=severity_of(verdict),
    )


def acts_on(reader: Reader, breach: Breach) -> tuple[tuple[str, str], ...]:
    """What the reader can do about a breach from the mail itself, each with its link."""
    if breach.state in (Breach.State.CLOSED, Breach.State.WITHDRAWN):
        return ()
    acts = [(_("Mute mail"), act_link(Act.MUTE, reader.user, breach.public_id))]
    if breach.acknowledged_at is None and may_acknowledge(reader.user, breach):
        acts.insert(0, (_("Acknowledge"), act_link(Act.ACKNOWLEDGE, reader.user, breach.public_id)))
    return tuple(acts)


def answers_due(window: Window, *, already: tuple[Item, ...]) -> tuple[Item, ...]:
    """Breaches whose cause is owed: to the vendor when due soon, to both when overdue; every third working day."""
    reader = window.reader
    limit = window.until
    if reader.side == Side.VENDOR:
        limit = reader.moment(reader.working_days_later(reader.local_date, REMIND_BEFORE) + timedelta(days=1))
    breaches = (
        Breach.objects.visible_to(reader.user)
        .filter(state=Breach.State.FOUND, answer_due_at__lt=limit)
        .select_related(*BREACH_PATHS)
        .order_by("answer_due_at", "pk")
    )
    named = {item.breach_pk for item in already}
    items = (breach_item(reader, breach) for breach in breaches if breach.pk not in named)
    return tuple(item for item in items if window.may_remind(item.key))
