"""How each service level stands, kept ready for pages and mails: one row each."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from bpo.fields import MICRO
from contracts.models.service_levels import ServiceLevel, ServiceLevelTerms
from metrics.models.verdicts import Standing, Verdict
from metrics.tallies.days import day_text, decimal_text
from metrics.tallies.sums import InMicros
from sla.periods import local_day
from sla.verdicts import Status

PERIODS_KEPT = 24
VERDICT_COLUMNS = ("pk", "service_level_id", "terms_id", "starts_on", "ends_on", "period_label", "status", "is_final",
                   "is_history", "micros", "display", "lowered_by")  # fmt: skip
LIMITS = ("expected", "expected_high", "minimum", "minimum_high")
COLUMNS = ["last_closed", "so_far", "history", "updated_at"]
LimitTexts = dict[str, str | None]


def update_standings(service_levels: Iterable[ServiceLevel], *, now: datetime) -> None:
    """Write the standing of those service levels anew from their latest verdicts."""
    levels = {level.pk: level for level in service_levels}
    # Locked before verdicts are read: who waits here sees the verdicts of the one before. Ordered by the id, because
    # ordering by the service level itself joins its row, which would then be locked against intake.
    locked = Standing.objects.select_for_update(of=("self",)).filter(service_level__in=levels)
    fresh = set(levels) - set(locked.order_by("service_level_id").values_list("service_level_id", flat=True))
    new = [Standing(service_level_id=pk, updated_at=now) for pk in sorted(fresh)]
    Standing.objects.bulk_create(new, ignore_conflicts=True, batch_size=200)
    verdicts: dict[int, list[Any]] = defaultdict(list)
    # The current verdicts of each service level's last periods: only the columns that are drawn.
    place = Window(RowNumber(), partition_by=F("service_level"), order_by=F("starts_on").desc())
    rows = Verdict.objects.filter(is_current=True, service_level__in=list(levels)).annotate(place=place).order_by()
    rows = rows.filter(place__lte=PERIODS_KEPT).annotate(micros=InMicros(F("value")))
    for verdict in rows.values_list(*VERDICT_COLUMNS, named=True):
        verdicts[verdict.service_level_id].append(verdict)
    limits = limits_by_verdict([verdict for several in verdicts.values() for verdict in several])
    not_in_force = [row.pk for several in verdicts.values() for row in several if row.status == Status.NOT_IN_FORCE]
    over = set(Verdict.objects.over().filter(pk__in=not_in_force).values_list("pk", flat=True)) if not_in_force else ()
    standings = [
        standing_of(level, sorted(verdicts[pk], key=lambda verdict: verdict.starts_on), limits, over, now=now)
        for pk, level in sorted(levels.items())
    ]
    Standing.objects.bulk_create(
        standings, update_conflicts=True, unique_fields=["service_level"], update_fields=COLUMNS, batch_size=200
    )


def limits_by_verdict(verdicts: Collection[Any]) -> dict[int, LimitTexts]:
    """The limits of each verdict as text, by its primary key: those of its terms, or as excuses made them easier."""
    terms = ServiceLevelTerms.objects.filter(pk__in={verdict.terms_id for verdict in verdicts}).order_by()
    by_terms = {pk: values for pk, *values in terms.values_list("pk", *LIMITS)}
    limits = {verdict.pk: by_terms[verdict.terms_id] for verdict in verdicts}
    lowered = [verdict.pk for verdict in verdicts if verdict.lowered_by]
    if lowered:
        for row in Verdict.objects.filter(pk__in=lowered).select_related("terms").defer("days", "working"):
            limits[row.pk] = [getattr(row.limits, name) for name in LIMITS]
    return {
        pk: {name: None if value is None else f"{value:f}" for name, value in zip(LIMITS, values, strict=True)}
        for pk, values in limits.items()
    }


def standing_of(
    level: ServiceLevel, verdicts: list[Any], limits: Mapping[int, LimitTexts], over: Collection[int], *, now: datetime
) -> Standing:
    """One service level's standing; `verdicts` are its latest, oldest first, and `over` those after its end, by key."""
    today = local_day(now, ZoneInfo(level.contract.zone))
    ended = [verdict for verdict in verdicts if verdict.ends_on <= today and verdict.pk not in over]
    running = [verdict for verdict in verdicts if verdict.ends_on > today]
    # What charts and tables need of each period; numbers as text.
    history = [
        {
            "label": verdict.period_label,
            "starts_on": day_text(verdict.starts_on),
            "status": verdict.status,
            "is_final": verdict.is_final,
            "is_open": verdict.ends_on > today,
            "value": None if verdict.micros is None else decimal_text(verdict.micros, MICRO),
            "display": verdict.display,
            **limits[verdict.pk],
            **({"is_history": True} if verdict.is_history else {}),
        }
        for verdict in verdicts
    ]
    return Standing(
        service_level=level,
        last_closed_id=ended[-1].pk if ended else None,
        so_far_id=running[-1].pk if running else None,
        history=history,
        updated_at=now,
    )
