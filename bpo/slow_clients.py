"""Reads a request's body before Django handles it, so that a slow client occupies nothing but a waiting thread.

Django works in a few threads, which hold the database connections. The web server has many more, cheap ones: each reads
one request to its end and then hands it on. They read in small steps while little comes, and give up between two steps:
a read that is under way cannot be left, because the server would wait for it with the whole process standing still.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from wsgiref.types import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

from django.core.exceptions import RequestDataTooBig

MOST_BYTES, MOST_DIGITS = 12 * 1024 * 1024, 18
# More than a slow but honest connection needs.
SECONDS = 25
FIRST_STEP, LARGEST_STEP = 16, 1024 * 1024
PROMPT_SECONDS = 0.02
TOO_SLOW, CUT_SHORT = "too_slow", "incomplete_body"
BODY, FAULT = "wsgi.input", "desk.body_fault"


class TooLarge:
    """Stands for a body that is too large to be read."""

    def read(self, *_sizes: int) -> bytes:
        raise RequestDataTooBig(f"The request has more than {MOST_BYTES} bytes.")

    readline = read


class BufferedApplication:
    """Runs an application in a few threads, on requests whose bodies have arrived."""

    def __init__(self, application: WSGIApplication, *, threads: int) -> None:
        self.application = application
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="desk")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        buffer_body(environ)
        return self.pool.submit(self._answer, environ, start_response).result()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        response = self.application(environ, start_response)
        try:
            return [b"".join(response)]
        finally:
            if hasattr(response, "close"):
                response.close()


def buffer_body(environ: WSGIEnvironment) -> None:
    """Put the whole body into `environ`, or the reason why it is incomplete."""
    length = _length(environ)
    if length > MOST_BYTES:
        environ[BODY] = TooLarge()
    elif length:
        body, is_late = _read(environ[BODY], length)
        environ[BODY] = BytesIO(body)
        if len(body) < length:
            environ[FAULT] = TOO_SLOW if is_late else CUT_SHORT


def _read(source: InputStream, length: int) -> tuple[bytes, bool]:
    """Return the bytes that came, and whether the time ran out."""
    body, step, ends_at = bytearray(), FIRST_STEP, time.monotonic() + SECONDS
    while len(body) < length:
        began = time.monotonic()
        if began > ends_at:
            return bytes(body), True
        try:
            part = source.read(min(step, length - len(body)))
        except OSError:
            part = b""
        if not part:
            break
        body += part
        is_prompt = time.monotonic() - began < PROMPT_SECONDS
        step = min(step * 4, LARGEST_STEP) if is_prompt else 1
    return bytes(body), False


def _length(environ: WSGIEnvironment) -> int:
    """Return the length that the request states; 0 where it states none, or something invalid, or sends chunks."""
    text = environ.get("CONTENT_LENGTH") or ""
    if not (text.isascii() and text.isdigit()):
        return 0
    digits = text.lstrip("0")
    # Never 0 for more than can be counted: the application would then read the sender's body itself.
    return int(digits or "0") if len(digits) < MOST_DIGITS else MOST_BYTES + 1
