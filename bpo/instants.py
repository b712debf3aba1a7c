"""Instants as the database stores them, and their local days."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.db import connection


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """Return the day in a zone; where the zone's clock would leave the calendar, the day in UTC."""
    try:
        return at.astimezone(zone).date()
    except OverflowError:
        return at.date()


def utc(stored: str) -> datetime:
    """Return the instant that a column of instants stores."""
    at = datetime.fromisoformat(stored)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def stored_instants(texts: Sequence[str]) -> Sequence[str]:
    """Return instants in UTC, given in ISO form, as the database stores them; the texts sort as the instants do."""
    if connection.vendor == "sqlite":
        return [f"{text[:10]} {text[11:-6]}" for text in texts]
    return texts
