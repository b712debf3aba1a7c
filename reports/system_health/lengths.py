"""Lengths of time, for programs and for people."""

from datetime import timedelta

from django.utils.translation import ngettext


def seconds(length: timedelta) -> int:
    return length // timedelta(seconds=1)


def in_words(length: timedelta) -> str:
    """Return a length in one unit, as whole as people say it: "90 seconds", "3 minutes", "26 hours", "5 days"."""
    number = seconds(length)
    if number < 120:
        return ngettext("%(number)s second", "%(number)s seconds", number) % {"number": number}
    number //= 60
    if number < 120:
        return ngettext("%(number)s minute", "%(number)s minutes", number) % {"number": number}
    number //= 60
    if number < 48:
        return ngettext("%(number)s hour", "%(number)s hours", number) % {"number": number}
    return ngettext("%(number)s day", "%(number)s days", number // 24) % {"number": number // 24}
