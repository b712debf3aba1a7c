"""A mail server that fails where it is told to."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

HANG_UP = "hang up"
SILENCE = "silence"
USUAL = {
    "banner": "220 ready",
    "ehlo": "250-ok\r\n250 AUTH PLAIN",
    "auth": "235 ok",
    "mail": "250 ok",
    "rcpt": "250 ok",
    "data": "354 go",
    "text": "250 ok",
}


class Fault(Exception):
    """The conversation ends here."""


class Conversation(socketserver.StreamRequestHandler):
    """One session, stage by stage, with the answers that the server was given."""

    def handle(self) -> None:
        try:
            if self.server.on_connect:
                self.server.on_connect()
            self.answer("banner")
            while line := self.rfile.readline().decode().strip():
                verb = line.split(" ")[0].lower()
                if verb in USUAL:
                    self.server.seen.append(verb)
                    self.answer(verb)
                    if verb == "data" and self.server.answer_for("data").startswith("354"):
                        self.take_text()
                else:
                    self.say("221 bye" if verb == "quit" else "250 ok")
        except (Fault, OSError):
            return

    def take_text(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        self.server.texts.append(b"".join(lines))
        if self.server.on_text:
            self.server.on_text()
        self.answer("text")

    def answer(self, stage: str) -> None:
        reply = self.server.answer_for(stage)
        if reply == HANG_UP:
            raise Fault
        if reply == SILENCE:
            self.server.released.wait(10)
            raise Fault
        self.say(reply)

    def say(self, reply: str) -> None:
        self.wfile.write(reply.encode() + b"\r\n")


class FaultyServer(socketserver.ThreadingTCPServer):
    """Listens on a port of its own; `answers` differ from the usual ones, `texts` is what it took."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.answers: dict[str, str] = {}
        self.texts: list[bytes] = []
        self.seen: list[str] = []
        self.on_connect: Any = None
        self.on_text: Any = None
        self.released = threading.Event()

    def answer_for(self, stage: str) -> str:
        return self.answers.get(stage, USUAL[stage])


@pytest.fixture
def server(settings: Any) -> Iterator[FaultyServer]:
    """A server that the desk sends to for the length of the test."""
    with faulty_server() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = running.server_address
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_TIMEOUT = 0.3
        yield running


@contextmanager
def faulty_server() -> Iterator[FaultyServer]:
    with FaultyServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.released.set()
            server.shutdown()
            thread.join()
