"""Each part of a desk is killed while the others live: it comes back by itself, and nothing is lost or done twice."""

import os
import signal
from collections.abc import Callable, Iterator
from datetime import date

import pytest

from metrics.models.verdicts import DirtyCell, Verdict
from tests.corpus.wire import exchange, request_bytes
from tests.faults.sending import body_of, rows
from tests.faults.world import World
from tests.support.databases import url_of_test_database
from tests.support.running_desk import RunningDesk, children, kill_group
from tests.support.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.broker, pytest.mark.worker, pytest.mark.any_database]
START_SECONDS, MINUTE = 120, 60
ROWS = 5
PARTS = {"broker": "valkey-server", "worker": "bpo worker", "beat": "bpo beat", "web": "granian"}


class Desk(RunningDesk):
    """A desk on the test's database, which takes in results of that world."""

    key = ""

    def takes_in(self, day: date) -> bool:
        """Whether a day's results are taken in; not while nobody answers."""
        headers = [("Authorization", f"Bearer {self.key}"), ("Content-Type", "application/json")]
        body, host = body_of(rows(day)[:ROWS]), f"127.0.0.1:{self.port}"
        request = request_bytes("POST", "/api/v1/results", headers, body, host=host)
        try:
            return exchange(("127.0.0.1", self.port), request).status in (200, 201)
        except OSError:
            return False


@pytest.fixture(scope="module")
def desk(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder, log = tmp_path_factory.mktemp("var"), tmp_path_factory.mktemp("log") / "desk"
    running = Desk(folder, log, "--without-demo", DATABASE_URL=url_of_test_database())
    running.key = world.key
    try:
        eventually(lambda: all(map(running.part, PARTS.values())) and running.read("/healthz"), within=START_SECONDS)
        check_that_results_are_judged(running, world)
        yield running
    finally:
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(MINUTE)


@pytest.fixture(autouse=True)
def shown_on_failure(request: pytest.FixtureRequest, desk: Desk) -> Iterator[None]:
    """A test that fails shows what the desk printed meanwhile."""
    before = len(desk.printed())
    yield
    request.node.add_report_section("teardown", "of the desk", desk.printed()[before:])


def check_that_results_are_judged(
    desk: Desk, world: World, *, after: Callable[[], None] = lambda: None, within: int = MINUTE
) -> None:
    """Send a day's results right after a fault, as often as a program would, and wait until they are judged, once."""
    day = world.fresh_day()
    verdicts = Verdict.objects.filter(service_level=world.level, starts_on=day)
    before = verdicts.count()
    after()
    eventually(lambda: desk.takes_in(day), within=within)
    eventually(lambda: [row.cases for row in verdicts.current()] == [ROWS], within=within)
    eventually(lambda: not DirtyCell.objects.exists(), within=within)
    assert verdicts.count() == before + 1
    assert world.record_of(day).rows == ROWS


@pytest.mark.parametrize("part", PARTS)
def test_results_sent_while_a_part_is_killed_are_judged_within_a_minute(desk: Desk, world: World, part: str) -> None:
    killed = desk.part(PARTS[part])

    check_that_results_are_judged(desk, world, after=lambda: kill_group(killed))

    assert eventually(lambda: desk.part(PARTS[part]), within=MINUTE) != killed
    assert f"{part} stopped with code -9; starting it again in " in desk.printed()


def test_a_killed_web_process_is_replaced_by_the_one_above_it(desk: Desk, world: World) -> None:
    web = desk.part(PARTS["web"])
    process = children(web)[-1]

    check_that_results_are_judged(desk, world, after=lambda: os.kill(process, signal.SIGKILL))

    assert desk.part(PARTS["web"]) == web


def test_a_broker_that_is_lost_again_and_again_ends_neither_worker_nor_beat(desk: Desk, world: World) -> None:
    parts = desk.part(PARTS["worker"]), desk.part(PARTS["beat"])
    for _ in range(3):
        killed = eventually(lambda: desk.part(PARTS["broker"]), within=MINUTE)
        kill_group(killed)
        eventually(lambda gone=killed: desk.part(PARTS["broker"]) != gone)

    # One loss is made good within a minute; after several in a row each part waits longer before it tries again.
    check_that_results_are_judged(desk, world, within=3 * MINUTE)

    assert (desk.part(PARTS["worker"]), desk.part(PARTS["beat"])) == parts
