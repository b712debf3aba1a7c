"""Requests that the file can only describe: broken framing, odd methods, slow and greedy clients."""

import re
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.corpus.cases import fresh_row
from tests.corpus.wire import Answer, drain, exchange, parse, request_bytes

SLOW_SECONDS = 40
RAW_PATIENCE = 35
TARGET = "/api/v1/results?shape=object"


@dataclass(frozen=True)
class Site:
    """Where requests go, and with which keys."""

    address: tuple[str, int]
    limited: tuple[str, int]
    limit: int
    key: str
    fresh_key: Callable[[], str]

    @property
    def host(self) -> str:
        return f"{self.address[0]}:{self.address[1]}"

    def request(
        self,
        *,
        method: str = "POST",
        path: str = TARGET,
        extra: str = "",
        body: bytes | None = None,
        length: str | None = "",
        version: str = "1.1",
        host: bool = True,
    ) -> bytes:
        """A request with a valid row, except for what is said otherwise; `length` None leaves the field out."""
        body = fresh_row().encode() if body is None else body
        lines = [f"{method} {path} HTTP/{version}"] + ([f"Host: {self.host}"] if host else [])
        lines += [f"Authorization: Bearer {self.key}", "Content-Type: application/json"]
        lines += [extra] if extra else []
        lines += [] if length is None else [f"Content-Length: {length or len(body)}"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    def send(self, data: bytes, *, half_close: bool = False) -> Answer:
        return exchange(self.address, data, half_close=half_close, patience=RAW_PATIENCE)


def chunked(*parts: bytes, end: bool = True) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + (b"0\r\n\r\n" if end else b"")


def cut_chunks(site: Site, _found: re.Match[str]) -> Answer:
    row = fresh_row().encode()
    body = chunked(row[:20], row[20:], end=False)
    return site.send(site.request(extra="Transfer-Encoding: chunked", body=body, length=None), half_close=True)


def whole_chunks(site: Site, _found: re.Match[str]) -> Answer:
    body = chunked(fresh_row().encode())
    return site.send(site.request(extra="Transfer-Encoding: chunked", body=body, length=None))


def slow_body(site: Site, _found: re.Match[str]) -> Answer:
    """A byte a second, until the server has had enough."""
    received = bytearray()
    with socket.create_connection(site.address, timeout=SLOW_SECONDS) as connection:
        connection.sendall(site.request(body=b"", length="600"))
        deadline = time.monotonic() + SLOW_SECONDS
        connection.settimeout(1)
        while time.monotonic() < deadline:
            try:
                connection.sendall(b" ")
                data = connection.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                break
            received += data
            break
        drain(connection, received)
    return parse(bytes(received))


def burst(site: Site, extra: tuple[tuple[str, str], ...], times: int) -> Answer:
    """Many requests at once with one key; the last refusal, if no more than the limit got through."""
    headers = (("Authorization", f"Bearer {site.fresh_key()}"), ("Content-Type", "application/json"), *extra)

    def one(_number: int) -> Answer:
        path = f"{TARGET}&dry_run=true"
        return exchange(
            site.limited,
            request_bytes("POST", path, headers, fresh_row().encode(), host=f"127.0.0.1:{site.limited[1]}"),
        )

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(one, range(times)))
    refused = [answer for answer in answers if answer.status == 429]
    passed = [answer for answer in answers if answer.status in (200, 201)]
    if len(passed) > site.limit * 1.05 or len(passed) + len(refused) != times:
        return Answer(0, {}, f"{len(passed)} passed, {len(refused)} refused, of {times}".encode())
    if not refused or "retry-after" not in refused[0].headers:
        return Answer(0, {}, b"no refusal that says when to try again")
    return refused[-1]


def simple(**what: object) -> Callable[[Site, re.Match[str]], Answer]:
    return lambda site, _found: site.send(site.request(**what))


def headers_of(many: int) -> str:
    return "\r\n".join(f"X-Extra-{number}: 1" for number in range(many))


BUILDERS: list[tuple[str, Callable[[Site, re.Match[str]], Answer]]] = [
    (
        r"Content-Length (\d+) too large.*half-closes",
        lambda site, found: site.send(site.request(length=str(len(fresh_row()) + int(found[1]))), half_close=True),
    ),
    (r"Content-Length: -1", simple(length="-1")),
    (r"two different Content-Length", simple(extra="Content-Length: 3")),
    (r"chunked body cut", cut_chunks),
    (r"valid row sent chunked", whole_chunks),
    (r"1 byte per second", slow_body),
    (
        r"^(GET|HEAD|OPTIONS|PUT|PATCH) on",
        lambda site, found: site.send(site.request(method=found[1], path="/api/v1/results?feed=AHT")),
    ),
    (r"^DELETE on", simple(method="DELETE", path="/api/v1/results")),
    (
        r"^(TRACE|CONNECT)",
        lambda site, found: site.send(site.request(method=found[1], path="/api/v1/results", body=b"")),
    ),
    (
        r"X-HTTP-Method-Override: (\w+)",
        lambda site, found: site.send(site.request(extra=f"X-HTTP-Method-Override: {found[1]}")),
    ),
    (
        r"X-Forwarded-For: (\S+) x (\d+)",
        lambda site, found: burst(site, (("X-Forwarded-For", found[1]),), int(found[2])),
    ),
    (r"limit \+ (\d+) requests", lambda site, found: burst(site, (), site.limit + int(found[1]))),
    (
        r"path of ([\d,]+) characters",
        lambda site, found: site.send(site.request(path="/api/v1/" + "a" * int(found[1].replace(",", "")))),
    ),
    (r"(\d+) header fields", lambda site, found: site.send(site.request(extra=headers_of(int(found[1]))))),
    (r"header value with bare LF", simple(extra="X-Note: a\nb")),
    (r"measurements%2f1", simple(path="/api/v1/results%2f1")),
    (r"measurements/1%0a", simple(method="GET", path="/api/v1/results/1%0a", body=b"")),
    (r"^//measurements", simple(method="GET", path="//api/v1/results", body=b"")),
    (r"HTTP/1\.0 without Host", simple(version="1.0", host=False)),
    (r"HTTP/1\.1 without Host|no Host", simple(host=False)),
    (r"Host: (\S+)", lambda site, found: site.send(site.request(host=False, extra=f"Host: {found[1]}"))),
    (
        r"both Content-Length and Transfer-Encoding|Transfer-Encoding and Content-Length",
        simple(extra="Transfer-Encoding: chunked"),
    ),
    (r"no Content-Length", simple(length=None)),
    (r"Content-Length.* too small|shorter Content-Length", simple(length="10")),
    (r"Expect: 100-continue", simple(extra="Expect: 100-continue")),
]


def raw_answer(description: str, site: Site) -> Answer:
    """Build what the description says, send it, and give the answer."""
    for pattern, build in BUILDERS:
        if found := re.search(pattern, description):
            return build(site, found)
    return Answer(0, {}, f"the runner cannot build this: {description}".encode())
