"""A lock that somebody holds for long costs the web seconds, on pages and in the API, and the work queue nothing."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg2
import pytest
from django.db import connection

from tests.corpus.wire import Answer
from tests.faults.sending import body_of, rows
from tests.faults.world import CSRF, World
from tests.support.databases import url_of_test_database
from tests.support.web import WebServer

pytestmark = [pytest.mark.broker]
# As many as the server works on at once, and some more. Without a limit they would wait for as long as it is held.
REQUESTS, THREADS, WAIT_MS = 6, 4, 1000
HELD = "LOCK TABLE bpo_user, contracts_feed IN ACCESS EXCLUSIVE MODE"


@pytest.fixture(scope="module")
def server(world: World, broker_server: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    folder = tmp_path_factory.mktemp("web")
    running = WebServer(folder, LOCK_TIMEOUT_MS=str(WAIT_MS), WEB_THREADS=str(THREADS))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def held(world: World) -> Iterator[None]:
    """Somebody else writes and does not end."""
    if connection.vendor == "sqlite":
        other, statement = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None), "BEGIN IMMEDIATE"
    else:
        other, statement = psycopg2.connect(url_of_test_database()), HELD
    with closing(other):
        other.cursor().execute(statement)
        yield
        other.rollback()


def post(server: WebServer, world: World) -> Answer:
    headers = {"Authorization": f"Bearer {world.key}", "Content-Type": "application/json"}
    return server.ask("POST", "/api/v1/results", body_of(rows(world.fresh_day())), **headers)


def test_the_api_says_when_to_come_again_and_no_thread_hangs(server: WebServer, world: World, held: None) -> None:
    with ThreadPoolExecutor(REQUESTS) as pool:
        answers = list(pool.map(lambda _number: post(server, world), range(REQUESTS)))

    assert {(answer.status, answer.json()["code"]) for answer in answers} == {(503, "busy")}
    assert {answer.headers["retry-after"] for answer in answers} == {"5"}
    assert server.ask("GET", "/healthz").status == 200


def test_a_page_says_it_in_a_sentence(server: WebServer, world: World, held: None) -> None:
    headers = {"Cookie": world.cookies, "Content-Type": "application/x-www-form-urlencoded"}
    body = f"csrfmiddlewaretoken={CSRF}&zone=UTC&digest_at=06:30".encode()

    answer = server.ask("POST", "/me", body, **headers)

    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert "The database or the storage of files did not answer in time." in answer.body.decode()


def test_what_was_refused_is_taken_in_once_the_lock_is_gone(server: WebServer, world: World) -> None:
    assert post(server, world).status == 201
