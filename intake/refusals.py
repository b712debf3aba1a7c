"""The last refusal of each feed's rows, which tells a refused report from one that was never sent."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from bpo.row_errors import RowError
from intake.models.delays import FeedRefusal


def refused_feeds(errors: Iterable[RowError], feeds: Mapping[int, int]) -> dict[int, tuple[int, RowError]]:
    """Return for each feed how many of its rows are refused, and the first error, of errors in the order of the rows.

    `feeds` gives each row's feed.
    """
    refused: dict[int, tuple[int, RowError]] = {}
    last = 0
    for error in errors:
        if error.row != last and error.row in feeds:
            count, first = refused.get(feeds[error.row], (0, error))
            refused[feeds[error.row]] = count + 1, first
        last = error.row
    return refused


def note_refusals(refused: Mapping[int, tuple[int, RowError]], *, now: datetime) -> None:
    """Keep each feed's last refusal; where it undid a transaction, outside that."""
    for feed, (rows, error) in refused.items():
        FeedRefusal.objects.update_or_create(
            feed_id=feed,
            defaults={"refused_at": now, "rows": rows, "code": error.code, "detail": str(error.detail)[:300]},
        )
