"""What taking results in costs, over real HTTP, beside the database's own bulk load and textbook code.

`python -m benchmarks.intake FILE [filled]` in the environment of a scratch database; writes the figures as JSON.
"""

import json
import os
import statistics
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks import world as worlds  # noqa: E402
from benchmarks.figures import Figure, figure, median, noted, seconds  # noqa: E402
from benchmarks.sending import (  # noqa: E402
    CSV,
    JSON,
    NDJSON,
    POSTGRESQL,
    RESULTS,
    TABLE,
    Client,
    Rows,
    all_at_once,
    as_csv,
    as_json,
    as_ndjson,
    bulk_load,
    server,
)
from bpo.embedded import running_broker  # noqa: E402
from bpo.row_errors import SubmissionError  # noqa: E402
from contracts.models.service_levels import Feed  # noqa: E402
from intake.checking import check_rows  # noqa: E402
from intake.parsing import parse_body  # noqa: E402
from intake.receiving import receive  # noqa: E402
from metrics.models.results import Batch  # noqa: E402
from vendors.keys import KeyPrincipal, issue_key  # noqa: E402

ROWS = int(os.environ.get("BENCH_BATCH", "10000"))
FILLED = int(os.environ.get("BENCH_FILLED", "5000000"))
LOOP_ROWS = 200
WARMING = 8
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SINGLES = 200
CONNECTIONS = (1, 2, 4)
# Rows of a request, and how many requests each connection sends in one round.
REQUESTS = {1: 20, 100: 6, 1_000: 3, 10_000: 1}
GRID_ROUNDS = min(3, ROUNDS)
LOAD = "COPY, one stream" if POSTGRESQL else "executemany"


def bulk(rows: Rows, clients: list[Client]) -> Iterator[Figure]:
    """Batches in every form, turn by turn beside the bulk load of as many rows."""
    taken: dict[str, list[float]] = {name: [] for name in ("load", "json", "two", "ndjson", "csv", "again", "list")}
    mine, written = clients[0], 0
    for turn in range(ROUNDS + 1):
        sent = rows.new(ROWS)
        json_body = as_json(sent)
        both = [[as_json(rows.new(ROWS, place))] for place in (0, 1)]
        lines, cells, peer = as_ndjson(rows.new(ROWS)), as_csv(rows.new(ROWS)), as_json(rows.as_peers(rows.new(ROWS)))
        load = bulk_load(rows.new(ROWS), rows.world)
        mine.connect()
        once = {
            "load": seconds(load),
            "json": seconds(lambda body=json_body: mine.post(RESULTS, body)),
            "ndjson": seconds(lambda body=lines: mine.post(RESULTS, body, NDJSON)),
            "csv": seconds(lambda body=cells: mine.post(RESULTS, body, CSV)),
        }
        before = row_versions(sent)
        mine.connect()
        once["again"] = seconds(lambda body=json_body: mine.post(RESULTS, body))
        written += sum(before.get(key) != version for key, version in row_versions(sent).items())
        once["two"] = seconds(lambda bodies=both: all_at_once(clients[:2], bodies)) / 2
        mine.connect()
        once["list"] = seconds(lambda body=peer: mine.post("/peer/list", body))
        for name, value in once.items() if turn else ():
            taken[name].append(value)
    middle = {name: statistics.median(values) for name, values in taken.items()}
    batch = f"{ROWS} rows of JSON"
    # Rates: the reference's time over ours.
    yield figure("JSON, one connection", LOAD, middle["load"], batch, middle["json"], ">= 0.5")
    yield figure("JSON, two connections", LOAD, middle["load"], f"{batch}, each of two", middle["two"], ">= 0.6")
    yield figure("NDJSON", batch, middle["json"], "as NDJSON", middle["ndjson"], ">= 0.8")
    yield figure("CSV", batch, middle["json"], "as CSV", middle["csv"], ">= 0.8")
    yield figure("ListSerializer, bulk_create", "textbook", middle["list"], batch, middle["json"], ">= 5")
    yield figure("ModelSerializer loop", "textbook", loop(rows, mine), batch, middle["json"], ">= 100")
    yield figure("identical batch again", "second time", middle["again"], "first time", middle["json"], "<= 0.5")
    if POSTGRESQL:
        yield figure("row versions of a resend", "written", written, "1", 1, "<= 0", "rows")


