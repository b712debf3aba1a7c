"""Texts that are stored with a verdict: in the desk's language, because both parties read the same frozen words.

They are asked for many thousand times a night, so each is looked up once.
"""

from datetime import date, datetime
from functools import lru_cache

from django.conf import settings
from django.utils import translation

from bpo.formatting import show_day, show_instant

DESK_LANGUAGE: str = settings.LANGUAGE_CODE


@lru_cache(maxsize=1024)
def desk_gettext(message: str) -> str:
    """Return the message in the desk's language, whatever language is active."""
    with translation.override(DESK_LANGUAGE):
        return translation.gettext(message)


def desk_day(day: date) -> str:
    """Return a day as `show_day` prints it, in the desk's language."""
    return show_day(day, DESK_LANGUAGE)


def desk_instant(at: datetime, zone: str) -> str:
    """Return an instant as `show_instant` prints it, in the desk's language."""
    return show_instant(at, zone, DESK_LANGUAGE)
