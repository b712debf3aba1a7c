"""The nightly runs of a reader's zones: whether they ran, and what they changed for the reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from bpo.tenancy import reach_of
from contracts.models.agreements import Contract
from contracts.models.service_levels import ServiceLevel
from dashboard.selectors.levels import HEAVY
from metrics.lists import PeriodRow
from metrics.models.breaches import Breach, BreachEvent
from metrics.models.runs import Run
from metrics.models.verdicts import Verdict
from metrics.querysets import BY_NIGHT
from metrics.run_failures import RunFailure, failures_of
from metrics.services.nights import NIGHT_HOUR, is_night_late

MOST = 50


@dataclass(frozen=True)
class Nights:
    """The latest run, the start of the one before it, those that are late or failed, and when the next one starts."""

    latest: Run | None
    since: datetime | None
    next_at: datetime | None
    next_zone: str
    late: list[str]
    failed: list[Run]


def zones_of(principal: object) -> list[str]:
    """The zones of the reader's own contracts, and for operators of all."""
    return list(Contract.objects.heads_visible_to(principal).order_by("zone").values_list("zone", flat=True).distinct())


def nights_status(*, principal: object, now: datetime) -> Nights:
    """The state of the nightly runs of the reader's zones."""
    zones = zones_of(principal)
    recent = list(Run.objects.filter(zone__in=zones).order_by("-local_date", "-started_at")[: 3 * max(len(zones), 1)])
    recent = as_known_to(principal, recent)
    newest: dict[str, Run] = {}
    for run in recent:
        newest.setdefault(run.zone, run)
    latest = max(newest.values(), key=lambda run: run.started_at, default=None)
    before = next((run for run in recent if latest and run.zone == latest.zone and run.pk != latest.pk), None)
    upcoming = sorted((next_night(zone, now), zone) for zone in zones)
    return Nights(
        latest=latest,
        since=before.started_at if before else None,
        next_at=upcoming[0][0] if upcoming else None,
        next_zone=upcoming[0][1] if upcoming else "",
        late=[zone for zone, run in sorted(newest.items()) if is_night_late(run, now)],
        failed=[run for run in newest.values() if run.state == Run.State.FAILED],
    )


def as_known_to(principal: object, runs: Sequence[Run]) -> list[Run]:
    """The runs as the reader sees them: a run whose failures are all other parties' is not shown as failed."""
    failed = [run for run in runs if run.state == Run.State.FAILED and run.failures]
    if failed and not reach_of(principal).is_operator:
        named = {str(failure.get("service_level", "")) for run in failed for failure in run.failures}
        levels = ServiceLevel.objects.visible_to(principal).filter(public_id__in=named)
        mine = set(levels.values_list("public_id", flat=True))
        for run in failed:
            if not any(failure.get("service_level") in mine for failure in run.failures):
                run.state = Run.State.FINISHED
    return list(runs)


def next_night(zone: str, now: datetime) -> datetime:
    """The next 02:00 of a zone."""
    local = now.astimezone(ZoneInfo(zone))
    tonight = datetime.combine(local.date(), NIGHT_HOUR, local.tzinfo)
    return tonight if tonight > local else datetime.combine(local.date() + timedelta(days=1), NIGHT_HOUR, local.tzinfo)


def verdicts_url(run: Run, **more: str) -> str:
    """The address of the list of the reader's verdicts that a run judged."""
    asked = {"revisions": "all", "night": run.local_date, "zone": run.zone, **more}
    return reverse("dashboard:verdicts", query=asked)


@dataclass(frozen=True)
class NightRow:
    """One run of a list, with the number of the reader's verdicts and breaches."""

    run: Run
    judged: int
    breaches: int

    @property
    def judged_url(self) -> str:
        return verdicts_url(self.run)

    @property
    def breaches_url(self) -> str:
        return verdicts_url(self.run, status=Verdict.Status.BREACH, is_history="false")


def night_rows(*, runs: Sequence[Run], principal: object) -> list[NightRow]:
    """The runs with the reader's own counts, in one query."""
    verdicts = Verdict.objects.visible_to(principal).filter(run__in=[run.pk for run in runs]).order_by()
    in_breach = Count("pk", filter=Q(status=Verdict.Status.BREACH, is_history=False))
    counted = verdicts.values_list("run").annotate(judged=Count("pk"), breaches=in_breach)
    counts = {run: (judged, breaches) for run, judged, breaches in counted}
    return [NightRow(run, *counts.get(run.pk, (0, 0))) for run in as_known_to(principal, runs)]


@dataclass(frozen=True)
class NightPage:
    """What one run did for the reader; failures are those of the reader's own levels, and an operator sees all."""

    run: Run
    periods: list[PeriodRow]
    judged: int
    judged_url: str
    finals: int
    finals_url: str
    events: list[BreachEvent]
    changed: int
    changed_url: str
    failures: list[RunFailure]


def night_page(*, run: Run, principal: object, most: int = MOST) -> NightPage:
    """What the reader may see of a run: of its verdicts and its changes to breaches the first, and its failures."""
    verdicts = Verdict.objects.visible_to(principal).filter(run=run)
    shown = (
        verdicts.select_related("terms", "service_level__feed", "service_level__contract__vendor__organisation")
        .defer(*HEAVY)
        .order_by("service_level__contract__vendor__organisation__name", "service_level__code", "starts_on", "pk")[
            :most
        ]
    )
    for verdict in shown:
        verdict.terms.service_level = verdict.service_level
    totals = verdicts.aggregate(judged=Count("pk"), finals=Count("pk", filter=Q(is_final=True)))
    events = BreachEvent.objects.visible_to(principal).filter(verdict__run=run, kind__in=BY_NIGHT)
    night = {"tab": "all", "night": run.local_date, "zone": run.zone}
    return NightPage(
        run=as_known_to(principal, [run])[0],
        periods=[PeriodRow(verdict, None) for verdict in shown],
        judged=totals["judged"],
        judged_url=verdicts_url(run),
        finals=totals["finals"],
        finals_url=verdicts_url(run, is_final="true"),
        events=list(events.select_related("breach__service_level__contract__vendor__organisation")[:most]),
        changed=Breach.objects.visible_to(principal).changed_by(run=run).count(),
        changed_url=reverse("breaches:breaches", query=night),
        failures=failures_of(run, principal=principal),
    )


def runs_of(*, principal: object, on: date | None = None) -> QuerySet[Run]:
    """The runs of the reader's zones, latest first."""
    runs = Run.objects.filter(zone__in=zones_of(principal)).order_by("-local_date", "zone")
    return runs.filter(local_date=on) if on else runs
