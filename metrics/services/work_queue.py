"""The work queue: the cells (service level and period) whose verdict has to be computed again.

A work item's row is also the lock of its cell: whoever adds results and whoever closes a period takes it first, so that
a result is either counted before its period closes or listed as late.

A claim ends by itself, so that a killed worker blocks nobody. An item that was started and not finished is started
alone the next time, so that a faulty one does not take others down with it; after three starts it is parked, until a
person looks at it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from time import monotonic
from typing import TypeVar
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThanOrEqual

from bpo.celery import send_or_leave
from bpo.sandbox import is_in_sandbox
from contracts.models.service_levels import Feed
from metrics.models.breaches import Breach
from metrics.models.verdicts import DirtyCell, LateArrival, Verdict
from metrics.timelines import Cell, CellKey

Row = TypeVar("Row", Breach, DirtyCell, LateArrival, Verdict)
JUDGING_TASK = "metrics.tasks.judge_work_items"
# A first change is judged after FIRST_CHANGE_SECONDS. What changes again, or was judged within UNCHANGED_SECONDS, is
# judged when nothing has changed in it for UNCHANGED_SECONDS, or when it has waited for LONGEST_WAIT_SECONDS.
FIRST_CHANGE_SECONDS = 0.03
UNCHANGED_SECONDS = 1
LONGEST_WAIT_SECONDS = 30
# Added to a delay, so that a worker does not look just before an item is due.
MARGIN_SECONDS = 0.03
# A process sends at most one message in this time; workers wait as long, so that it stands for all written meanwhile.
NOTIFY_SECONDS = 0.05
ROWS_PER_STATEMENT = 400
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
LEASE = timedelta(seconds=40)
MOST_STARTS = 3
CLAIMED_COLUMNS = ("pk", "service_level_id", "starts_on", "generation", "attempts")
UPSERT = """
    INSERT INTO {table} (service_level_id, starts_on, ends_on, dirty_since, changed_at, generation, claim, attempts,
        last_error)
    VALUES {rows}
    ON CONFLICT (service_level_id, starts_on) DO UPDATE SET
        generation = {table}.generation + 1, changed_at = excluded.changed_at, ends_on = excluded.ends_on,
        attempts = 0, parked_at = NULL
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A work item that this worker may judge, as it was when it was claimed."""

    pk: int
    cell_key: CellKey
    generation: int
    attempts: int
    token: str


def enqueue(cells: Collection[Cell], *, now: datetime) -> None:
    """Add cells to the work queue; an item that is there already is marked as changed once more."""
    ordered = sorted(cells, key=lambda cell: cell.key)
    changed_at = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        for first in range(0, len(ordered), ROWS_PER_STATEMENT):
            chunk = ordered[first : first + ROWS_PER_STATEMENT]
            values: list[object] = []
            for cell in chunk:
                days = [connection.ops.adapt_datefield_value(day) for day in (cell.period.start, cell.period.end)]
                values += [cell.service_level.pk, *days, changed_at, changed_at]
            rows = ", ".join(["(%s, %s, %s, %s, %s, 1, '', 0, '')"] * len(chunk))
            cursor.execute(UPSERT.format(table=DirtyCell._meta.db_table, rows=rows), values)


def lock_feeds(feeds: Collection[int]) -> None:
    """Keep others from writing to those feeds until the end of the transaction, in one order."""
    list(Feed.objects.select_for_update(no_key=True).filter(pk__in=feeds).order_by("pk").only("pk"))


def dequeue(keys: Iterable[CellKey]) -> None:
    """Remove cells from the work queue."""
    rows = rows_at(DirtyCell.objects.all(), keys)
    DirtyCell.objects.filter(pk__in=[row.pk for row in rows]).delete()


def rows_at(rows: QuerySet[Row], keys: Iterable[CellKey]) -> list[Row]:
    """Those of the rows that lie in the cells, in the order in which cells are locked."""
    wanted = set(keys)
    if not wanted:
        return []
    levels, starts = {level for level, _start in wanted}, {start for _level, start in wanted}
    candidates = rows.filter(service_level__in=levels, starts_on__in=starts).order_by("service_level_id", "starts_on")
    return [row for row in candidates if (row.service_level_id, row.starts_on) in wanted]


def is_due(now: datetime) -> Q:
    """Items in which nothing has changed for a while, or that have waited long enough while they kept changing.

    A first change is due almost at once, unless the cell was judged just now: so a burst of changes is judged when it
    begins and when it is over.
    """
    unchanged_since = now - timedelta(seconds=UNCHANGED_SECONDS)
    longest_waiting = now - timedelta(seconds=LONGEST_WAIT_SECONDS)
    same = Verdict.objects.current().filter(service_level=OuterRef("service_level"), starts_on=OuterRef("starts_on"))
    # One read along an index for each item; with EXISTS a database may read all verdicts instead.
    judged_at = Coalesce(Subquery(same.order_by().values("judged_at")[:1]), Value(LONG_AGO))
    first = Q(generation=1, changed_at__lte=now - timedelta(seconds=FIRST_CHANGE_SECONDS))
    return (
        Q(changed_at__lte=unchanged_since)
        | Q(dirty_since__lte=longest_waiting)
        | (first & Q(LessThanOrEqual(judged_at, unchanged_since)))
    )


def is_claimable(now: datetime) -> Q:
    """Items that are not parked and that no worker has claimed, or whose claim has ended."""
    return Q(parked_at__isnull=True) & (Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - LEASE))


def claim_items(items: QuerySet[DirtyCell], *, limit: int, now: datetime) -> list[Claim]:
    """Claim up to `limit` claimable items, the longest waiting first; one that failed before is claimed alone.

    Where the limit cuts a service level in two, the claim ends before it: one worker judges a level as a whole.
    """
    exhausted = DirtyCell.objects.filter(parked_at__isnull=True, attempts__gte=MOST_STARTS, claimed_at__lt=now - LEASE)
    exhausted.update(parked_at=now, claim="", last_error=f"started {MOST_STARTS} times and never finished")
    with transaction.atomic():
        claimable = items.filter(is_claimable(now), attempts__lt=MOST_STARTS)
        claimable = claimable.select_for_update(skip_locked=True, of=("self",))
        rows = list(claimable.filter(attempts__gt=0).order_by("claimed_at", "pk").values_list(*CLAIMED_COLUMNS)[:1])
        if not rows:
            rows = list(claimable.order_by("dirty_since", "pk").values_list(*CLAIMED_COLUMNS)[:limit])
            if len(rows) == limit:
                tail = list(takewhile(lambda row: row[1] == rows[-1][1], reversed(rows)))
                rows = rows[: -len(tail)] or rows
        token = str(uuid4())
        DirtyCell.objects.filter(pk__in=key_list(row[0] for row in rows)).update(
            claim=token, claimed_at=now, attempts=F("attempts") + 1
        )
    return [Claim(pk, (level, start), number, attempts + 1, token) for pk, level, start, number, attempts in rows]


def lock_claims(claims: Collection[Claim], *, now: datetime) -> tuple[list[Claim], set[int]]:
    """Lock the items; returns those still claimed by this worker that are unchanged, or have waited too long.

    The others go back to the queue: their results were read while more came in. Also returns the primary keys of
    changed items, which stay in the queue all the same.
    """
    by_pk = {claim.pk: claim for claim in claims}
    rows = DirtyCell.objects.select_for_update().filter(pk__in=key_list(by_pk))
    rows = rows.order_by("service_level_id", "starts_on").values_list("pk", "claim", "generation", "dirty_since")
    locked: list[Claim] = []
    released, changed = [], set()
    for pk, token, generation, dirty_since in rows:
        claim = by_pk[pk]
        if token != claim.token:
            continue
        is_changed = generation != claim.generation
        if is_changed:
            changed.add(pk)
        must_wait = is_changed and dirty_since > now - timedelta(seconds=LONGEST_WAIT_SECONDS)
        (released if must_wait else locked).append(claim)
    release(released)
    return locked, changed


def finish(claims: Collection[Claim], changed: set[int]) -> None:
    """Remove judged items from the queue; one that changed meanwhile stays in it."""
    DirtyCell.objects.filter(pk__in=key_list(claim.pk for claim in claims if claim.pk not in changed)).delete()
    release(claim for claim in claims if claim.pk in changed)


def release(claims: Iterable[Claim]) -> None:
    """Give items back to the queue; the start does not count."""
    for claim in claims:
        DirtyCell.objects.filter(pk=claim.pk, claim=claim.token).update(claim="", claimed_at=None, attempts=0)


def postpone(claim: Claim) -> None:
    """Leave an item alone until its claim ends by itself; the start does not count."""
    DirtyCell.objects.filter(pk=claim.pk, claim=claim.token).update(attempts=F("attempts") - 1)


def record_failure(claim: Claim, error: Exception, *, now: datetime) -> None:
    """Keep why an item could not be judged; after the third start it is parked."""
    parked_at = now if claim.attempts >= MOST_STARTS else None
    DirtyCell.objects.filter(pk=claim.pk, claim=claim.token).update(
        claim="", claimed_at=None, parked_at=parked_at, last_error=f"{type(error).__name__}: {error}"[:2000]
    )


def key_list(pks: Iterable[int]) -> RawSQL:
    """Primary keys written into the statement: thousands of parameters cost more than the statement itself."""
    return RawSQL(", ".join(map(str, map(int, pks))) or "NULL", ())  # noqa: S611 - whole numbers alone


@dataclass
class Notifier:
    """Sends workers the message that there is work, at most once in NOTIFY_SECONDS."""

    last_sent: float = -NOTIFY_SECONDS

    def send(self) -> None:
        """Send the message; where that fails, the sweeper finds the work."""
        moment = monotonic()
        if moment - self.last_sent < NOTIFY_SECONDS:
            return
        self.last_sent = moment
        send_or_leave(JUDGING_TASK, countdown=FIRST_CHANGE_SECONDS + MARGIN_SECONDS + NOTIFY_SECONDS)


NOTIFIER = Notifier()


def notify_workers() -> None:
    """Notify workers once the transaction is committed; the sandbox's items are judged by the request itself."""
    if not is_in_sandbox():
        transaction.on_commit(NOTIFIER.send)
