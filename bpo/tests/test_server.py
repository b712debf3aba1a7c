"""The desk as a server calls it: what is asked of a client in which order, and what a request looks like to Django."""

import asyncio
from threading import current_thread
from typing import Any

import pytest
from django.db import OperationalError

from bpo import server
from bpo.bodies import FAULT, FROM_ANYBODY, MOST_BYTES, NO_LENGTH, NOT_EXPECTED, TOO_LARGE, TOO_MANY
from bpo.server import Desk, environ_of, may_send_now

SCOPE: dict[str, Any] = {
    "type": "http", "method": "POST", "raw_path": b"/caf%C3%A9/%2F", "path": "/café//", "query_string": b"a=%C3%A9",
    "http_version": "1.1", "server": ("127.0.0.1", "8000"), "client": ("192.0.2.7", "1"), "scheme": "http",
    "headers": [],
}  # fmt: skip
KNOWN, BUDGET = {"authorization": "known"}, 1_000_000


class Client:
    """One request to a desk of which every part notes what it did, in order."""

    def __init__(self, body: bytes = b"", **headers: str) -> None:
        self.body, self.events, self.status = body, [], 0
        lines = {"content-length": str(len(body))} | headers
        lines = {name.replace("_", "-"): value for name, value in lines.items() if value}
        self.scope = SCOPE | {"headers": [(name.encode(), value.encode()) for name, value in lines.items()]}
        self.desk = Desk(self.answer, threads=1, body_bytes=BUDGET, may_send=self.may_send)

    def send(self) -> list[str]:
        asyncio.run(self.desk(self.scope, self.receive, self.take))
        return self.events

    def may_send(self, environ: dict[str, Any]) -> bool:
        self.events.append("asked")
        return environ.get("HTTP_AUTHORIZATION") == "known"

    def answer(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.thread = current_thread().name
        self.events.append(environ[FAULT] or f"answered {len(environ['wsgi.input'].read())}")
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"a", b"b"]

    async def receive(self) -> dict[str, Any]:
        self.events.append("read")
        part, self.body = self.body[:400_000], self.body[400_000:]
        return {"type": "http.request", "body": part, "more_body": bool(self.body)}

    async def take(self, message: dict[str, Any]) -> None:
        self.events.append(message["type"].rpartition(".")[2])


SENT = ["start", "body"]


def test_a_small_body_is_read_from_anybody():
    assert Client(b"x" * FROM_ANYBODY).send() == ["read", f"answered {FROM_ANYBODY}", *SENT]


def test_a_request_without_a_body_reads_nothing():
    assert Client().send() == ["answered 0", *SENT]


def test_a_large_body_is_read_once_its_sender_is_known():
    assert Client(b"x" * 600_000, **KNOWN).send() == ["asked", "read", "read", "answered 600000", *SENT]


def test_a_large_body_of_a_stranger_is_answered_before_any_of_it_is_read():
    assert Client(b"x" * 600_000).send()[:4] == ["asked", NOT_EXPECTED, *SENT]


def test_what_a_refused_client_sends_is_dropped_so_that_it_reads_the_answer():
    assert Client(b"x" * 600_000).send()[4:] == ["read", "read"]


def test_a_client_that_asks_before_it_sends_is_not_told_to_go_on():
    assert Client(b"x" * 600_000, expect="100-continue").send() == ["asked", NOT_EXPECTED, *SENT]


@pytest.mark.parametrize("known", [{}, KNOWN])
def test_nobody_sends_more_than_the_limit(known):
    assert Client(content_length=str(MOST_BYTES + 1), expect="100-continue", **known).send() == [TOO_LARGE, *SENT]


@pytest.mark.parametrize("known", [{}, KNOWN])
def test_chunks_are_not_read(known):
    client = Client(content_length="", transfer_encoding="chunked", expect="100-continue", **known)

    assert client.send() == [NO_LENGTH, *SENT]


def test_a_body_for_which_no_memory_is_left_is_not_read():
    assert Client(content_length=str(BUDGET + 1), **KNOWN).send() == ["asked", TOO_MANY, *SENT]


@pytest.mark.parametrize(
    ("method", "path", "thread"),
    [
        ("POST", b"/accounts/login/", "desk-sign-in_0"),
        ("GET", b"/accounts/login/", "desk_0"),
        ("POST", b"/x", "desk_0"),
    ],
)
def test_passwords_are_tried_in_a_thread_of_their_own(method, path, thread):
    client = Client()
    client.scope |= {"method": method, "raw_path": path}

    client.send()

    assert client.thread == thread


def test_refusals_are_answered_in_a_thread_of_their_own():
    client = Client(b"x" * 600_000)

    client.send()

    assert client.thread == "desk-refusals_0"


def test_the_memory_of_a_body_is_free_again_after_its_answer():
    client = Client(b"x" * BUDGET, **KNOWN)

    client.send()

    assert client.desk.budget.left == BUDGET


def test_a_stranger_is_told_nothing_while_the_database_is_away(monkeypatch):
    monkeypatch.setattr(server, "close_old_connections", lambda: None)

    def ask(_environ: dict[str, Any]) -> bool:
        raise OperationalError

    assert may_send_now(ask, {}) is False


def test_django_sees_the_address_as_it_was_sent():
    environ = environ_of(SCOPE)

    assert (environ["PATH_INFO"].encode("latin-1"), environ["QUERY_STRING"]) == ("/café//".encode(), "a=%C3%A9")
    assert (environ["REMOTE_ADDR"], environ["SERVER_PORT"]) == ("192.0.2.7", "8000")


def test_a_header_on_several_lines_is_one_list_and_cookies_are_parted_in_their_own_way():
    lines = [(b"accept", b"a"), (b"accept", b"b"), (b"cookie", b"c=1"), (b"cookie", b"d=2")]

    environ = environ_of(SCOPE | {"headers": lines})

    assert (environ["HTTP_ACCEPT"], environ["HTTP_COOKIE"]) == ("a,b", "c=1; d=2")


def test_a_header_with_an_underscore_stands_for_no_other():
    lines = [(b"x-forwarded-for", b"192.0.2.1"), (b"x_forwarded_for", b"198.51.100.9"), (b"content_length", b"5")]

    environ = environ_of(SCOPE | {"headers": lines})

    assert environ["HTTP_X_FORWARDED_FOR"] == "192.0.2.1"
    assert "CONTENT_LENGTH" not in environ


def test_an_answer_is_closed_where_it_was_made():
    closed = []

    class Answer(list[bytes]):
        def close(self) -> None:
            closed.append(True)

    client = Client()
    client.desk.application = lambda _environ, start: start("200 OK", []) or Answer([b"a"])

    client.send()

    assert closed == [True]
