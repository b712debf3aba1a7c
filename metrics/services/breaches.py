"""What a verdict's revisions do to breaches: opened, revised, withdrawn, opened again, made final."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from bpo.formatting import NO_BREAK
from bpo.models import User
from bpo.translations import desk_gettext as _
from contracts.clocks import clocks_of
from contracts.models.agreements import Contract
from metrics.models.breaches import Breach, BreachEvent
from metrics.models.verdicts import Verdict
from metrics.services.findings import Finding
from metrics.services.working import limits_text
from sla.calendars import BusinessCalendar
from sla.periods import local_day
from sla.verdicts import Status

ANSWER_BUSINESS_DAYS = 5
CLOSE_OF_BUSINESS = time(17)


@dataclass(frozen=True, slots=True)
class Instruction:
    """Who has closed periods restated, and why; with `always`, also where the numbers stay."""

    reason: str
    by: User | None
    always: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A new revision: what was found, the revision before it, until when an answer to a breach is due, the cell's
    breach if it has one, and who restated.
    """

    finding: Finding
    before: Verdict | None
    after: Verdict
    answer_due_at: datetime | None
    breach: Breach | None
    instruction: Instruction | None = None

    @property
    def breach_states(self) -> tuple[str, str]:
        """The state of the breach before, and after the change is written; the empty text is no breach."""
        before = self.breach.state if self.breach else ""
        if self.finding.opens_breach:
            return before, Breach.State.FOUND if before in ("", Breach.State.WITHDRAWN) else before
        return before, Breach.State.WITHDRAWN if before else ""


def answers_due(contracts: Iterable[Contract], now: datetime) -> dict[int, datetime]:
    """When the cause of a breach found now is due, by contract."""
    due = {}
    for pk, clock in clocks_of(contracts, at=now).items():
        zone = clock.contract.zone
        due[pk] = answer_due_at(now, clock.on(local_day(now, ZoneInfo(zone))), zone)
    return due


def answer_due_at(opened_at: datetime, calendar: BusinessCalendar, zone: str) -> datetime:
    """When the cause of a breach is due: five business days later, at five o'clock in the contract's zone."""
    day = calendar.add_business_days(opened_at.astimezone(ZoneInfo(zone)).date(), ANSWER_BUSINESS_DAYS)
    return datetime.combine(day, CLOSE_OF_BUSINESS, tzinfo=ZoneInfo(zone)).astimezone(opened_at.tzinfo)


def update_breaches(changes: Sequence[Change], *, now: datetime) -> None:
    """Bring the breaches of those cells in line with the new revisions: revise known ones, open new ones."""
    events = [revise_breach(change.breach, change, now) for change in changes if change.breach]
    fresh = [change for change in changes if change.finding.opens_breach and not change.breach]
    names = Breach._meta.get_field("public_id").new_ids(Breach, len(fresh))
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
        for name, change in zip(names, fresh, strict=True)
    ]
    Breach.objects.bulk_create(breaches)
    events += [
        new_event(breach, BreachEvent.Kind.FOUND, opening_text(change), change.after, now, change.instruction)
        for breach, change in zip(breaches, fresh, strict=True)
    ]
    BreachEvent.objects.bulk_create(events)


def opening_text(change: Change) -> str:
    if change.after.is_deemed:
        return _("Found: nothing was reported in time, which counts as a breach.")
    facts = {"value": change.after.display, "limits": limits_text(change.finding)}
    if change.instruction:
        facts["reason"] = change.instruction.reason
        return _("Found by a restatement: %(value)s, %(limits)s. Reason: %(reason)s") % facts
    return _("Found: %(value)s, %(limits)s. Provisional until the period closes.") % facts


def revise_breach(breach: Breach, change: Change, now: datetime) -> BreachEvent:
    """Update a known breach after a new revision of its verdict; returns the line of its timeline."""
    state_before, breach.state = change.breach_states
    breach.verdict, breach.period_label = change.after, change.after.period_label
    if breach.state == state_before:
        kind = BreachEvent.Kind.REVISED
        ending = _("Still a breach.") if change.finding.opens_breach else _("Still no breach.")
    elif change.finding.opens_breach:
        kind, ending, breach.closed_at = BreachEvent.Kind.REOPENED, _("A breach again."), None
        # Whoever has to answer again gets the whole time for it.
        breach.answer_due_at = change.answer_due_at or breach.answer_due_at
    else:
        kind, ending, breach.closed_at = BreachEvent.Kind.WITHDRAWN, _("No longer a breach."), now
    breach.save(update_fields=["verdict", "period_label", "state", "closed_at", "answer_due_at"])
    # Such as "Revision 2: 93.2 → 95.1 %."; the unit is written once.
    before, after = outcome_text(change.before), outcome_text(change.after)
    unit = NO_BREAK + change.finding.cell.agreed.unit
    if before.endswith(unit) and after.endswith(unit):
        before = before.removesuffix(unit)
    numbers = {"number": change.after.revision, "before": before, "after": after}
    text = _("Revision %(number)s: %(before)s → %(after)s.") % numbers + f" {ending}"
    if change.instruction:
        text += " " + _("Restated: %s") % change.instruction.reason
    return new_event(breach, kind, text, change.after, now, change.instruction)


def outcome_text(verdict: Verdict | None) -> str:
    """A verdict's value, or its status where it has none."""
    if verdict is None:
        return "–"
    return verdict.display or _(Status(verdict.status).label)


def note_final(verdicts: Sequence[Verdict], *, now: datetime) -> None:
    """Add to the timelines of open breaches that their verdicts became final."""
    breaches = Breach.objects.filter(verdict__in=[verdict.pk for verdict in verdicts]).select_related("verdict")
    events = [
        new_event(breach, BreachEvent.Kind.FINAL, _("Final: %s.") % outcome_text(breach.verdict), breach.verdict, now)
        for breach in breaches.exclude(state=Breach.State.WITHDRAWN)
    ]
    BreachEvent.objects.bulk_create(events)


def new_event(
    breach: Breach, kind: str, text: str, verdict: Verdict, now: datetime, instruction: Instruction | None = None
) -> BreachEvent:
    by = instruction.by if instruction else None
    return BreachEvent(breach=breach, at=now, kind=kind, text=text, verdict=verdict, by=by)
