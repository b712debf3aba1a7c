"""Examines the work: what waits in the queue, the nights, and the mails; counts alone, nothing of any tenant."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metrics.models.runs import Run
from metrics.models.verdicts import DirtyCell
from metrics.services.nights import is_night_late, zones
from record.models import Chain, Unlinked
from reports.models import Message
from reports.selecting.sending import sending_state
from reports.system_health import conditions as kinds
from reports.system_health.conditions import Condition, Kind
from reports.system_health.lengths import in_words, seconds

LONGEST_WAIT = timedelta(minutes=15)


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


def examine_record(now: datetime) -> list[Condition]:
    """How long the oldest row has waited to be linked, and the first place at which a chain does not hold."""
    since = Unlinked.objects.order_by("pk").values_list("since", flat=True).first()
    broken = list(Chain.objects.exclude(finding="").values_list("finding", flat=True))
    return [
        examine_wait(kinds.RECORD_WAITING, since, now, _("The oldest row has waited to be linked for %(age)s.")),
        Condition(kinds.RECORD_BROKEN, len(broken), 0, broken[0] if broken else ""),
    ]


def zones_condition(kind: Kind, named: list[str], sentence: str) -> Condition:
    return Condition(kind, len(named), 0, sentence % {"zones": ", ".join(named)} if named else "")


def examine_mails(now: datetime) -> list[Condition]:
    """Whether mails leave, how long the oldest has waited, how many failed lately, and how many are in doubt."""
    state = sending_state(now)
    failures = ngettext(
        "%(number)s mail failed within a week.", "%(number)s mails failed within a week.", state.failed
    )  # fmt: skip
    doubts = ngettext(
        "%(number)s mail may have arrived or not.", "%(number)s mails may have arrived or not.", state.in_doubt
    )  # fmt: skip
    stopped = seconds(max(now - state.stopped_at, timedelta())) if state.stopped_at else 0
    reason = _("No mail leaves: %(reason)s") % {"reason": state.reason} if state.stopped_at else ""
    return [
        Condition(kinds.MAILS_STOPPED, stopped, 0, reason),
        examine_wait(kinds.MAILS_PENDING, state.oldest_pending_at, now, _("The oldest mail has waited for %(age)s.")),
        Condition(kinds.MAILS_FAILED, state.failed, 0, failures % {"number": state.failed} if state.failed else ""),
        Condition(
            kinds.MAILS_IN_DOUBT, state.in_doubt, 0, doubts % {"number": state.in_doubt} if state.in_doubt else ""
        ),
    ]
