"""Breaches as rows of a list, and the page of one breach."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import ngettext

from bpo.formatting import show_count, show_period
from bpo.viewpoint import Viewpoint
from contracts.limits import expected_text, minimum_text
from contracts.models.service_levels import ServiceLevelTerms
from metrics.models.breaches import Breach, BreachEvent
from metrics.querysets import PARTIES, BreachQuerySet, turn_of
from metrics.statuses import Sign, sign_of_verdict
from sla.metrics.measure import SHARES

State = Breach.State
STEPS = (State.FOUND, State.CAUSE, State.ACTION, State.ACCEPTED, State.CLOSED)
BEFORE = 6


@dataclass(frozen=True)
class BreachRow:
    """One breach of a list."""

    breach: Breach
    now: datetime

    @property
    def terms(self) -> ServiceLevelTerms:
        terms = self.breach.verdict.limits
        terms.service_level = self.breach.service_level
        return terms

    @property
    def sign(self) -> Sign | None:
        return sign_of_verdict(self.breach.verdict)

    @property
    def limit(self) -> str:
        return minimum_text(self.terms) if self.terms.minimum is not None else expected_text(self.terms)

    @property
    def period(self) -> str:
        verdict = self.breach.verdict
        return show_period(self.terms.period, verdict.starts_on, verdict.ends_on, verdict.period_label)

    @property
    def sample(self) -> str:
        """The counts behind the value: those of a share, else the number of cases."""
        if self.breach.verdict.working.get("facts", {}).get("aggregation") in SHARES:
            return self.breach.verdict.counted_text
        cases = self.breach.verdict.cases
        return ngettext("%(n)s case", "%(n)s cases", cases) % {"n": show_count(cases)} if cases else ""

    @property
    def is_overdue(self) -> bool:
        return self.breach.is_vendors_turn and self.breach.answer_due_at < self.now

    @property
    def is_open(self) -> bool:
        return self.breach.state not in (State.CLOSED, State.WITHDRAWN)


def with_verdicts(breaches: BreachQuerySet, now: datetime) -> BreachQuerySet:
    """The breaches with everything that a row needs, in one query."""
    turns = {"is_clients_turn": turn_of("client", now), "is_vendors_turn": turn_of("vendor", now)}
    rows = breaches.annotate(**turns).select_related("verdict__terms", "service_level__feed", *PARTIES)
    return rows.defer("verdict__days")


def tab_filter(breaches: BreachQuerySet, tab: str, viewpoint: Viewpoint, now: datetime) -> BreachQuerySet:
    """The breaches of a tab: each open one waits for the reader's side, else for the other, else for none."""
    sides = ("vendor", "client") if viewpoint.is_vendor else ("client", "vendor")
    mine, theirs = (turn_of(side, now) for side in sides)
    match tab:
        case "mine":
            return breaches.filter(mine)
        case "theirs":
            return breaches.filter(theirs & ~mine)
        case "final":
            return breaches.open().exclude(mine | theirs)
        case "closed":
            return breaches.filter(state__in=[State.CLOSED, State.WITHDRAWN])
        case "all":
            return breaches
    return breaches.open()


@dataclass(frozen=True)
class BreachPage:
    """One breach, its timeline, the states on its way with whether it is there, and earlier ones of its level."""

    row: BreachRow
    events: list[BreachEvent]
    steps: list[tuple[str, bool]]
    before: list[BreachRow]


def breach_page(*, breach: Breach, viewpoint: Viewpoint, now: datetime) -> BreachPage:
    """Everything on a breach's page, without the other side's internal notes."""
    events = BreachEvent.objects.visible_to(viewpoint.user).filter(breach=breach).select_related("by", "internal_to")
    steps = STEPS if breach.state in STEPS else (*STEPS[:-1], State(breach.state))
    before = (
        with_verdicts(Breach.objects.visible_to(viewpoint.user), now)
        .filter(service_level=breach.service_level, starts_on__lt=breach.starts_on)
        .order_by("-starts_on")[:BEFORE]
    )
    return BreachPage(
        row=BreachRow(breach, now),
        events=list(events),
        steps=[(str(step.label), step == breach.state) for step in steps],
        before=[BreachRow(breach, now) for breach in before],
    )
