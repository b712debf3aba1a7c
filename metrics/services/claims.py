"""Who works on which cell: claims that end by themselves, so that a killed worker holds nobody up.

A cell that was started and not finished is started alone the next time, so that a poisonous one takes no innocent
cells down with it; after three starts it is parked, for a person to look at.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThanOrEqual

from bpo.faultpoints import faultpoint
from metrics.models.verdicts import DirtyCell, Verdict
from metrics.services.cells import FIRST_SECONDS, PATIENCE_SECONDS, QUIET_SECONDS
from metrics.timelines import CellKey

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
LEASE = timedelta(seconds=40)
MOST_STARTS = 3
UNFINISHED = "started %s times and never finished"
TAKEN = ("pk", "service_level_id", "starts_on", "generation", "dirty_since", "attempts")
Taken = tuple[int, int, date, int, datetime, int]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A cell that this worker may judge, as it was when it was claimed."""

    pk: int
    service_level_id: int
    starts_on: date
    generation: int
    dirty_since: datetime
    attempts: int
    token: str

    @property
    def key(self) -> CellKey:
        return self.service_level_id, self.starts_on


def quiet(now: datetime) -> Q:
    """Cells in which nothing has changed for a while, or that have waited long enough in a storm.

    A first change waits for a moment alone, unless the cell was judged just now: so a storm is judged when it begins
    and when it is over.
    """
    calm = now - timedelta(seconds=QUIET_SECONDS)
    overdue = now - timedelta(seconds=PATIENCE_SECONDS)
    same = Verdict.objects.current().filter(service_level=OuterRef("service_level"), starts_on=OuterRef("starts_on"))
    # One look along an index for each cell; asked whether it exists, a database may read all verdicts instead.
    judged_at = Coalesce(Subquery(same.order_by().values("judged_at")[:1]), Value(LONG_AGO))
    first = Q(generation=1, changed_at__lte=now - timedelta(seconds=FIRST_SECONDS))
    return Q(changed_at__lte=calm) | Q(dirty_since__lte=overdue) | (first & Q(LessThanOrEqual(judged_at, calm)))


def free(now: datetime) -> Q:
    """Cells that nobody works on, or whose worker has not been heard of for too long."""
    return Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - LEASE)


def claim(cells: QuerySet[DirtyCell], *, limit: int, now: datetime) -> list[Claimed]:
    """Take up to `limit` free cells, the longest waiting first; one that failed before is taken alone."""
    park_exhausted(now)
    with transaction.atomic():
        open_cells = cells.filter(free(now), parked_at__isnull=True, attempts__lt=MOST_STARTS)
        open_cells = open_cells.select_for_update(skip_locked=True, of=("self",))
        failed = open_cells.filter(attempts__gt=0).order_by("claimed_at", "pk").values_list(*TAKEN)[:1]
        rows = list(failed) or whole_levels(open_cells.order_by("dirty_since", "pk").values_list(*TAKEN)[:limit], limit)
        token = str(uuid4())
        DirtyCell.objects.filter(pk__in=listed(row[0] for row in rows)).update(
            claim=token, claimed_at=now, attempts=F("attempts") + 1
        )
    faultpoint("judging.after_claim")
    return [Claimed(*row, attempts + 1, token) for *row, attempts in rows]


def whole_levels(rows: Iterable[Taken], limit: int) -> list[Taken]:
    """The rows without the service level at their end that may go on beyond them: one worker judges it as a whole."""
    taken = list(rows)
    cut = len(taken)
    while len(taken) == limit and cut and taken[cut - 1][1] == taken[-1][1]:
        cut -= 1
    return taken[:cut] or taken


def park_exhausted(now: datetime) -> int:
    """Park what was started three times and never came to an end."""
    exhausted = DirtyCell.objects.filter(parked_at__isnull=True, attempts__gte=MOST_STARTS, claimed_at__lt=now - LEASE)
    return exhausted.update(parked_at=now, claim="", last_error=UNFINISHED % MOST_STARTS)


@dataclass(frozen=True, slots=True)
class Held:
    """Claimed cells that are locked and still ours; `changed` are those that go back to the list all the same."""

    claimed: Sequence[Claimed]
    changed: frozenset[int]


def hold(claimed: Collection[Claimed], *, now: datetime) -> Held:
    """Lock the claimed cells and give those that are still ours and unchanged, or that have waited too long.

    The others go back to the list: their numbers were read while more results came in.
    """
    by_pk = {one.pk: one for one in claimed}
    locked = (
        DirtyCell.objects.select_for_update().filter(pk__in=listed(by_pk)).order_by("service_level_id", "starts_on")
    )
    held, back, changed = [], [], set()
    for pk, claim_now, generation, dirty_since in locked.values_list("pk", "claim", "generation", "dirty_since"):
        one = by_pk[pk]
        if claim_now != one.token:
            continue
        if generation != one.generation:
            changed.add(pk)
        patience_ended = dirty_since <= now - timedelta(seconds=PATIENCE_SECONDS)
        (held if generation == one.generation or patience_ended else back).append(one)
    release(back)
    return Held(held, frozenset(changed))


def finish(held: Held) -> None:
    """Take judged cells off the list; one that changed meanwhile stays on it."""
    unchanged = [one.pk for one in held.claimed if one.pk not in held.changed]
    DirtyCell.objects.filter(pk__in=listed(unchanged)).delete()
    release(one for one in held.claimed if one.pk in held.changed)


def listed(pks: Iterable[int]) -> RawSQL:
    """Primary keys as they stand in a statement: thousands of parameters cost more than the statement itself."""
    return RawSQL(", ".join(map(str, map(int, pks))) or "NULL", ())  # noqa: S611 - whole numbers alone


def release(claimed: Iterable[Claimed]) -> None:
    """Give cells back without holding the start against them."""
    for one in claimed:
        ours = DirtyCell.objects.filter(pk=one.pk, claim=one.token)
        ours.update(claim="", claimed_at=None, attempts=0)


def fail(one: Claimed, error: Exception, *, now: datetime) -> None:
    """Remember why a cell could not be judged; at the third time it is parked."""
    parked_at = now if one.attempts >= MOST_STARTS else None
    DirtyCell.objects.filter(pk=one.pk, claim=one.token).update(
        claim="", claimed_at=None, parked_at=parked_at, last_error=f"{type(error).__name__}: {error}"[:2000]
    )
