"""Limits hold over real HTTP: two server processes, twenty clients at once, forged addresses, counters that fail."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.api_clients import RESULTS, Door, open_door
from tests.support.cast import build_cast
from tests.support.web import WebServer

pytestmark = [pytest.mark.slow, pytest.mark.any_database]
LIMIT, SENT, CLIENTS = 40, 120, 20
GUESS = {"Authorization": "Bearer bpo_live_00000000_" + "0" * 40}
PLACES = ["file", pytest.param("server", marks=pytest.mark.broker)]


@pytest.fixture
def door(transactional_db: None) -> Door:
    return open_door(build_cast())


@pytest.fixture(params=PLACES)
def counting_on(request: pytest.FixtureRequest) -> dict[str, str]:
    """Where the servers count: in the file of this machine, or on a real Valkey."""
    if request.param == "file":
        return {}
    request.getfixturevalue("broker")
    return {"CACHE_URL": f"unix://{request.getfixturevalue('broker_server')}"}


@contextmanager
def serving(folder: Path, **environment: str) -> Iterator[WebServer]:
    """Two processes of the desk, without limits but those that are named."""
    limits = {"API_REQUESTS_PER_MINUTE": "1000000", "API_REFUSED_KEYS_PER_MINUTE": "1000000"}
    server = WebServer(folder, workers=2, **(limits | environment))
    server.start()
    try:
        yield server
    finally:
        server.stop()


def at_once(send: Any, times: int) -> Counter[int]:
    """How often each status came back to clients that ask side by side."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        return Counter(answer.status for answer in pool.map(send, range(times)))


def test_of_a_keys_writes_exactly_the_limit_get_through(door: Door, tmp_path, counting_on):
    with serving(tmp_path, API_WRITES_PER_MINUTE=str(LIMIT), **counting_on) as server:

        def send(number: int) -> Any:
            forged = {"X_Forwarded_For": f"192.0.2.{number}", "X_Real_IP": f"192.0.2.{number}"}
            return server.ask(
                "POST", f"{RESULTS}?dry_run=true", b"{", Content_Type="application/json", **(door.headers | forged)
            )

        assert at_once(send, SENT) == {400: LIMIT, 429: SENT - LIMIT}


def test_of_an_addresss_requests_exactly_the_limit_get_through(door: Door, tmp_path, counting_on):
    with serving(tmp_path, API_REQUESTS_PER_MINUTE=str(LIMIT), **counting_on) as server:

        def send(number: int) -> Any:
            return server.ask("GET", "/api/v1/feeds", X_Forwarded_For=f"192.0.2.{number}")

        assert at_once(send, SENT) == {401: LIMIT, 429: SENT - LIMIT}


def test_of_guessed_keys_exactly_the_limit_are_told_that_they_are_none(door: Door, tmp_path, counting_on):
    with serving(tmp_path, API_REFUSED_KEYS_PER_MINUTE=str(LIMIT), **counting_on) as server:

        def send(number: int) -> Any:
            return server.ask("GET", "/api/v1/feeds", X_Forwarded_For=f"192.0.2.{number}", **GUESS)

        assert at_once(send, SENT) == {401: LIMIT, 429: SENT - LIMIT}
        assert server.ask("GET", "/api/v1/feeds", **door.headers).status == 429


def test_where_the_counting_server_is_away_the_limit_still_holds_on_this_machine(door: Door, tmp_path):
    away = {"CACHE_URL": f"unix://{tmp_path}/nobody.sock"}
    with serving(tmp_path, API_READS_PER_MINUTE=str(LIMIT), **away) as server:
        seen = at_once(lambda _number: server.ask("GET", "/api/v1/feeds", **door.headers), SENT)

        assert seen == {200: LIMIT, 429: SENT - LIMIT}
