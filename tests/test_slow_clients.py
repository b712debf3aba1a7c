"""Clients that are silent, dribble or hang up in the middle do not stop the others, and leave nothing half-stored."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread

import pytest

from intake.tests.test_sending import ROW
from metrics.models.results import Batch, ObservationResult
from tests.corpus.wire import request_bytes
from tests.support.api_clients import RESULTS, Door, open_door
from tests.support.cast import build_cast
from tests.support.web import WebServer

pytestmark = [pytest.mark.slow, pytest.mark.any_database]
SLOW, ABORTED, GOOD = 20, 20, 50
# In each of three ways; the desk works in eight threads.
SILENT = 70
LARGE = 5_000_000
PROMISED = 100_000
BETWEEN_BYTES = 0.1


@pytest.fixture
def door(transactional_db: None) -> Door:
    return open_door(build_cast())


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """Two processes with four threads each, as in production."""
    with serving(WebServer(tmp_path_factory.mktemp("web"), workers=2)) as server:
        yield server


@pytest.fixture(scope="module")
def impatient_server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """One that waits a second for a body."""
    application = "tests.support.impatient:application"
    with serving(WebServer(tmp_path_factory.mktemp("impatient"), application=application)) as server:
        yield server


@contextmanager
def serving(server: WebServer) -> Iterator[WebServer]:
    server.start()
    yield server
    server.stop()


def half(door: Door, server: WebServer, *, path: str = RESULTS, type_: str = "application/json") -> bytes:
    """A request of which only the beginning of the body is sent."""
    headers = [*door.headers.items(), ("Content-Type", type_), ("Content-Length", str(PROMISED))]
    body = json.dumps([ROW | {"external_id": f"half{number}"} for number in range(3)]).encode()[:-20]
    return request_bytes("POST", path, headers, body, host=server.host, length=False)


@contextmanager
def dribbling(server: WebServer, beginning: bytes) -> Iterator[list[socket.socket]]:
    """Twenty connections that send a byte now and then, for as long as anybody listens."""
    with ExitStack() as stack:
        lines = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=30)) for _ in range(SLOW)
        ]
        over = Event()

        def drip() -> None:
            while not over.wait(BETWEEN_BYTES):
                for line in lines:
                    try:
                        line.sendall(b" ")
                    except OSError:
                        continue

        for line in lines:
            line.sendall(beginning)
        dripping = Thread(target=drip, daemon=True)
        dripping.start()
        try:
            yield lines
        finally:
            over.set()
            dripping.join()


@contextmanager
def silence(server: WebServer, beginning: bytes) -> Iterator[None]:
    """Connections on which nothing more is sent."""
    with ExitStack() as stack:
        for _ in range(SILENT):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=30))
            line.sendall(beginning)
        yield


def first_answer(server: WebServer, door: Door | None, path: str, length: int) -> bytes:
    """The first line that a client is answered that asks before it sends its body."""
    headers = [("Content-Type", "application/json"), ("Content-Length", str(length)), ("Expect", "100-continue")]
    headers += door.headers.items() if door else []
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
        line.sendall(request_bytes("POST", path, headers, b"", host=server.host, length=False))
        return line.recv(4096).split(b"\r\n")[0]


def hang_up(server: WebServer, beginning: bytes) -> None:
    """Twenty clients that close their connections in the middle."""
    for _ in range(ABORTED):
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
            line.sendall(beginning)


def statuses(door: Door, server: WebServer) -> list[int]:
    """What a good client is answered, one request after the other."""
    headers = door.headers | {"Content-Type": "application/json"}
    rows = [json.dumps(ROW | {"external_id": f"good{number}"}).encode() for number in range(GOOD)]
    return [server.ask("POST", RESULTS, row, **headers).status for row in rows]


@pytest.mark.parametrize(
    ("path", "type_"), [(RESULTS, "application/json"), ("/accounts/login/", "application/x-www-form-urlencoded")]
)
def test_a_good_client_is_answered_whatever_the_others_do(door: Door, server: WebServer, path, type_):
    beginning = half(door, server, path=path, type_=type_)

    with dribbling(server, beginning):
        hang_up(server, beginning)
        seen = statuses(door, server)
        hang_up(server, beginning)

    assert seen == [201] * GOOD
    assert server.ask("GET", "/healthz").status == 200
    keys = set(ObservationResult.objects.values_list("key", flat=True))
    assert keys == {f"good{number}" for number in range(GOOD)}
    assert Batch.objects.count() == GOOD


def test_those_who_dribble_are_sent_away_in_the_end(door: Door, impatient_server: WebServer):
    beginning = half(door, impatient_server)

    with dribbling(impatient_server, beginning) as lines:
        for line in lines:
            line.settimeout(60)
        answers = [line.recv(4096) for line in lines]

    assert {answer.split(b"\r\n")[0] for answer in answers} == {b"HTTP/1.1 408 Request Timeout"}
    assert not ObservationResult.objects.exists()


def test_two_hundred_silent_clients_stop_nobody(door: Door, server: WebServer):
    half_a_form = half(door, server, path="/accounts/login/", type_="application/x-www-form-urlencoded")

    with silence(server, b""), silence(server, b"GET /healthz HTTP/1.1\r\nX"), silence(server, half_a_form):
        assert statuses(door, server) == [201] * GOOD


def test_who_asks_first_is_told_to_go_on_or_why_not(door: Door, server: WebServer):
    cases = [
        (first_answer(server, None, RESULTS, LARGE), b"HTTP/1.1 401 Unauthorized"),
        (first_answer(server, door, "/api/v1/nothing", LARGE), b"HTTP/1.1 404 Not Found"),
        (first_answer(server, door, "/api/v1/breaches", LARGE), b"HTTP/1.1 405 Method Not Allowed"),
        (first_answer(server, door, RESULTS, 10 * LARGE), b"HTTP/1.1 413 Payload Too Large"),
        (first_answer(server, door, RESULTS, LARGE), b"HTTP/1.1 100 Continue"),
    ]

    assert [answer for answer, _expected in cases] == [expected for _answer, expected in cases]
    # Who does not ask reads the refusal too, although the desk has not read what was sent.
    unasked = server.ask("POST", RESULTS, b"[" * LARGE, Content_Type="application/json")
    assert (unasked.status, unasked.codes) == (401, {"not_authenticated"})
