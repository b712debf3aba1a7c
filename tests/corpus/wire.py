"""HTTP/1.1 by hand: what is sent is exactly what a case says, and every answer is read to its end."""

import json
import select
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

PATIENCE = 60
CHUNK = 65536


@dataclass(frozen=True)
class Answer:
    """A response, or what came of one; status 0 where the connection ended without any."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def codes(self) -> set[str]:
        """All codes in a problem."""
        told = self.json()
        if not isinstance(told, dict):
            return set()
        errors = told.get("errors")
        listed = (
            {error.get("code") for error in errors if isinstance(error, dict)} if isinstance(errors, list) else set()
        )
        return {told.get("code")} | listed

    def __str__(self) -> str:
        return f"{self.status} {self.body[:300].decode(errors='replace')}"


def request_bytes(
    method: str, path: str, headers: Iterable[tuple[str, str]], body: bytes, *, host: str, length: bool = True
) -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def exchange(address: tuple[str, int], data: bytes, *, half_close: bool = False, patience: float = PATIENCE) -> Answer:
    """Send, reading whatever comes meanwhile: a server may answer before it has read everything."""
    received = bytearray()
    with socket.create_connection(address, timeout=patience) as connection:
        view = memoryview(data)
        try:
            while view:
                readable, writable, _ = select.select([connection], [connection], [], patience)
                if readable and not _receive(connection, received):
                    break
                if writable:
                    view = view[connection.send(view[:CHUNK]) :]
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        drain(connection, received, has_body=not data.startswith(b"HEAD "))
    return parse(bytes(received))


def drain(connection: socket.socket, received: bytearray, *, has_body: bool = True) -> None:
    """Read until the other side is done."""
    try:
        while not _is_whole(received, has_body) and _receive(connection, received):
            pass
    except OSError:
        pass


def _receive(connection: socket.socket, received: bytearray) -> bool:
    data = connection.recv(CHUNK)
    received += data
    return bool(data)


def _is_whole(received: bytearray, has_body: bool) -> bool:
    head, gap, body = bytes(received).partition(b"\r\n\r\n")
    if gap and head.startswith(b"HTTP/1.1 100"):
        head, gap, body = body.partition(b"\r\n\r\n")
    if not gap or not has_body:
        return bool(gap)
    length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b"")
    if length:
        return len(body) >= int(length.split(b":")[1])
    return b"chunked" in head.lower() and body.endswith(b"0\r\n\r\n")


def parse(data: bytes) -> Answer:
    """The first response in what was received."""
    head, _gap, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) < 2 or not words[1].isdigit():
        return Answer(0, {}, data)
    headers = {name.strip().lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines)}
    if words[1] == "100":
        return parse(body)
    return Answer(int(words[1]), headers, body)
