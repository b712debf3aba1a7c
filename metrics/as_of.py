"""History: which revision of a verdict was current at an instant, or after the night of a day."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, Value, When

from contracts.models.agreements import Contract
from metrics.models.runs import Run
from metrics.models.verdicts import Verdict
from metrics.querysets import VerdictQuerySet

# The end of a night that is not recorded: when every night is over, and before people begin.
MORNING = time(6)
# Nothing was judged before; the first days of all dates have no instant in every zone.
EARLIEST = date(1970, 1, 1)


def end_of_night(zone: str, day: date) -> datetime:
    """When the night that ends on that morning was over in that zone."""
    finished = Run.objects.filter(zone=zone, local_date=day).values_list("finished_at", flat=True).first()
    return finished or datetime.combine(max(day, EARLIEST), MORNING, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def is_current_at(at: datetime) -> Q:
    """The revision of each verdict that was current at an instant."""
    same = Verdict.objects.filter(service_level=OuterRef("service_level"), starts_on=OuterRef("starts_on"))
    newer = same.filter(revision__gt=OuterRef("revision"), judged_at__lte=at)
    return Q(judged_at__lte=at) & ~Q(Exists(newer)) & ~Q(withdrawal__at__lte=at)


def verdicts_after_night(verdicts: VerdictQuerySet, day: date) -> VerdictQuerySet:
    """The revision of each verdict that was current after that day's night in its zone, with `was_final`."""
    current, final = Q(pk__in=[]), Q(pk__in=[])
    for zone in Contract.objects.order_by().values_list("zone", flat=True).distinct():
        at = end_of_night(zone, day)
        current |= Q(service_level__contract__zone=zone) & is_current_at(at)
        final |= Q(service_level__contract__zone=zone, closed_at__lte=at)
    was_final = Case(When(final, then=Value(True)), default=Value(False), output_field=BooleanField())
    return verdicts.filter(current).annotate(was_final=was_final)


def with_finality_then(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """The verdicts, not to be saved, as they were where `verdicts_after_night` chose them; others as they are."""
    rows = list(verdicts)
    for verdict in rows:
        if (was_final := getattr(verdict, "was_final", None)) is not None:
            verdict.is_current, verdict.is_final = True, was_final
            verdict.closed_at = verdict.closed_at if was_final else None
    return rows


def as_of_instant(verdicts: Iterable[Verdict], at: datetime) -> list[Verdict]:
    """The verdicts, not to be saved, with `is_current` and `is_final` as they were at an instant."""
    rows = list(verdicts)
    for verdict in rows:
        verdict.is_current = True
        if verdict.closed_at is not None and verdict.closed_at > at:
            verdict.is_final, verdict.closed_at = False, None
    return rows
