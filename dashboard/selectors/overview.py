"""The first page: what changed since the night before, what must be done, what is at risk."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bpo.formatting import show_instant
from bpo.viewpoint import Viewpoint
from breaches.selectors.breaches import BreachRow, breach_rows, waiting_for_me, with_verdicts
from breaches.selectors.causes import CauseLine, causes_of
from contracts.models.service_levels import ServiceLevel
from dashboard.selectors.dates import DateAhead, dates_ahead
from dashboard.selectors.levels import LevelRow, level_rows, with_standing
from dashboard.selectors.nights import Nights, nights
from intake.selectors.owed import OwedReport, reports_owed
from metrics.models.breaches import Breach, BreachEvent
from metrics.models.verdicts import Verdict
from metrics.statuses import Sign, sign_of
from sla.verdicts import BAD, THREATENED, Status

NEEDS = 5
RISKS = 12
SOON = timedelta(days=3)


@dataclass(frozen=True)
class Counter:
    """A number that links to exactly the rows it counts."""

    word: str
    number: int
    note: str
    url: str


@dataclass(frozen=True)
class Need:
    """One thing that waits for the reader."""

    sign: Sign
    title: str
    url: str
    row: Any
    due_at: datetime | None
    zone: str
    is_overdue: bool
    detail: str = ""


@dataclass(frozen=True)
class Change:
    """One part of the headline; zero is said too."""

    number: int
    text: str


@dataclass(frozen=True)
class Overview:
    """The first page of a client, a vendor, or the operator."""

    nights: Nights
    changes: list[Change]
    counters: list[Counter]
    needs: list[Need]
    needs_total: int
    owed: list[OwedReport]
    dates: list[DateAhead]
    risks: list[LevelRow]
    risks_total: int
    levels_total: int
    causes: list[CauseLine]


def overview(*, viewpoint: Viewpoint, now: datetime) -> Overview:
    """Everything above the heat map."""
    levels = ServiceLevel.objects.visible_to(viewpoint)
    breaches = Breach.objects.visible_to(viewpoint)
    known = nights(principal=viewpoint, now=now)
    risky = levels.filter(standing__so_far__status__in=THREATENED)
    waiting = waiting_for_me(breaches, viewpoint)
    missing = levels.filter(standing__last_closed__status=Status.NOT_REPORTED)
    facts = level_facts(levels)
    gaps = missing.none() if viewpoint.is_vendor else missing
    needs = needs_of(waiting, gaps, now)
    return Overview(
        nights=known,
        changes=changes_since(viewpoint, known.since),
        counters=counters(viewpoint, breaches, facts, known, now),
        needs=needs[:NEEDS],
        needs_total=waiting.count() + (0 if viewpoint.is_vendor else facts["missing"]),
        owed=reports_owed(viewpoint, now=now) if viewpoint.is_vendor else [],
        dates=dates_ahead(principal=viewpoint, now=now),
        risks=level_rows(lost_first(with_standing(risky))[:RISKS], now),
        risks_total=facts["risky"],
        levels_total=facts["all"],
        causes=causes_of(breaches, today=now.astimezone(ZoneInfo(viewpoint.user.zone)).date()),
    )


def level_facts(levels: QuerySet[ServiceLevel]) -> dict[str, int]:
    """How many levels there are, are at risk, and went unreported, in one query."""
    return levels.order_by().aggregate(
        all=Count("pk", distinct=True),
        risky=Count("pk", distinct=True, filter=Q(standing__so_far__status__in=THREATENED)),
        missing=Count("pk", distinct=True, filter=Q(standing__last_closed__status=Status.NOT_REPORTED)),
        vendors=Count("contract__vendor", distinct=True, filter=Q(standing__last_closed__status=Status.NOT_REPORTED)),
    )


def changes_since(viewpoint: Viewpoint, since: datetime | None) -> list[Change]:
    """New, recovered and missing since the night before; since ever, where there was none."""
    later = Q(at__gt=since) if since else Q()
    events = BreachEvent.objects.visible_to(viewpoint).filter(later)
    new = (
        events.filter(kind__in=[BreachEvent.Kind.FOUND, BreachEvent.Kind.REOPENED])
        .exclude(breach__state=Breach.State.WITHDRAWN)
        .values("breach")
        .distinct()
        .count()
    )
    gone = events.filter(kind=BreachEvent.Kind.WITHDRAWN, breach__state=Breach.State.WITHDRAWN)
    withdrawn = gone.values("breach").distinct().count()
    judged = verdicts_judged(viewpoint, since)
    missing = judged.filter(status=Status.NOT_REPORTED).count()
    better = recovered(judged).count()
    said = [
        Change(new, ngettext("%(n)d new breach", "%(n)d new breaches", new) % {"n": new}),
        Change(better, _("%(n)d recovered") % {"n": better}),
        Change(missing, ngettext("%(n)d report missing", "%(n)d reports missing", missing) % {"n": missing}),
    ]
    if withdrawn:
        said.append(Change(withdrawn, _("%(n)d no longer a breach") % {"n": withdrawn}))
    return said


def verdicts_judged(viewpoint: Viewpoint, since: datetime | None) -> QuerySet[Verdict]:
    """The current verdicts of ended periods that were judged since then."""
    verdicts = Verdict.objects.visible_to(viewpoint).current()
    return verdicts.filter(judged_at__gt=since) if since else verdicts


def recovered(judged: QuerySet[Verdict]) -> QuerySet[Verdict]:
    """Final verdicts that are met where the period before was a breach, or went unreported."""
    before = Verdict.objects.current().filter(
        service_level=OuterRef("service_level"),
        ends_on=OuterRef("starts_on"),
        status__in=BAD,
    )
    return judged.filter(Exists(before), status=Status.MET, is_final=True)


def counters(
    viewpoint: Viewpoint, breaches: QuerySet[Breach], facts: dict[str, int], known: Nights, now: datetime
) -> list[Counter]:
    """The four numbers, each with the address of its own rows."""
    later = Q(opened_at__gt=known.since) if known.since else Q()
    waiting = waiting_for_me(breaches, viewpoint)
    numbers = breaches.open().aggregate(
        all=Count("pk"),
        new=Count("pk", filter=later),
        oldest=Min("opened_at"),
    )
    mine = waiting.aggregate(
        all=Count("pk"), overdue=Count("pk", filter=Q(state=Breach.State.FOUND, answer_due_at__lt=now))
    )
    age = (now - numbers["oldest"]).days if numbers["oldest"] else 0
    listed, levels = reverse("breaches:breaches"), reverse("dashboard:levels")
    own = _("Causes you owe") if viewpoint.is_vendor else _("Breaches waiting for you")
    return [
        Counter(
            _("Open breaches"),
            numbers["all"],
            _("%(new)d new · oldest %(age)d d") % {"new": numbers["new"], "age": age} if numbers["all"] else "",
            f"{listed}?tab=open",
        ),
        Counter(
            _("At risk now"),
            facts["risky"],
            _("of %(all)d service levels") % {"all": facts["all"]},
            f"{levels}?now=risk",
        ),
        Counter(
            _("Not reported"),
            facts["missing"],
            ngettext("%(n)d vendor", "%(n)d vendors", facts["vendors"]) % {"n": facts["vendors"]}
            if facts["missing"] and not viewpoint.is_vendor
            else "",
            f"{levels}?last=not_reported",
        ),
        Counter(
            own,
            mine["all"],
            _("%(n)d overdue") % {"n": mine["overdue"]} if mine["overdue"] else "",
            f"{listed}?tab=mine",
        ),
    ]


def needs_of(waiting: QuerySet[Breach], missing: QuerySet[ServiceLevel], now: datetime) -> list[Need]:
    """What waits for the reader, overdue first, then by due time, then what has no due time."""
    rows = breach_rows(with_verdicts(waiting).order_by("answer_due_at")[:NEEDS], now)
    gaps = level_rows(with_standing(missing).order_by("standing__last_closed__starts_on")[:NEEDS], now)
    return [need_of_breach(row, now) for row in rows] + [need_of_gap(row) for row in gaps]


def need_of_breach(row: BreachRow, now: datetime) -> Need:
    contract = row.breach.service_level.contract
    return Need(
        sign=row.sign or sign_of(Status.BREACH, is_final=True),
        title=row.breach.public_id,
        url=reverse("breaches:breach", args=[row.breach.public_id]),
        row=row,
        due_at=row.breach.answer_due_at if row.breach.state == Breach.State.FOUND else None,
        zone=contract.zone,
        is_overdue=row.is_overdue,
    )


def need_of_gap(row: LevelRow) -> Need:
    label = row.last.period_label if row.last else ""
    return Need(
        sign=row.last_sign or sign_of(Status.NOT_REPORTED, is_final=False),
        title=row.level.public_id,
        url=reverse("dashboard:period", args=[row.level.public_id, label]),
        row=row,
        due_at=None,
        zone=row.level.contract.zone,
        is_overdue=True,
        detail=label,
    )


def lost_first(levels: QuerySet[ServiceLevel]) -> QuerySet[ServiceLevel]:
    """What is already lost before what is at risk; the words happen to sort that way."""
    return levels.order_by(
        "standing__so_far__status", "contract__vendor__organisation__name", "contract__reference", "code"
    )


def headline(changes: list[Change], since: Any, zone: str) -> tuple[str, str]:
    """The sentence on top: the changes, and what they are compared with."""
    compared = _("since %(at)s") % {"at": show_instant(since, zone)} if since else _("so far")
    if not any(change.number for change in changes):
        return _("No change"), compared
    return ", ".join(change.text for change in changes), compared


def title_fact(changes: list[Change]) -> str:
    """The fact with which the tab's title starts; empty on a quiet day."""
    return next((change.text for change in changes if change.number), "")