def warm_up(rows: Rows, clients: list[Client]) -> None:
    """Every process and thread of the server has its connection, and has seen the tables."""
    for _ in range(WARMING):
        all_at_once(clients, [[as_json(rows.new(100, place))] * 2 for place in range(len(clients))])


def loop(rows: Rows, client: Client) -> float:
    """How long the textbook's loop takes for a whole batch, from a small part of one."""
    body = as_json(rows.as_peers(rows.new(LOOP_ROWS)))
    client.connect()
    return seconds(lambda: client.post("/peer/loop", body)) * ROWS / LOOP_ROWS


def row_versions(sent: list[dict[str, str]]) -> dict[str, tuple[str, str]]:
    """Where each sent row's version lies in the table, and which transaction wrote it."""
    if not POSTGRESQL:
        return {}
    with connection.cursor() as cursor:
        keys = [row["external_id"] for row in sent]
        cursor.execute(f"SELECT key, ctid::text, xmin::text FROM {TABLE} WHERE key = ANY(%s)", [keys])
        return {key: (place, writer) for key, place, writer in cursor.fetchall()}


def checking(rows: Rows, principal: KeyPrincipal) -> Figure:
    """A batch that is wrong throughout, refused with its list of errors, beside the checking of a good one."""
    good = rows.new(ROWS)
    bodies = as_json(good), as_json([row | {"value": "1,5"} for row in good])
    vendor = rows.world.vendor

    def check() -> None:
        check_rows(parse_body(bodies[0], JSON), vendor, principal, reason="", now=timezone.now())

    def refuse() -> None:
        try:
            receive(
                principal=principal, vendor=vendor, body=bodies[1], media_type=JSON,
                channel=Batch.Channel.API, now=timezone.now(),
            )  # fmt: skip
        except SubmissionError as error:
            json.dumps(error.more)

    wrong, right = median(refuse, ROUNDS), median(check, ROUNDS)
    return figure("every row wrong", "checked and refused", wrong, "a good batch checked", right, "<= 1.5")


def singles(rows: Rows, client: Client) -> Figure:
    """One result in one request, in turns with a view that only knows who asks."""
    taken: dict[str, list[float]] = {RESULTS: [], "/peer/bare": []}
    client.connect()
    for row in rows.new(SINGLES):
        body = json.dumps(row).encode()
        for path, times in taken.items():
            times.append(seconds(lambda path=path, body=body: client.post(path, body)))
    ours, bare = (statistics.median(times) for times in taken.values())
    return figure("one result, one request", "p50", 1000 * ours, "bare view p50", 1000 * bare, "<= 3", "ms")


def grid(rows: Rows, clients: list[Client]) -> Iterator[Figure]:
    """Rows a second for requests of each size over one, two and four connections, beside one stream's bulk load."""
    for size, requests in REQUESTS.items():
        if size > ROWS:
            continue
        loads = [bulk_load(rows.new(size), rows.world) for _ in range(GRID_ROUNDS * requests)]
        load = size / statistics.median(seconds(each) for each in loads)
        for several in CONNECTIONS:
            rates = []
            for _ in range(GRID_ROUNDS):
                bodies = [[as_json(rows.new(size, place)) for _ in range(requests)] for place in range(several)]
                rates.append(size * requests * several / seconds(lambda sent=bodies: all_at_once(clients, sent)))
            name = f"{size} rows a request, {several} at a time"
            yield noted(name, "JSON", statistics.median(rates), f"{LOAD}, as many at once", load, "rows/s")


def main(target: Path, *options: str) -> None:
    call_command("migrate", verbosity=0)
    world = worlds.build_world(8)
    Feed.objects.update(starts_on=worlds.FIRST_DAY)
    if "filled" in options:
        worlds.fill(world, FILLED)
    key, secret = issue_key(
        vendor=world.vendor, name="bench", scopes=["results:write", "read"], actor=None,
        expires_at=timezone.now() + timedelta(days=1), now=timezone.now(),
    )  # fmt: skip
    with running_broker(settings.VAR_DIR), server() as port:
        clients = [Client(port, secret) for _ in range(max(CONNECTIONS))]
        rows = Rows(world)
        warm_up(rows, clients)
        figures = [*bulk(rows, clients), checking(rows, KeyPrincipal(key)), singles(rows, clients[0])]
        figures += grid(rows, clients)
    target.write_text(json.dumps([asdict(each) for each in figures]), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
