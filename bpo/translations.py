"""Translated words that are asked for many thousand times, such as those of workings: looked up once a language."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

from django.utils.translation import get_language
from django.utils.translation import gettext as translated

UNASKED = "?"
_spoken: ContextVar[str | None] = ContextVar("spoken", default=UNASKED)


@contextmanager
def one_language() -> Iterator[None]:
    """Everything said inside is in the language that is active now, which is asked for only once."""
    token = _spoken.set(get_language())
    try:
        yield
    finally:
        _spoken.reset(token)


def language() -> str | None:
    """The language that is active."""
    spoken = _spoken.get()
    return get_language() if spoken == UNASKED else spoken


def gettext(message: str) -> str:
    """The message in the language that is active."""
    return _known(message, language())


@lru_cache(maxsize=1024)
def _known(message: str, language: str | None) -> str:
    return translated(message)
