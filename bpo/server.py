"""The desk as an ASGI application: the event loop reads bodies, a few threads with database connections do the work.

What is refused without its body is answered before any of it is read, so that a client that asks first (`Expect:
100-continue`) never sends it: the server says *continue* when the body is first asked for.
"""

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from io import BytesIO
from typing import TypeVar
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication, WSGIEnvironment

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope
from django.db import close_old_connections
from django.db.utils import Error as DatabaseError

from bpo.bodies import (
    BODY,
    FAULT,
    FILES_AT_ONCE,
    FROM_ANYBODY,
    IN_MEMORY,
    MOST_BYTES,
    NO_LENGTH,
    NOT_EXPECTED,
    TOO_LARGE,
    TOO_MANY,
    BodyBudget,
    UnreadBody,
    drain,
    read_body,
    stated_length,
)

# Where passwords are tried: each try takes 100 MB and every core for a moment.
SIGN_IN = "/accounts/"
# Refused clients at once that may go on sending for a while, so that they read why.
DRAINS = 8
# Status, headers and body.
Result = TypeVar("Result")
Answer = tuple[int, list[tuple[str, str]], bytes]


class Desk:
    """Runs a WSGI application in `threads` threads, on requests whose bodies have arrived or were refused.

    `may_send` says, from a request without its body, whether the sender of a large one is known and expected. This is
    asked, and refusals are answered, in one more thread, and sign-ins in another one, so that a flood of them stands in
    nobody's way.
    """

    def __init__(
        self,
        application: WSGIApplication,
        *,
        threads: int,
        body_bytes: int,
        may_send: Callable[[WSGIEnvironment], bool],
    ) -> None:
        self.application = application
        self.may_send = may_send
        self.workers = ThreadPoolExecutor(threads, thread_name_prefix="desk")
        self.doorkeeper = ThreadPoolExecutor(1, thread_name_prefix="desk-refusals")
        self.sign_in = ThreadPoolExecutor(1, thread_name_prefix="desk-sign-in")
        self.budget = BodyBudget(body_bytes)
        self.disk = BodyBudget(FILES_AT_ONCE * MOST_BYTES)
        self.drains = BodyBudget(DRAINS)

    async def __call__(self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        environ = environ_of(scope)
        length = stated_length(environ)
        if fault := await self._refusal(environ, length):
            await self._answer(self.doorkeeper, environ, UnreadBody(), fault, send)
            with self.drains.share(1) as is_taken:
                # One that asked first sends nothing after the answer.
                if is_taken and "HTTP_EXPECT" not in environ:
                    await drain(receive)
            return
        is_sign_in = scope["method"] == "POST" and environ["PATH_INFO"].startswith(SIGN_IN)
        budget = self.budget if length <= IN_MEMORY else self.disk
        with budget.share(length) as is_taken:
            body, fault = await read_body(receive, length) if is_taken else (UnreadBody(), TOO_MANY)
            with closing(body):
                await self._answer(self.sign_in if is_sign_in else self.workers, environ, body, fault, send)

    async def _refusal(self, environ: WSGIEnvironment, length: int) -> str:
        """Return the reason not to read the body; empty where there is none."""
        if length > MOST_BYTES:
            return TOO_LARGE
        if "HTTP_TRANSFER_ENCODING" in environ:
            return NO_LENGTH
        if length <= FROM_ANYBODY or await in_thread(self.doorkeeper, partial(may_send_now, self.may_send, environ)):
            return ""
        return NOT_EXPECTED

    async def _answer(
        self, pool: ThreadPoolExecutor, environ: WSGIEnvironment, body: object, fault: str, send: ASGISendCallable
    ) -> None:
        call = partial(answer_of, self.application, environ | {BODY: body, FAULT: fault})
        status, headers, content = await in_thread(pool, call)
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": raw, "trailers": False})
        await send({"type": "http.response.body", "body": content, "more_body": False})


async def in_thread(pool: ThreadPoolExecutor, call: Callable[[], Result]) -> Result:
    return await asyncio.get_running_loop().run_in_executor(pool, call)


def may_send_now(may_send: Callable[[WSGIEnvironment], bool], environ: WSGIEnvironment) -> bool:
    """Ask `may_send`; while the database is away the answer is no, and the view says why."""
    close_old_connections()
    try:
        return may_send(environ)
    except DatabaseError:
        return False


def answer_of(application: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Run the application to the end of its answer."""
    begun: list[tuple[int, list[tuple[str, str]]]] = []
    response = application(environ, lambda status, headers, *_: begun.append((int(status[:3]), headers)))  # type: ignore[arg-type]
    try:
        content = b"".join(response)
    finally:
        if hasattr(response, "close"):
            response.close()
    return *begun[-1], content


def environ_of(scope: HTTPScope) -> WSGIEnvironment:
    """Return the request as WSGI has it.

    Headers with an underscore are left out: they would stand in the place of those with a hyphen, which proxies watch.
    """
    (server, port), (client, _port) = scope["server"] or ("", 0), scope["client"] or ("", 0)
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server,
        "SERVER_PORT": str(port),
        "REMOTE_ADDR": client,
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        BODY: BytesIO(),
    }
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").upper(), raw_value.decode("latin-1")
        if "_" in name:
            continue
        key = name.replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        # The same header on several lines is one list; cookies are parted in their own way.
        environ[key] = f"{environ[key]}{'; ' if name == 'COOKIE' else ','}{value}" if key in environ else value
    return environ
