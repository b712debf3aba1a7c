"""Texts that are stored with a verdict: in the desk's language, because both parties read the same frozen words.

They are asked for many thousand times a night, so each is looked up once.
"""

from functools import lru_cache, partial

from django.conf import settings
from django.utils import translation

from bpo.formatting import show_day, show_instant

DESK_LANGUAGE: str = settings.LANGUAGE_CODE
desk_day = partial(show_day, language=DESK_LANGUAGE)
desk_instant = partial(show_instant, language=DESK_LANGUAGE)


@lru_cache(maxsize=1024)
def desk_gettext(message: str) -> str:
    """Return the message in the desk's language, whatever language is active."""
    with translation.override(DESK_LANGUAGE):
        return translation.gettext(message)
