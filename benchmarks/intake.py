"""What taking results in costs, over real HTTP, beside the database's own bulk load and textbook code.

`python -m benchmarks.intake FILE` in the environment of a scratch database; writes the figures as JSON.
"""

import http.client
import io
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks import world as worlds  # noqa: E402
from benchmarks.figures import Figure, figure, median, seconds  # noqa: E402
from bpo.embedded import die_with_parent, running_broker  # noqa: E402
from contracts.models.service_levels import Feed  # noqa: E402
from metrics.intake.addresses import AddressBook  # noqa: E402
from metrics.intake.bodies import read_body  # noqa: E402
from metrics.intake.mistakes import rows_refused  # noqa: E402
from metrics.intake.rows import RowReader  # noqa: E402
from metrics.models.results import ObservationResult  # noqa: E402
from vendors.keys import KeyPrincipal, issue_key  # noqa: E402

POSTGRESQL = connection.vendor == "postgresql"
ROWS = int(os.environ.get("BENCH_BATCH", "10000"))
LOOP_ROWS = 200
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SINGLES = 200
TABLE = ObservationResult._meta.db_table
JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"


class Client:
    """One connection with a key, kept from one request to the next unless it has lain idle."""

    def __init__(self, port: int, secret: str) -> None:
        self.port = port
        self.headers = {"Authorization": f"Bearer {secret}"}
        self.connect()

    def connect(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        self.connection.connect()

    def post(self, path: str, body: bytes, media_type: str = JSON, expected: tuple[int, ...] = (200, 201)) -> None:
        self.connection.request("POST", path, body, self.headers | {"Content-Type": media_type})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status not in expected:
            raise RuntimeError(f"{answer.status}: {text[:500]!r}")


class Rows:
    """Ever new rows of two feeds, in every form in which they travel."""

    def __init__(self, world: worlds.World) -> None:
        self.world = world
        self.number = 0

    def new(self, count: int, place: int = 0) -> list[dict[str, str]]:
        first, self.number = self.number, self.number + count
        feed = self.world.observations[place]
        return [
            {
                "feed": feed.code,
                "external_id": f"r{number}",
                "occurred_at": f"2025-12-{1 + number % 28:02}T{number % 24:02}:{number % 60:02}:00+00:00",
                "value": f"{number % 10000 / 100:.2f}",
            }
            for number in range(first, first + count)
        ]

    def as_peers(self, rows: list[dict[str, str]]) -> list[dict[str, Any]]:
        feed, batch = self.world.observations[0].pk, self.world.batch.pk
        return [
            {**row, "feed": feed, "batch": batch, "key": row["external_id"], "occurred_on": row["occurred_at"][:10]}
            for row in rows
        ]


def as_json(rows: list[dict[str, Any]]) -> bytes:
    return json.dumps(rows).encode()


def as_ndjson(rows: list[dict[str, Any]]) -> bytes:
    return "\n".join(json.dumps(row) for row in rows).encode()


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    return "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]).encode()


def bulk_load(rows: list[dict[str, str]], world: worlds.World) -> Callable[[], None]:
    """The database's own way with the same rows into the same table, made ready beforehand."""
    feed, batch = world.observations[0].pk, world.batch.pk
    names = ("feed_id", "batch_id", "key", "external_id", "note", "revision", "occurred_at", "occurred_on", "value")
    columns = ", ".join(names)
    cells = [
        (feed, batch, row["external_id"], row["external_id"], "", 1, row["occurred_at"].replace("T", " "),
         row["occurred_at"][:10], int(row["value"].replace(".", "")) * 10_000)
        for row in rows
    ]  # fmt: skip
    text = "".join("\t".join(map(str, row)) + "\n" for row in cells)

    def load() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            if POSTGRESQL:
                cursor.copy_expert(f"COPY {TABLE} ({columns}) FROM STDIN", io.StringIO(text))
            else:
                cursor.executemany(f"INSERT INTO {TABLE} ({columns}) VALUES ({', '.join(['%s'] * 9)})", cells)

    return load


def two_at_once(clients: list[Client], bodies: list[bytes]) -> None:
    for client in clients:
        client.connect()
    threads = [
        Thread(target=client.post, args=("/api/v1/results", body)) for client, body in zip(clients, bodies, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def bulk(rows: Rows, clients: list[Client]) -> Iterator[Figure]:
    """Batches in every form, pair by pair beside the bulk load."""
    taken: dict[str, list[float]] = {name: [] for name in ("load", "json", "two", "ndjson", "csv", "again", "list")}
    mine = clients[0]
    for turn in range(ROUNDS + 1):
        sent = rows.new(ROWS)
        json_body = as_json(sent)
        both = [as_json(rows.new(ROWS, place)) for place in (0, 1)]
        lines, cells, peer = as_ndjson(rows.new(ROWS)), as_csv(rows.new(ROWS)), as_json(rows.as_peers(rows.new(ROWS)))
        once = {
            "load": seconds(bulk_load(rows.new(ROWS), rows.world)),
            "json": seconds(lambda body=json_body: mine.post("/api/v1/results", body)),
            "ndjson": seconds(lambda body=lines: mine.post("/api/v1/results", body, NDJSON)),
            "csv": seconds(lambda body=cells: mine.post("/api/v1/results", body, CSV)),
        }
        before = row_versions()
        mine.connect()
        once["again"] = seconds(lambda body=json_body: mine.post("/api/v1/results", body))
        written = row_versions() - before
        once["two"] = seconds(lambda bodies=both: two_at_once(clients, bodies)) / 2
        mine.connect()
        once["list"] = seconds(lambda body=peer: mine.post("/peer/list", body))
        for name, value in once.items() if turn else ():
            taken[name].append(value)
    loop_body = as_json(rows.as_peers(rows.new(LOOP_ROWS)))
    loop = seconds(lambda: mine.post("/peer/loop", loop_body)) * ROWS / LOOP_ROWS
    middle = {name: statistics.median(values) for name, values in taken.items()}
    load, batch = "COPY, one stream" if POSTGRESQL else "executemany", f"{ROWS} rows of JSON"
    # Rates: the reference's time over ours.
    yield figure("JSON, one connection", load, middle["load"], batch, middle["json"], ">= 0.5")
    yield figure("JSON, two connections", load, middle["load"], f"{batch}, each of two", middle["two"], ">= 0.6")
    yield figure("NDJSON", batch, middle["json"], "as NDJSON", middle["ndjson"], ">= 0.8")
    yield figure("CSV", batch, middle["json"], "as CSV", middle["csv"], ">= 0.8")
    yield figure("ListSerializer, bulk_create", "textbook", middle["list"], batch, middle["json"], ">= 5")
    yield figure("ModelSerializer loop", "textbook", loop, batch, middle["json"], ">= 100")
    yield figure("identical batch again", "second time", middle["again"], "first time", middle["json"], "<= 0.5")
    if POSTGRESQL:
        yield figure("row versions of a resend", "written", written, "1", 1, "<= 0", "rows")


def row_versions() -> int:
    """How many versions of results have been written so far."""
    if not POSTGRESQL:
        return 0
    time.sleep(1.2)  # Statistics arrive with a delay.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT n_tup_ins + n_tup_upd FROM pg_stat_user_tables WHERE relname = %s", [TABLE])
        return cursor.fetchone()[0]


def checking(rows: Rows, principal: KeyPrincipal) -> Figure:
    """A batch that is wrong throughout beside a good one, checked and refused in full."""
    good = rows.new(ROWS)
    bodies = as_json(good), as_json([row | {"value": "1,5"} for row in good])

    def check(body: bytes) -> None:
        sent = read_body(body, JSON)
        reader = RowReader(AddressBook(rows.world.vendor, principal), timezone.now())
        reader.read_all(sent.rows)
        if reader.mistakes:
            json.dumps(rows_refused(reader.mistakes, received=reader.received, in_list=True).more)

    taken = [median(lambda body=body: check(body), ROUNDS) for body in bodies]
    return figure("every row wrong", "checked and refused", taken[1], "a good batch checked", taken[0], "<= 1.5")


def singles(rows: Rows, client: Client) -> Figure:
    """One result in one request, in turns with a view that only knows who asks."""
    taken: dict[str, list[float]] = {"/api/v1/results": [], "/peer/bare": []}
    for row in rows.new(SINGLES):
        body = json.dumps(row).encode()
        for path, times in taken.items():
            times.append(seconds(lambda path=path, body=body: client.post(path, body)))
    ours, bare = (statistics.median(times) for times in taken.values())
    return figure("one result, one request", "p50", 1000 * ours, "bare view p50", 1000 * bare, "<= 3", "ms")


@contextmanager
def server() -> Iterator[int]:
    """The desk and its peers behind the real server, with two workers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = f"--interface wsgi --no-ws --host 127.0.0.1 --port {port} --workers 2 --blocking-threads 2"
    command = [
        sys.executable,
        "-m",
        "granian",
        *options.split(),
        "--log-level",
        "error",
        "benchmarks.peers:application",
    ]
    with Path(settings.VAR_DIR, "server.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=log, stderr=log, preexec_fn=die_with_parent)
        try:
            deadline = time.monotonic() + 60
            while not answers(port):
                if time.monotonic() > deadline or process.poll() is not None:
                    raise RuntimeError("the server did not start")
                time.sleep(0.1)
            yield port
        finally:
            process.terminate()
            process.wait(30)


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as probe:
            probe.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            return b" 200" in probe.recv(64)
    except OSError:
        return False


def main(target: Path) -> None:
    call_command("migrate", verbosity=0)
    world = worlds.build_world(8)
    Feed.objects.update(starts_on=worlds.FIRST_DAY)
    if filled := int(os.environ.get("BENCH_FILLED", "0")):
        worlds.fill(world, filled)
    key, secret = issue_key(
        vendor=world.vendor, name="bench", scopes=["results:write", "read"], actor=None,
        expires_at=timezone.now() + timedelta(days=1), now=timezone.now(),
    )  # fmt: skip
    with running_broker(settings.VAR_DIR), server() as port:
        clients = [Client(port, secret) for _ in range(2)]
        rows = Rows(world)
        figures = [*bulk(rows, clients), checking(rows, KeyPrincipal(key)), singles(rows, clients[0])]
    target.write_text(json.dumps([asdict(each) for each in figures]), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
