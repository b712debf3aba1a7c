"""Who sends in the benchmarks of intake: connections with a key, ever new rows, the bulk load beside them, a server."""

import http.client
import io
import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from benchmarks import world as worlds
from bpo.embedded import die_with_parent
from metrics.models.results import ObservationResult
from tests.support.served import server_command

POSTGRESQL = connection.vendor == "postgresql"
TABLE = ObservationResult._meta.db_table
RESULTS = "/api/v1/results"
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

    def post_all(self, bodies: list[bytes]) -> None:
        for body in bodies:
            self.post(RESULTS, body)


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


def all_at_once(clients: list[Client], bodies: list[list[bytes]]) -> None:
    """Each client sends its own bodies one after the other, all of them at the same time."""
    pairs = list(zip(clients, bodies, strict=False))
    for client, _several in pairs:
        client.connect()
    threads = [Thread(target=client.post_all, args=(several,)) for client, several in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def server() -> Iterator[int]:
    """The desk and its peers behind the real server, with two workers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = server_command(port, workers=2, application="benchmarks.peers:application")
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
