"""Examines the work: what waits in the queue, the nights, and the mails; counts alone, nothing of any tenant."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metrics.models.runs import Run
from metrics.models.verdicts import DirtyCell
from metrics.services.nights import is_night_late, zones
from reports.models import Message
from reports.system_health import conditions as kinds
from reports.system_health.conditions import Condition, Kind
from reports.system_health.lengths import in_words, seconds

State = Message.State
LONGEST_WAIT = timedelta(minutes=15)
# A mail that failed longer ago than this is history.
FAILURES_COUNT_FOR = timedelta(days=1)


def waiting_since(now: datetime) -> Iterator[datetime]:
    """Since when the longest waiting work item and mail have waited for a worker."""
    queues = (oldest_items(), Message.objects.due(now).values_list("next_try_at", flat=True))
    for queue in queues:
        yield from queue[:1]


def oldest_items() -> QuerySet[DirtyCell, datetime]:
    waiting = DirtyCell.objects.filter(parked_at__isnull=True).order_by("dirty_since")
    return waiting.values_list("dirty_since", flat=True)


def examine_queue(now: datetime) -> list[Condition]:
    """How long the oldest work item has waited, and how many wait for a person."""
    parked = DirtyCell.objects.filter(parked_at__isnull=False)
    first = parked.order_by("parked_at").values_list("parked_at", flat=True).first()
    number = parked.count()
    problem = ""
    if first:
        sentence = ngettext(
            "%(number)s work item could not be judged and is parked, since %(age)s.",
            "%(number)s work items could not be judged and are parked, the oldest since %(age)s.",
            number,
        )
        problem = sentence % {"number": number, "age": in_words(now - first)}
    sentence = _("The oldest work item has waited for %(age)s.")
    return [
        examine_wait(kinds.QUEUE_WAITING, oldest_items().first(), now, sentence),
        Condition(kinds.QUEUE_PARKED, number, 0, problem),
    ]


def examine_wait(kind: Kind, since: datetime | None, now: datetime, sentence: str) -> Condition:
    """How long something has waited; nothing waits for no time."""
    wait = max(now - since, timedelta()) if since else timedelta()
    problem = sentence % {"age": in_words(wait)} if wait > LONGEST_WAIT else ""
    return Condition(kind, seconds(wait), seconds(LONGEST_WAIT), problem)


def examine_nights(now: datetime) -> list[Condition]:
    """The zones whose last night is late, and those whose last night ended with failures."""
    newest = list(Run.objects.newest().filter(zone__in=zones()).order_by("zone"))
    late = [run.zone for run in newest if is_night_late(run, now)]
    failed = [run.zone for run in newest if run.state == Run.State.FAILED]
    return [
        zones_condition(kinds.NIGHTS_LATE, late, _("The last night has not finished in time in %(zones)s.")),
        zones_condition(kinds.NIGHTS_FAILED, failed, _("The last night finished with failures in %(zones)s.")),
    ]


def zones_condition(kind: Kind, named: list[str], sentence: str) -> Condition:
    return Condition(kind, len(named), 0, sentence % {"zones": ", ".join(named)} if named else "")


def examine_mails(now: datetime) -> list[Condition]:
    """How long the oldest mail has waited, how many failed lately, and how many are in doubt."""
    pending = Message.objects.filter(state__in=[State.QUEUED, State.CLAIMED]).order_by("queued_at")
    failed = Message.objects.filter(state=State.FAILED, claimed_at__gt=now - FAILURES_COUNT_FOR).count()
    in_doubt = Message.objects.filter(state=State.IN_DOUBT).count()
    oldest = pending.values_list("queued_at", flat=True).first()
    failures = ngettext(
        "%(number)s mail failed within a day.", "%(number)s mails failed within a day.", failed
    )  # fmt: skip
    doubts = ngettext(
        "%(number)s mail may have arrived or not.", "%(number)s mails may have arrived or not.", in_doubt
    )  # fmt: skip
    return [
        examine_wait(kinds.MAILS_PENDING, oldest, now, _("The oldest mail has waited for %(age)s.")),
        Condition(kinds.MAILS_FAILED, failed, 0, failures % {"number": failed} if failed else ""),
        Condition(kinds.MAILS_IN_DOUBT, in_doubt, 0, doubts % {"number": in_doubt} if in_doubt else ""),
    ]
