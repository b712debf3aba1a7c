"""The night of a zone, once per local date: judge what changed, close what is due, verify what is final.

A night goes forward in steps. Each leaves the ledger and the work queue such that any worker may take the next one, and
a step that is killed is simply taken again.
"""

from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from uuid import uuid4
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet

from contracts.clocks import record_holidays
from contracts.models.agreements import Contract
from contracts.models.service_levels import ServiceLevel
from metrics.models.runs import Run
from metrics.models.verdicts import DirtyCell, Verdict
from metrics.services.closing import close_next, final_keys
from metrics.services.judging import judge_next
from metrics.services.verifying import verify_some
from metrics.services.work_queue import enqueue
from metrics.timelines import timelines_of
from sla.periods import DAY

log = structlog.get_logger("desk.nights")
NIGHT_HOUR = time(2)
MOST_SINGLE_NIGHTS = 14
LATE_AFTER = timedelta(hours=1)
RUN_LEASE = timedelta(minutes=2)
MOST_LOGGED = 10
IN_FORCE = (Contract.Status.ACTIVE, Contract.Status.ENDED, Contract.Status.TERMINATED)


class Step(Enum):
    """How far a night has come."""

    MORE = "more"
    BUSY = "busy"
    DONE = "done"


def zones() -> list[str]:
    """The zones of all contracts that are not drafts."""
    contracts = Contract.objects.filter(status__in=IN_FORCE)
    return sorted(contracts.order_by().values_list("zone", flat=True).distinct())


