"""The same results sent many times at once, through two server processes: each is stored once, and receipts add up.

RACE_IDS says how many ids there are; `make race` takes 10,000, a run of all tests is content with fewer.
"""

import http.client
import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.utils import timezone

from contracts.models.service_levels import Feed
from metrics.models.results import Batch, ObservationResult, SupersededResult
from tests.support.cast import build_cast
from tests.support.web import WebServer
from vendors.keys import issue_key

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
IDS = int(os.environ.get("RACE_IDS", "1000"))
SENDERS = 20
SMALLEST, LARGEST = 200, 500
PATIENCE_SECONDS = 120
MOST_TRIES = 50


@pytest.fixture
def feed(transactional_db):
    cast = build_cast()
    feed = cast.feed(cast.contracts["A-1"], "HANDLING", Feed.Kind.OBSERVATIONS)
    cast.level(feed, "HANDLING", aggregation="mean", period="week", direction="lower", expected=400, minimum=500)
    return feed


@pytest.fixture
def secret(feed):
    vendor, made = feed.contract.vendor, timezone.now() - timedelta(days=1)
    return issue_key(
        vendor=vendor, name="racer", scopes=["results:write"], actor=None, expires_at=None, now=made
    )[1]  # fmt: skip


@pytest.fixture
def server(feed, broker_server, tmp_path) -> Iterator[WebServer]:
    web = WebServer(tmp_path, workers=2)
    web.start()
    yield web
    web.stop()


def row(number: int) -> dict:
    """One result; its day follows from its id, so that it is the same row whoever sends it."""
    day = 1 + number % 28
    return {
        "feed": "HANDLING",
        "occurred_at": f"2026-09-{day:02}T{number % 24:02}:00:00Z",
        "external_id": f"call-{number}",
        "value": number % 900,
    }


def shuffled_batches(sender: int) -> Iterator[bytes]:
    """All rows in an order of this sender's own, cut at random."""
    chance = random.Random(sender)
    order = list(range(IDS))
    chance.shuffle(order)
    while order:
        size = chance.randint(SMALLEST, LARGEST)
        batch, order = order[:size], order[size:]
        yield json.dumps([row(number) for number in batch]).encode()


class Sender:
    """One client on one connection, who asks again when told that the desk is busy."""

    def __init__(self, number: int, server: WebServer, secret: str):
        self.number = number
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_SECONDS)
        self.headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        self.statuses: Counter[int] = Counter()
        self.rows: Counter[str] = Counter()

    def run(self) -> "Sender":
        for body in shuffled_batches(self.number):
            receipt = self.send(body)
            self.rows.update(receipt["rows"])
        self.connection.close()
        return self

    def send(self, body: bytes) -> dict:
        for _try in range(MOST_TRIES):
            self.connection.request("POST", "/api/v1/results", body, self.headers)
            answer = self.connection.getresponse()
            told = answer.read()
            self.statuses[answer.status] += 1
            if answer.status != 503:
                assert answer.status in (200, 201), told[:500]
                return json.loads(told)
            time.sleep(int(answer.headers["Retry-After"]))
        raise AssertionError(f"busy {MOST_TRIES} times")


def test_each_id_is_stored_once_however_often_and_whoever_sends_it(feed, server, secret):
    with ThreadPoolExecutor(SENDERS) as pool:
        senders = list(pool.map(lambda number: Sender(number, server, secret).run(), range(SENDERS)))
    told = sum((sender.rows for sender in senders), Counter())
    statuses = sum((sender.statuses for sender in senders), Counter())

    assert set(statuses) <= {200, 201, 503}, server.output()
    assert +told == Counter(received=SENDERS * IDS, new=IDS, unchanged=(SENDERS - 1) * IDS)
    kept = Counter()
    for names in Batch.objects.values("rows_received", "rows_new", "rows_unchanged"):
        kept.update({name.removeprefix("rows_"): number for name, number in names.items()})
    assert kept == +told
    rows = ObservationResult.objects.filter(feed=feed)
    assert (rows.count(), rows.values("key").distinct().count()) == (IDS, IDS)
    assert set(rows.values_list("revision", flat=True)) == {1}
    assert not SupersededResult.objects.exists()
