"""What judging costs: everything anew, after corrections, on one huge service level, and by several workers.

`python -m benchmarks.evaluation FILE` in the environment of a scratch database; writes the figures as JSON.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks import world as worlds  # noqa: E402
from benchmarks.figures import Figure, figure, median, seconds  # noqa: E402
from benchmarks.workers import celery_worker, drain, peak_megabytes, wait_until_judged  # noqa: E402
from bpo.append_only import unguarded  # noqa: E402
from bpo.celery import app  # noqa: E402
from bpo.embedded import running_broker  # noqa: E402
from bpo.models import User  # noqa: E402
from contracts.models.service_levels import Feed, ServiceLevel  # noqa: E402
from intake.receiving import receive  # noqa: E402
from metrics.models.breaches import Breach, BreachEvent  # noqa: E402
from metrics.models.results import ContactResult, ObservationResult  # noqa: E402
from metrics.models.verdicts import DirtyCell, Standing, Verdict  # noqa: E402
from metrics.services.judging import judge_all  # noqa: E402
from metrics.services.work_queue import JUDGING_TASK, enqueue  # noqa: E402
from metrics.timelines import Cell, timelines_of  # noqa: E402

LEVELS = int(os.environ.get("BENCH_LEVELS", "1000"))
POSTGRESQL = connection.vendor == "postgresql"
ROWS = int(os.environ.get("BENCH_ROWS", "10000000" if POSTGRESQL else "1000000"))
CORRECTIONS, CORRECTED_LEVELS = min(10_000, ROWS // 20), min(50, LEVELS // 2)
LOOP_CELLS = 240
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
TASKS = 1000 if ROWS >= 1_000_000 else 100
SHORT_HISTORY = date(2025, 7, 1)
MONTH = "date_trunc('month', occurred_on)" if POSTGRESQL else "substr(occurred_on, 1, 7)"
SUMS = {
    ContactResult: "count(*), sum(wait_seconds), sum(handle_seconds)",
    ObservationResult: "count(*), sum(value), sum(weight)",
}


def sums_by_sql(where: str = "") -> None:
    """The reference: every month's count and sums of every feed, by one plain statement over each table."""
    with connection.cursor() as cursor:
        for model, sums in SUMS.items():
            cursor.execute(f"SELECT feed_id, {MONTH}, {sums} FROM {model._meta.db_table} {where} GROUP BY 1, 2")
            cursor.fetchall()


def sums_by_loop(cells: list[Cell]) -> None:
    """The other reference: row objects, added up in Python, cell by cell."""
    for cell in cells:
        model = ContactResult if cell.service_level.feed.kind == Feed.Kind.CONTACTS else ObservationResult
        column = "handle_seconds" if model is ContactResult else "value"
        total = Decimal(0)
        rows = model.objects.filter(
            feed=cell.service_level.feed, occurred_on__gte=cell.period.start, occurred_on__lt=cell.period.end
        )
        for row in rows:
            total += getattr(row, column)


def all_cells() -> list[Cell]:
    timelines = timelines_of(ServiceLevel.objects.exclude(code="HUGE"))
    return [cell for timeline in timelines.values() for cell in timeline.cells_until(worlds.LAST_DAY)]


def forget_and_mark(cells: list[Cell]) -> None:
    """As if nothing had ever been judged, and all of it changed a while ago."""
    Standing.objects.all().delete()
    with transaction.atomic(), unguarded(connection):
        BreachEvent.objects.all()._raw_delete(BreachEvent.objects.db)
        Breach.objects.all()._raw_delete(Breach.objects.db)
        Verdict.objects.all()._raw_delete(Verdict.objects.db)
    DirtyCell.objects.all().delete()
    with transaction.atomic():
        enqueue(cells, now=timezone.now() - timedelta(minutes=1))
    worlds.settle()