def night_start(zone: str, local_date: date) -> datetime:
    """Two o'clock of that morning; where clocks skip it, the instant at which they would have shown it."""
    return datetime.combine(local_date, NIGHT_HOUR, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def latest_night(zone: str, now: datetime) -> date:
    """The last local date whose night has begun."""
    today = now.astimezone(ZoneInfo(zone)).date()
    return today if night_start(zone, today) <= now else today - DAY


def is_night_late(newest: Run, now: datetime) -> bool:
    """Whether the night after a zone's newest has not begun in time, or the newest has not ended in time."""
    day = latest_night(newest.zone, now)
    if newest.local_date < day:
        return now - night_start(newest.zone, day) > LATE_AFTER
    return newest.finished_at is None and now - newest.started_at > LATE_AFTER


def due_nights(*, zone: str, now: datetime) -> list[date]:
    """The nights to run now, in order: unfinished ones, and those missed, or one for all where too many were.

    The latest one goes on for contracts that were loaded after it, so that nobody waits for the next.
    """
    latest = latest_night(zone, now)
    runs = Run.objects.filter(zone=zone, local_date__lte=latest)
    unfinished = list(runs.filter(state=Run.State.STARTED).values_list("local_date", flat=True))
    last = runs.order_by("-local_date").values_list("local_date", flat=True).first()
    missed = [] if last is None else [last + DAY * number for number in range(1, (latest - last).days + 1)]
    if last is None or len(missed) > MOST_SINGLE_NIGHTS:
        missed = [latest]
    ended = runs.filter(local_date=latest).exclude(state=Run.State.STARTED).first()
    if ended and contracts_waiting(zone).exists():
        missed = [latest]
    return sorted({*unfinished, *missed})


def enter_due_nights(*, now: datetime) -> list[str]:
    """Enter every due night into the ledger, so that readers know it to be under way; returns their zones."""
    due = {zone: due_nights(zone=zone, now=now) for zone in zones()}
    for zone, dates in due.items():
        for local_date in dates:
            enter_night(zone, local_date, now=now)
    return [zone for zone, dates in due.items() if dates]


def enter_night(zone: str, local_date: date, *, now: datetime) -> Run:
    """Return the line of a night in the ledger, which begins now if it is not there yet."""
    is_late = now >= night_start(zone, local_date) + LATE_AFTER
    columns = {"started_at": now, "is_late": is_late}
    run, is_new = Run.objects.get_or_create(zone=zone, local_date=local_date, defaults=columns)
    if is_new:
        log.info("night started", zone=zone, night=local_date.isoformat(), is_late=is_late)
    return run


def run_night(*, zone: str, local_date: date, now: datetime, verifies: bool = True) -> Run:
    """The whole night in this process, as far as no other worker is at it; running it again changes nothing."""
    step, run = advance_night(zone=zone, local_date=local_date, now=now, verifies=verifies)
    while step is Step.MORE:
        step, run = advance_night(zone=zone, local_date=local_date, now=now, verifies=verifies)
    return run


def advance_night(*, zone: str, local_date: date, now: datetime, verifies: bool = True) -> tuple[Step, Run]:
    """Take one step of the night: enqueue its cells, judge a chunk of them, close a chunk of them, or end it.

    A night that is followed at once by others of its zone may leave it to the last one to verify (`verifies`). Returns
    how far it has come, and its line in the ledger.
    """
    run = enter_night(zone, local_date, now=now)
    if run.state != Run.State.STARTED and not go_on(run, now=now):
        return Step.DONE, run
    token = str(uuid4())
    takers = Run.objects.filter(Q(claim="") | Q(claimed_at__lt=now - RUN_LEASE), pk=run.pk, state=Run.State.STARTED)
    if not takers.update(claim=token, claimed_at=now):
        return Step.BUSY, run
    try:
        # Whatever is logged meanwhile names the night.
        with structlog.contextvars.bound_contextvars(zone=zone, night=local_date.isoformat()):
            step = take_step(run, now=now, verifies=verifies)
    except Exception as error:
        log.error("night interrupted", zone=zone, night=local_date.isoformat(), error=repr(error)[:500])
        raise
    finally:
        Run.objects.filter(pk=run.pk, claim=token).update(claim="")
    run.refresh_from_db()
    return step, run


def contracts_waiting(zone: str) -> QuerySet[Contract]:
    """The contracts of a zone whose latest terms file no night has taken in; clocks are not compared.

    A file may be read before a night begins and be in the tables only after it has enqueued its cells.
    """
    contracts = Contract.objects.filter(zone=zone, status__in=IN_FORCE, terms_loaded_at__isnull=False)
    return contracts.exclude(terms_taken_in=F("terms_loaded_at"))


def take_in(contracts: QuerySet[Contract]) -> list[int]:
    """Note that a night has the terms of these contracts, before it enqueues their cells; returns the primary keys.

    A contract that a terms file is changing is left out: it waits until the file is loaded.
    """
    free = contracts.select_for_update(skip_locked=True, no_key=True)
    pks = list(free.order_by("pk").values_list("pk", flat=True))
    Contract.objects.filter(pk__in=pks).update(terms_taken_in=F("terms_loaded_at"))
    return pks


@transaction.atomic
def go_on(run: Run, *, now: datetime) -> bool:
    """Take the latest night up again for the contracts loaded after it; False where there are none."""
    waiting = contracts_waiting(run.zone)
    if run.local_date != latest_night(run.zone, now) or not waiting.exists():
        return False
    ended = Run.objects.filter(pk=run.pk, marked_at=run.marked_at).exclude(state=Run.State.STARTED)
    if not ended.update(state=Run.State.STARTED, marked_at=now):
        return False
    record_holidays(at=now)
    levels = ServiceLevel.objects.filter(contract__in=take_in(waiting))
    judged = enqueue_open_cells(levels, run.local_date, now=now)
    Run.objects.filter(pk=run.pk).update(judged=F("judged") + judged)
    return True


def take_step(run: Run, *, now: datetime, verifies: bool) -> Step:
    run.refresh_from_db()
    zone_items = DirtyCell.objects.filter(service_level__contract__zone=run.zone)
    if run.marked_at is None:
        enqueue_night(run, zone_items, now=now)
        return Step.MORE
    items = zone_items.filter(dirty_since__lte=run.marked_at)
    if judge_next(now=now, items=items, run=run):
        return Step.MORE
    if items.filter(parked_at__isnull=True).exists():
        return Step.BUSY
    verdicts = Verdict.objects.filter(service_level__contract__zone=run.zone)
    closed = close_next(verdicts, run.local_date, run=run, now=now)
    run.closed += closed
    run.save(update_fields=["closed"])
    if closed or (verifies and verify_chunk(run, verdicts, now=now)):
        return Step.MORE
    finish_night(run, zone_items, now=now)
    return Step.DONE


@transaction.atomic
def enqueue_night(run: Run, zone_items: QuerySet[DirtyCell], *, now: datetime) -> None:
    """Enqueue every cell that is not final: time alone changes the status of an open period.

    What the night closes depends on holidays that are written down before.
    """
    record_holidays(at=now)
    take_in(contracts_waiting(run.zone))
    levels = ServiceLevel.objects.filter(contract__zone=run.zone, contract__status__in=IN_FORCE).order_by("pk")
    enqueue_open_cells(levels, run.local_date, now=now)
    # Work that came before the night is the night's too; its rows keep the time since which they wait.
    run.marked_at, run.judged = now, zone_items.count()
    run.save(update_fields=["marked_at", "judged"])


def enqueue_open_cells(levels: QuerySet[ServiceLevel], last_day: date, *, now: datetime) -> int:
    """Enqueue the cells of those levels up to a day that are not final; returns how many."""
    cells = [cell for timeline in timelines_of(levels).values() for cell in timeline.cells_until(last_day)]
    final = final_keys(cells)
    still_open = [cell for cell in cells if cell.key not in final]
    enqueue(still_open, now=now)
    return len(still_open)


def verify_chunk(run: Run, verdicts: QuerySet[Verdict], *, now: datetime) -> int:
    """Recompute a chunk of the zone's final verdicts; those of nights caught up are left to the last one."""
    if run.local_date < latest_night(run.zone, now):
        return 0
    check, last = verify_some(verdicts, after=run.verified_up_to or 0)
    for line in check.by_engine:
        log.warning("verdicts of another engine", verdicts=line)
    for difference in check.differences:
        add_failure(run, difference.verdict, str(difference))
    run.verified, run.verified_up_to = run.verified + check.verdicts, last
    run.save(update_fields=["verified", "verified_up_to", "failures"])
    return check.verdicts


def finish_night(run: Run, zone_items: QuerySet[DirtyCell], *, now: datetime) -> None:
    """Write the night's end into the ledger, with what could not be judged or does not follow any more."""
    parked = list(zone_items.filter(parked_at__isnull=False).select_related("service_level"))
    for item in parked:
        add_failure(run, item, item.last_error)
    run.judged = max(0, run.judged - len(parked))
    run.state = Run.State.FAILED if run.failures else Run.State.FINISHED
    run.finished_at = run.finished_at or now
    run.save(update_fields=["failures", "judged", "state", "finished_at"])
    counts = {"judged": run.judged, "closed": run.closed, "verified": run.verified, "failures": len(run.failures)}
    if run.failures:
        log.error("night ended with failures", **counts, first_failures=run.failures[:MOST_LOGGED])
    else:
        log.info("night ended", **counts)


def add_failure(run: Run, row: Verdict | DirtyCell, error: str) -> None:
    """Add a line to the failures of a night; the caller saves it."""
    line = {"service_level": row.service_level.public_id, "period": row.starts_on.isoformat(), "error": error}
    if line not in run.failures:
        run.failures.append(line)
