"""Bodies of requests: how much of them is read, from whom, for how long, and how much memory all of them may take.

They arrive in the event loop, where a client that is slow or silent costs a few kilobytes and no thread.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO, NoReturn
from wsgiref.types import WSGIEnvironment

from asgiref.typing import ASGIReceiveCallable
from django.core.exceptions import RequestDataTooBig

# A file of a vendor with the form around it, where files are taken; what is longer than the second lies on the disk.
MOST_BYTES, IN_MEMORY, MOST_DIGITS = 100 * 1024 * 1024, 12 * 1024 * 1024, 18
FILES_AT_ONCE = 4
# What anybody may send, such as the form to sign in; more is read only from those whom the desk knows.
FROM_ANYBODY = 64 * 1024
# More than a slow but honest connection needs: so long for what is held in memory, and for a file so fast.
SECONDS, BYTES_A_SECOND = 25, 500_000
DRAIN_SECONDS = 5
BODY, FAULT = "wsgi.input", "desk.body_fault"
TOO_SLOW, CUT_SHORT, TOO_MANY = "too_slow", "incomplete_body", "too_many_bodies"
TOO_LARGE, NO_LENGTH, NOT_EXPECTED = "too_large", "length_required", "not_expected"


class UnreadBody:
    """Stands for a body that was left unread."""

    def read(self, *_sizes: int) -> NoReturn:
        raise RequestDataTooBig("The body was not read.")

    readline = read

    def close(self) -> None:
        pass


class BodyBudget:
    """Memory, or room on the disk, for the bodies of one process; each takes its stated length before it is read."""

    def __init__(self, most: int) -> None:
        self.left = most

    @contextmanager
    def share(self, length: int) -> Iterator[bool]:
        """Take the length until the block ends; False, and nothing is taken, where not so much is left."""
        is_taken = length <= self.left
        self.left -= length if is_taken else 0
        try:
            yield is_taken
        finally:
            self.left += length if is_taken else 0


async def read_body(receive: ASGIReceiveCallable, length: int) -> tuple[IO[bytes], str]:
    """Return what came of a body of that length, and the fault where it did not come whole; a long one on the disk."""
    is_file = length > IN_MEMORY
    body: IO[bytes] = TemporaryFile() if is_file else BytesIO()  # noqa: SIM115 - the caller closes it
    left, fault = length, CUT_SHORT
    try:
        async with asyncio.timeout(SECONDS + (length // BYTES_A_SECOND if is_file else 0)):
            while left:
                message = await receive()
                if message["type"] != "http.request":
                    break
                left -= body.write(message["body"])
                if not message["more_body"]:
                    break
    except TimeoutError:
        fault = TOO_SLOW
    except OSError:
        fault = TOO_MANY
    body.seek(0)
    return body, fault if left else ""


async def drain(receive: ASGIReceiveCallable) -> None:
    """Take in and drop what a refused client still sends, so that it reads the answer."""
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while (message := await receive())["type"] == "http.request" and message["more_body"]:
                pass


def stated_length(environ: WSGIEnvironment) -> int:
    """Return the length that the request states; 0 where it states none or something invalid."""
    text = environ.get("CONTENT_LENGTH") or ""
    if not (text.isascii() and text.isdigit()):
        return 0
    digits = text.lstrip("0")
    # Never 0 for more than can be counted.
    return int(digits or "0") if len(digits) < MOST_DIGITS else MOST_BYTES + 1
