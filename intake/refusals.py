"""What was tried and did not come in, remembered by feed, so that silence and refusal can be told apart."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bpo.row_errors import RowError
from intake.addresses import ADDRESS, AddressBook
from intake.models.delays import FeedRefusal

Rows = Sequence[tuple[int | None, Any]]


def refused_feeds(book: AddressBook, rows: Rows, mistakes: Iterable[RowError]) -> dict[int, tuple[int, RowError]]:
    """Feed → how many of its rows are refused, and the first reason."""
    first: dict[int, RowError] = {}
    for mistake in mistakes:
        first.setdefault(mistake.row, mistake)
    found: dict[int, tuple[int, RowError]] = {}
    known: dict[tuple[Any, ...], int] = {}
    for number, mistake in sorted(first.items()):
        raw = rows[number - 1][1]
        # A row that names no feed says so first; of the others one address is one feed.
        if not isinstance(raw, dict) or mistake.field in ADDRESS:
            continue
        address = (raw.get("feed"), raw.get("service_level"), raw.get("contract"))
        feed = known.get(address) or known.setdefault(address, book.find(raw).feed.pk)
        count, reason = found.get(feed, (0, mistake))
        found[feed] = (count + 1, reason)
    return found


def note_refusals(refused: Mapping[int, tuple[int, RowError]], *, now: datetime) -> None:
    """Keep each feed's last refusal; where it undid a transaction, outside that."""
    for feed, (rows, mistake) in refused.items():
        FeedRefusal.objects.update_or_create(
            feed_id=feed,
            defaults={"refused_at": now, "rows": rows, "code": mistake.code, "detail": mistake.detail[:300]},
        )
