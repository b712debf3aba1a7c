"""Stored rows as intake reads and replaces them, in sets."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar

from django.db.models import Max

from bpo.bulk import insert_many
from contracts.models.service_levels import TOTALS, Feed
from intake.kinds import CONTENT
from metrics.models.results import NIL, RESULT_TABLES, Batch, SupersededResult, kind_of_key

Item = TypeVar("Item")
KEYS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row as it stands in its table."""

    pk: int
    key: str
    revision: int
    batch_id: int
    content: Mapping[str, Any]


def stored_rows(feed: Feed, kind: str, keys: Iterable[str]) -> dict[str, StoredRow]:
    table, names = RESULT_TABLES[kind], CONTENT[kind]
    stored: dict[str, StoredRow] = {}
    for chunk in chunks(keys):
        rows = table.objects.filter(feed=feed, key__in=chunk).order_by()
        for pk, key, revision, batch_id, *content in rows.values_list("pk", "key", "revision", "batch_id", *names):
            stored[key] = StoredRow(pk, key, revision, batch_id, dict(zip(names, content, strict=True)))
    return stored


def last_revisions(feed: Feed, keys: Iterable[str]) -> dict[str, int]:
    """Return the last revision of each row that once was there and was taken back."""
    revisions: dict[str, int] = {}
    if SupersededResult.objects.filter(feed=feed).exists():
        for chunk in chunks(keys):
            past = SupersededResult.objects.filter(feed=feed, key__in=chunk).order_by()
            revisions |= dict(past.values("key").annotate(last=Max("revision")).values_list("key", "last"))
    return revisions


def supersede(feed: Feed, kind: str, rows: Iterable[tuple[StoredRow, str]], batch: Batch) -> None:
    """Keep rows as they were, in full, with why they are superseded, and remove them from their table."""
    replaced = list(rows)
    insert_many(
        SupersededResult,
        ("feed", "key", "revision", "content", "batch", "superseded_by", "superseded_at", "reason"),
        (
            (
                feed.pk,
                stored.key,
                stored.revision,
                as_text(stored.content),
                stored.batch_id,
                batch.pk,
                batch.received_at,
                reason,
            )
            for stored, reason in replaced
        ),
    )
    for chunk in chunks(stored.pk for stored, _reason in replaced):
        RESULT_TABLES[kind].objects.filter(pk__in=chunk).delete()


def as_text(content: Mapping[str, object]) -> dict[str, Any]:
    """Return content by column, numbers and moments as text, without what is empty."""
    return {name: plain(value) for name, value in content.items() if value not in (None, "", [])}


def plain(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def row_naming(feed: Feed, key: str) -> dict[str, object]:
    """Return the cells that name a stored result in a row that is sent."""
    row = {"contract": feed.contract.public_id, "feed": feed.code}
    span, _bar, split = key.partition("|")
    if kind_of_key(feed, key) == NIL:
        return row | {"nothing": True} | dict(zip(("from", "to"), span.split()[1:], strict=True))
    if (feed.kind, feed.schedule) not in TOTALS:
        return row | {"external_id": key}
    return row | {"date" if feed.schedule == Feed.Schedule.DAILY else "period": span, "split": split}


def chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while chunk := list(islice(rest, KEYS_AT_ONCE)):
        yield chunk
