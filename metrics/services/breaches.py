"""What a verdict's revisions do to breaches: opened, revised, withdrawn, opened again, made final."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from bpo.formatting import NO_BREAK
from bpo.models import User
from metrics.findings import Finding
from metrics.models.breaches import Breach, BreachEvent
from metrics.models.verdicts import Verdict
from metrics.statuses import label_of
from metrics.timelines import CellKey
from metrics.working import limits_text
from sla.verdicts import Status


@dataclass(frozen=True, slots=True)
class Restated:
    """Who has a closed period say something else, and why; `always` even where the numbers stay."""

    reason: str
    by: User | None
    always: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A new revision, the one before it, what was found, until when an answer is owed, and by whose restatement."""

    finding: Finding
    before: Verdict | None
    after: Verdict
    answer_due_at: datetime
    restated: Restated | None = None


def follow(changes: Sequence[Change], breaches: Mapping[CellKey, Breach], *, now: datetime) -> None:
    """Bring the breaches of those cells to where the new revisions say; `breaches` are the known ones."""
    fresh, events = [], []
    for change in changes:
        breach = breaches.get(change.finding.cell.key)
        is_breach = change.after.status == Status.BREACH
        if breach is None and is_breach:
            fresh.append(change)
        elif breach is not None:
            events.append(revised(breach, change, now, is_breach=is_breach))
    events += opened(fresh, now)
    BreachEvent.objects.bulk_create(events)


def opened(changes: Sequence[Change], now: datetime) -> list[BreachEvent]:
    """New breaches, and the first line of each one's timeline."""
    names = Breach._meta.get_field("public_id").fresh_ones(Breach, len(changes))
    breaches = [
        Breach(
            public_id=name,
            service_level=change.finding.cell.service_level,
            starts_on=change.finding.cell.period.start,
            period_label=change.finding.cell.period.label,
            verdict=change.after,
            opened_by=change.after,
            opened_at=now,
            answer_due_at=change.answer_due_at,
        )
        for name, change in zip(names, changes, strict=True)
    ]
    Breach.objects.bulk_create(breaches)
    return [
        event(breach, BreachEvent.Kind.FOUND, found_text(change), change.after, now, change.restated)
        for breach, change in zip(breaches, changes, strict=True)
    ]


def found_text(change: Change) -> str:
    if change.after.is_deemed:
        return _("Found: nothing was reported in time, which counts as a breach.")
    said = {"value": change.after.display, "limits": limits_text(change.finding)}
    if change.restated:
        said["reason"] = change.restated.reason
        return _("Found by a restatement: %(value)s, %(limits)s. Reason: %(reason)s") % said
    return _("Found: %(value)s, %(limits)s. Provisional until the period closes.") % said


def revised(breach: Breach, change: Change, now: datetime, *, is_breach: bool) -> BreachEvent:
    """A known breach after a new revision of its verdict."""
    was_withdrawn = breach.state == Breach.State.WITHDRAWN
    breach.verdict, breach.period_label = change.after, change.after.period_label
    if is_breach and was_withdrawn:
        kind, ending = BreachEvent.Kind.REOPENED, _("A breach again.")
        breach.state, breach.closed_at = Breach.State.FOUND, None
    elif is_breach:
        kind, ending = BreachEvent.Kind.REVISED, _("Still a breach.")
    elif was_withdrawn:
        kind, ending = BreachEvent.Kind.REVISED, _("Still no breach.")
    else:
        kind, ending = BreachEvent.Kind.WITHDRAWN, _("No longer a breach.")
        breach.state, breach.closed_at = Breach.State.WITHDRAWN, now
    breach.save(update_fields=["verdict", "period_label", "state", "closed_at"])
    text = f"{move_text(change)} {ending}"
    if change.restated:
        text += " " + _("Restated: %s") % change.restated.reason
    return event(breach, kind, text, change.after, now, change.restated)


def move_text(change: Change) -> str:
    """Before → after, such as "Revision 2: 93.2 → 95.1 %."; the status where a value is missing."""
    before, after = said_by(change.before), said_by(change.after)
    unit = NO_BREAK + change.finding.cell.agreed.unit
    if before.endswith(unit) and after.endswith(unit):
        before = before.removesuffix(unit)
    numbers = {"number": change.after.revision, "before": before, "after": after}
    return _("Revision %(number)s: %(before)s → %(after)s.") % numbers


def said_by(verdict: Verdict | None) -> str:
    if verdict is None:
        return "–"
    return verdict.display or label_of(verdict.status)


def made_final(verdicts: Sequence[Verdict], *, now: datetime) -> None:
    """Say on the timelines of open breaches that their verdicts became final."""
    breaches = Breach.objects.filter(verdict__in=[verdict.pk for verdict in verdicts]).select_related("verdict")
    events = [
        event(breach, BreachEvent.Kind.FINAL, _("Final: %s.") % said_by(breach.verdict), breach.verdict, now)
        for breach in breaches.exclude(state=Breach.State.WITHDRAWN)
    ]
    BreachEvent.objects.bulk_create(events)


def event(
    breach: Breach, kind: str, text: str, verdict: Verdict, now: datetime, restated: Restated | None = None
) -> BreachEvent:
    by = restated.by if restated else None
    return BreachEvent(breach=breach, at=now, kind=kind, text=text, verdict=verdict, by=by)
