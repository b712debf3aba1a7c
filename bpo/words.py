"""Translated words that are asked for many thousand times, such as those of workings: looked up once a language."""

from functools import lru_cache

from django.utils.translation import get_language
from django.utils.translation import gettext as translated


def gettext(message: str) -> str:
    """The message in the language that is active."""
    return _known(message, get_language())


@lru_cache(maxsize=1024)
def _known(message: str, language: str | None) -> str:
    return translated(message)
