"""The last refusal of each feed's rows, which tells a refused report from one that was never sent."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bpo.row_errors import RowError, SubmissionError, refusal_of_rows
from intake.checking import Checked
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


def refusal(
    checked: Checked, errors: Sequence[RowError], feeds: Mapping[int, int], *, is_dry_run: bool
) -> SubmissionError:
    """Return the error that refuses the batch, with the feeds that lose rows by it; a dry run leaves no trace there."""
    error = refusal_of_rows(errors, received=checked.received, in_list=checked.in_list)
    error.refused_feeds = {} if is_dry_run else refused_feeds(errors, feeds)
    return error


def note_refusals(refused: Mapping[int, tuple[int, RowError]], *, now: datetime) -> None:
    """Keep each feed's last refusal; where it undid a transaction, outside that."""
    for feed, (rows, error) in refused.items():
        FeedRefusal.objects.update_or_create(
            feed_id=feed,
            defaults={"refused_at": now, "rows": rows, "code": error.code, "detail": str(error.detail)[:300]},
        )