def correct(levels: int, rows: int, turn: int) -> None:
    """The latest results of so many service levels, each a little different, through intake."""
    feeds = list(Feed.objects.filter(kind=Feed.Kind.CONTACTS, code__startswith="F").order_by("pk")[:levels])
    codes = {feed.pk: feed.code for feed in feeds}
    latest: list[Any] = []
    for feed in feeds:
        latest += ContactResult.objects.filter(feed=feed, outcome="answered").order_by("-occurred_on")[: rows // levels]
    body = [
        {
            "feed": codes[row.feed_id],
            "external_id": row.key,
            "occurred_at": row.occurred_at.isoformat(),
            "outcome": row.outcome,
            "wait_seconds": f"{row.wait_seconds:f}",
            "handle_seconds": str(400 + turn + number % 7),
            "reason": "measured again",
        }
        for number, row in enumerate(latest)
    ]
    operator, _ = User.objects.get_or_create(email="bench@example.com", name="Bench", is_operator_admin=True)
    vendor = feeds[0].contract.vendor
    receive(
        principal=operator,
        vendor=vendor,
        body=json.dumps(body).encode(),
        media_type="application/json",
        channel="api",
        now=timezone.now(),
    )


def judge_now() -> None:
    judge_all(now=timezone.now())


def everything(cells: list[Cell]) -> Iterator[Figure]:
    """Everything anew, by two workers and by one; then what the other figures need of it."""
    for _ in range(2):
        sums_by_sql()
    references = []
    rounds: dict[int, list[float]] = {1: [], 2: []}
    for processes in (1, 2) * ROUNDS:
        # By turns, so that a busy moment of the machine meets the reference and both ways.
        references.append(median(sums_by_sql, 3))
        with celery_worker(processes) as worker:
            forget_and_mark(cells)
            rounds[processes].append(seconds(drain))
            memory = peak_megabytes(worker)
            if POSTGRESQL and len(rounds[2]) == ROUNDS:
                sessions = sessions_of(TASKS) * 1000 / TASKS
    reference = statistics.median(references)
    taken = {processes: statistics.median(several) for processes, several in rounds.items()}
    loop_cells = cells[:: max(1, len(cells) // LOOP_CELLS)][:LOOP_CELLS]
    loop = seconds(lambda: sums_by_loop(loop_cells)) * len(cells) / len(loop_cells)
    assert Verdict.objects.count() == len(cells)
    every = f"{len(cells)} cells of {ROWS} results judged anew: verdicts, workings, days, standings"
    yield figure(
        "full re-evaluation", f"{every}; two workers", taken[2], "SQL GROUP BY, sums only", reference, "<= 1.5"
    )
    yield figure("full re-evaluation, one worker", every, taken[1], "SQL GROUP BY, sums only", reference, "<= 1.5")
    yield figure("loop over row objects", f"extrapolated from {len(loop_cells)} cells", loop, every, taken[2], ">= 15")
    yield figure("two workers", "one worker", taken[1], "two workers", taken[2], ">= 1.7")
    yield figure("memory of a worker", "peak of a process", memory, "300 MB", 300, "<= 1", "MB")
    if POSTGRESQL:
        yield figure("database sessions", "opened by 1,000 tasks", sessions, "10", 10, "<= 1", "sessions")
    yield from corrections(taken[2])


def sessions_of(tasks: int) -> int:
    """How many database sessions so many tasks open."""

    def opened() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute("SELECT sessions FROM pg_stat_database WHERE datname = current_database()")
            return cursor.fetchone()[0]

    before = opened()
    replies = [app.send_task(JUDGING_TASK, ignore_result=True) for _ in range(tasks)]
    queue = app.connection_for_read().default_channel.client
    while queue.llen("celery"):
        time.sleep(0.05)
    time.sleep(1)
    assert len(replies) == tasks
    return opened() - before


def corrections(full: float) -> Iterator[Figure]:
    """Corrections of fifty service levels, from the end of the request to the last verdict."""
    correct(CORRECTED_LEVELS, CORRECTIONS, 0)
    judge_now()
    taken = []
    for turn in range(1, 4):
        correct(CORRECTED_LEVELS, CORRECTIONS, turn)
        taken.append(seconds(judge_now))
    what = f"{CORRECTIONS} corrections over {CORRECTED_LEVELS} service levels"
    yield figure("corrections judged", what, sorted(taken)[1], "full re-evaluation", full, "<= 0.05")
    with celery_worker(2):
        correct(CORRECTED_LEVELS, CORRECTIONS, 5)
        waited = seconds(wait_until_judged)
    yield figure("corrections, bell and workers", what, waited, "full re-evaluation", full, "<= 0.05")
    Path(settings.VAR_DIR, "corrections.json").write_text(json.dumps(sorted(taken)[1]), encoding="utf-8")


def huge_level(vendor_world: worlds.World) -> Iterator[Figure]:
    """One service level with a tenth of all results in one month, and a batch of a thousand more."""
    contract = vendor_world.contacts[0].contract
    feed = Feed.objects.create(
        contract=contract, code="HUGE", name="Huge", kind=Feed.Kind.CONTACTS, starts_on=worlds.FIRST_DAY
    )
    level = ServiceLevel.objects.create(contract=contract, feed=feed, code="HUGE", name="Huge")
    level.terms.create(amendment=contract.amendments.get(), effective_on=worlds.FIRST_DAY, **worlds.TERMS[0])
    month = date(2025, 12, 1)
    rows = worlds.contact_rows(replace(vendor_world, contacts=[feed]), max(ROWS // 10, 5000), month)
    worlds.load(ContactResult, worlds.CONTACT, ((pk, b, f"h{key}", f"h{key}", *rest) for pk, b, key, _, *rest in rows))
    worlds.settle()
    operator, _ = User.objects.get_or_create(email="bench@example.com", name="Bench", is_operator_admin=True)
    taken, reference = [], []
    for turn in range(4):
        body = [
            {
                "feed": "HUGE",
                "external_id": f"x{turn}-{number}",
                "occurred_at": f"2025-12-31T23:{number // 60 % 60:02}:{number % 60:02}Z",
                "outcome": "answered",
                "wait_seconds": str(number % 60),
            }
            for number in range(1000)
        ]
        receive(
            principal=operator,
            vendor=vendor_world.vendor,
            body=json.dumps(body).encode(),
            media_type="application/json",
            channel="api",
            now=timezone.now(),
        )
        taken.append(seconds(judge_now))
        reference.append(seconds(lambda: sums_by_sql(f"WHERE feed_id = {feed.pk}")))
    name = f"{max(ROWS // 10, 5000)} results a month, a batch of 1,000 judged"
    yield figure("huge service level", name, sorted(taken)[1], "one SQL pass", sorted(reference)[1], "<= 2")


@contextmanager
def prepared() -> Iterator[None]:
    call_command("migrate", verbosity=0)
    with running_broker(settings.VAR_DIR):
        yield


def main(target: Path, short: bool) -> None:
    """All figures; with `short`, only the corrections on six months of history."""
    with prepared():
        vendor_world = worlds.build_world(LEVELS)
        print(f"  filling {connection.vendor} …", flush=True)
        first_day = SHORT_HISTORY if short else worlds.FIRST_DAY
        took = seconds(lambda: worlds.fill(vendor_world, ROWS // 4 if short else ROWS, first_day))
        print(f"  filled in {took:.0f} s", flush=True)
        if short:
            enqueue([cell for cell in all_cells() if cell.period.start >= first_day], now=timezone.now())
            judge_now()
            figures = [next(iter(corrections(1.0)))]
        else:
            figures = [*everything(all_cells()), *huge_level(vendor_world)]
    target.write_text(json.dumps([asdict(each) for each in figures]), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), short="short" in sys.argv[2:])
