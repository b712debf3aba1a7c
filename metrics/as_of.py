"""The past as it was: which revision of a verdict held after the night of a day."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, Value, When

from contracts.models.agreements import Contract
from metrics.models.runs import Run
from metrics.models.verdicts import Verdict
from metrics.querysets import VerdictQuerySet

# Where no night stands in the ledger: when every night is over, and before people begin.
MORNING = time(6)
# Nothing was judged before; the first days of all dates have no instant in every zone.
EARLIEST = date(1970, 1, 1)


def night_over(zone: str, day: date) -> datetime:
    """When the night that ends on that morning was over in that zone."""
    finished = Run.objects.filter(zone=zone, local_date=day).values_list("finished_at", flat=True).first()
    return finished or datetime.combine(max(day, EARLIEST), MORNING, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def held_at(verdicts: VerdictQuerySet, at: datetime) -> VerdictQuerySet:
    """The revision of each verdict that held at an instant."""
    return verdicts.filter(judged_at__lte=at).exclude(newer_at(at)).exclude(withdrawal__at__lte=at)


def held_after_night(verdicts: VerdictQuerySet, day: date) -> VerdictQuerySet:
    """The revision of each verdict that held after that day's night in its zone; `was_final` says how it held."""
    held, final = Q(pk__in=[]), Q(pk__in=[])
    for zone in Contract.objects.order_by().values_list("zone", flat=True).distinct():
        at = night_over(zone, day)
        held |= Q(service_level__contract__zone=zone, judged_at__lte=at) & ~newer_at(at) & ~Q(withdrawal__at__lte=at)
        final |= Q(service_level__contract__zone=zone, closed_at__lte=at)
    was_final = Case(When(final, then=Value(True)), default=Value(False), output_field=BooleanField())
    return verdicts.filter(held).annotate(was_final=was_final)


def newer_at(at: datetime) -> Q:
    """Whether there was a later revision already."""
    same = Verdict.objects.filter(service_level=OuterRef("service_level"), starts_on=OuterRef("starts_on"))
    return Q(Exists(same.filter(revision__gt=OuterRef("revision"), judged_at__lte=at)))


def as_it_was(verdicts: Iterable[Verdict], at: datetime) -> list[Verdict]:
    """Verdicts, not to be saved, that say of themselves what they said at an instant."""
    seen = list(verdicts)
    for verdict in seen:
        verdict.is_current = True
        if verdict.closed_at is not None and verdict.closed_at > at:
            verdict.is_final, verdict.closed_at = False, None
    return seen
