"""How candidates meet their table: what is there already, what is new, what changed; read and written in sets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import Max

from bpo.bulk import insert_many
from contracts.models.service_levels import Feed
from intake.rows import Candidate
from metrics.models.results import RESULT_TABLES, Batch, SupersededResult

KEYS_AT_ONCE = 500
# What a column holds where the row says nothing; everything else is NULL then.
EMPTY: Mapping[str, Any] = {
    "split": "",
    "queue": "",
    "customer": "",
    "priority": "",
    "group": "",
    "service": "",
    "planned": False,
    "pauses": [],
}
NOT_CONTENT = frozenset({"id", "feed", "key", "batch", "revision"})
CONTENT: dict[str, tuple[str, ...]] = {
    kind: tuple(field.name for field in table._meta.concrete_fields if field.name not in NOT_CONTENT)
    for kind, table in RESULT_TABLES.items()
}


@dataclass(frozen=True, slots=True)
class Stored:
    """A row as it stands in its table."""

    pk: int
    key: str
    revision: int
    batch_id: int
    content: tuple[Any, ...]


def content_of(candidate: Candidate) -> tuple[Any, ...]:
    """A candidate's values in the order of its table's columns."""
    columns = candidate.columns
    return tuple(
        EMPTY.get(name) if (value := columns.get(name)) is None else value
        for name in CONTENT[candidate.rules.feed.kind]
    )


def stored_rows(feed: Feed, keys: Iterable[str]) -> dict[str, Stored]:
    """The rows of a feed that have these keys."""
    table, names = RESULT_TABLES[feed.kind], CONTENT[feed.kind]
    found: dict[str, Stored] = {}
    for chunk in chunks(keys):
        rows = table.objects.filter(feed=feed, key__in=chunk).order_by()
        for pk, key, revision, batch_id, *content in rows.values_list("pk", "key", "revision", "batch_id", *names):
            found[key] = Stored(pk, key, revision, batch_id, tuple(content))
    return found


def last_revisions(feed: Feed, keys: Iterable[str]) -> dict[str, int]:
    """The last revision of rows that once were there and were taken back."""
    found: dict[str, int] = {}
    if SupersededResult.objects.filter(feed=feed).exists():
        for chunk in chunks(keys):
            past = SupersededResult.objects.filter(feed=feed, key__in=chunk).order_by()
            found |= dict(past.values("key").annotate(last=Max("revision")).values_list("key", "last"))
    return found


def insert_rows(feed: Feed, rows: Iterable[tuple[str, int, Sequence[Any]]], batch: Batch) -> None:
    """Add new rows: key, revision and content of each."""
    insert_many(
        RESULT_TABLES[feed.kind],
        ("feed", "batch", "key", "revision", *CONTENT[feed.kind]),
        ((feed.pk, batch.pk, key, revision, *content) for key, revision, content in rows),
    )


def keep_past(feed: Feed, rows: Iterable[tuple[Stored, str]], batch: Batch, now: datetime) -> None:
    """Keep rows as they were, in full, with why they are superseded."""
    insert_many(
        SupersededResult,
        ("feed", "key", "revision", "content", "batch", "superseded_by", "superseded_at", "reason"),
        (
            (
                feed.pk,
                stored.key,
                stored.revision,
                as_text(feed.kind, stored.content),
                stored.batch_id,
                batch.pk,
                now,
                reason,
            )
            for stored, reason in rows
        ),
    )


def remove_rows(feed: Feed, rows: Iterable[Stored]) -> None:
    """Take rows out of the table of what holds now; their past is kept."""
    for chunk in chunks(stored.pk for stored in rows):
        RESULT_TABLES[feed.kind].objects.filter(pk__in=chunk).delete()


def as_text(kind: str, content: Sequence[Any]) -> dict[str, Any]:
    """Content by column, numbers and moments as text, without what is empty."""
    named = zip(CONTENT[kind], content, strict=True)
    return {name: plain(value) for name, value in named if value not in (None, "", [])}


def plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(items)
    while chunk := list(islice(rest, KEYS_AT_ONCE)):
        yield chunk
