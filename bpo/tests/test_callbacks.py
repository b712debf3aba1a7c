"""Addresses of the operator are called with JSON, and a failure is only logged."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from structlog.testing import capture_logs

from bpo.callbacks import call

pytestmark = pytest.mark.any_database


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it is sent; answers 500 under /broken, and leads elsewhere under /moved."""

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.taken.append((self.command, self.path, body))
        self.send_response({"/broken": 500, "/moved": 302}.get(self.path, 200))
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    do_GET = do_POST = answer

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.taken = []
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def address(server: HTTPServer, path: str) -> str:
    return f"http://127.0.0.1:{server.server_port}{path}"


def test_a_body_is_posted_as_json(receiver):
    assert call(address(receiver, "/hook"), {"state": "over"})

    ((method, path, body),) = receiver.taken
    assert (method, path, json.loads(body)) == ("POST", "/hook", {"state": "over"})


def test_without_a_body_the_address_is_read(receiver):
    assert call(address(receiver, "/ping"))
    assert receiver.taken == [("GET", "/ping", b"")]


@pytest.mark.parametrize("path", ["/broken", "/a b"])
def test_a_call_that_is_not_taken_fails_without_an_exception(receiver, path):
    assert not call(address(receiver, path))


def test_a_call_does_not_follow_to_where_it_is_led(receiver):
    assert not call(address(receiver, "/moved"))
    assert receiver.taken == [("GET", "/moved", b"")]


def test_a_failure_is_logged_without_the_address_which_may_grant_something():
    with capture_logs() as lines:
        assert not call("http://127.0.0.1:1/secret-hook")

    assert [line["event"] for line in lines] == ["callback_failed"]
    assert "secret" not in str(lines)
