"""What the hashes of the chains are made of: the content of each row as text that is the same on every database."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from django.apps import apps
from django.db.models import Model, QuerySet

from bpo.kept_tables import BY_KIND, KeptTable
from bpo.models import User
from contracts.models.service_levels import Feed
from intake.kinds import CONTENT
from intake.tables import as_text
from metrics.models.results import RESULT_TABLES, SupersededResult
from record.row_digests import RowDigests

BATCH = "batch"
# An erasure replaces the pseudonym of a customer, and names of people in the audit trail.
PSEUDONYM, OF_PERSON = "customer", ("name", "email")
Key = tuple[str, int]
ROWS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Content:
    """The digest of a row, and the contracts in whose chains it is linked; None is the installation."""

    digest: str
    contracts: tuple[int | None, ...]


def read_contents(keys: Iterable[Key]) -> dict[Key, Content]:
    """Return the contents of those rows, by kind and primary key, that are there."""
    wanted: dict[str, list[int]] = defaultdict(list)
    for kind, pk in keys:
        if kind in BY_KIND:
            wanted[kind].append(pk)
    contents: dict[Key, Content] = {}
    for kind, pks in wanted.items():
        read = _read_batches if kind == BATCH else _read_rows
        contents |= {(kind, pk): content for pk, content in read(BY_KIND[kind], pks)}
    return contents


def read_readable(keys: Sequence[Key]) -> dict[Key, Content]:
    """Return the contents of those rows that are there and can be read; damaged ones are left out."""
    try:
        return read_contents(keys)
    except (ValueError, TypeError, ArithmeticError, LookupError):
        if len(keys) == 1:
            return {}
        middle = len(keys) // 2
        return read_readable(keys[:middle]) | read_readable(keys[middle:])


def _read_rows(kept: KeptTable, pks: Collection[int]) -> Iterator[tuple[int, Content]]:
    names = kept.covered
    rows = kept.model._base_manager.filter(pk__in=pks).order_by()
    for pk, contract, *values in rows.values_list("pk", kept.contract or "pk", *names):
        content = digest(covered_values(kept, dict(zip(names, values, strict=True))))
        yield pk, Content(content, (contract if kept.contract else None,))


def _read_batches(kept: KeptTable, pks: Collection[int]) -> Iterator[tuple[int, Content]]:
    """Batches, with the digest of all rows that they brought."""
    stored, names = results_of(pks), kept.covered
    feeds = set().union(*(rows.feeds for rows in stored.values()))
    contract_of = dict(Feed._base_manager.filter(pk__in=feeds).values_list("pk", "contract"))
    batches = kept.model._base_manager.filter(pk__in=pks).order_by()
    for pk, *values in batches.values_list("pk", *names):
        rows = stored[pk]
        columns = covered_values(kept, dict(zip(names, values, strict=True)))
        contracts = sorted({contract_of[feed] for feed in rows.feeds if feed in contract_of})
        yield pk, Content(digest(columns | {"rows": rows.digest()}), tuple(contracts) or (None,))


def results_of(batches: Collection[int]) -> dict[int, RowDigests]:
    """Return, by batch, the digests of all results that it brought, in force or superseded since.

    Those in force are read first: one that is superseded meanwhile is then there twice, and counts once.
    """
    found: dict[int, RowDigests] = defaultdict(RowDigests)
    for kind, table in RESULT_TABLES.items():
        names = CONTENT[kind]
        rows = table._base_manager.filter(batch__in=batches).order_by()
        for batch, feed, key, revision, *values in _read(rows, "batch", "feed", "key", "revision", *names):
            content = as_text(dict(zip(names, values, strict=True)))
            found[batch].add(feed, digest_of_result(feed, key, revision, content))
    past = SupersededResult._base_manager.filter(batch__in=batches).order_by()
    for batch, feed, key, revision, content in _read(past, "batch", "feed", "key", "revision", "content"):
        found[batch].add(feed, digest_of_result(feed, key, revision, content))
    return found


def _read(rows: QuerySet[Model], *names: str) -> Iterator[tuple[Any, ...]]:
    """Give rows some at a time: one batch may have a million."""
    return rows.values_list(*names).iterator(chunk_size=ROWS_AT_ONCE)


def digest_of_result(feed: int, key: str, revision: int, content: Mapping[str, object]) -> str:
    return digest([feed, key, revision, {name: value for name, value in content.items() if name != PSEUDONYM}])


def covered_values(kept: KeptTable, values: Mapping[str, object]) -> dict[str, object]:
    """Return what is hashed of a row: its columns by name, without those of later versions that say nothing."""
    content = {
        name: plain(value) for name, value in values.items() if name not in kept.added or kept.added[name] != value
    }
    if (thing_type := content.get("thing_type")) and isinstance(changes := content["changes"], dict):
        content["changes"] = _without_names(str(thing_type), changes)
    if isinstance(result := content.get("content"), dict):
        content["content"] = {name: value for name, value in result.items() if name != PSEUDONYM}
    return content


def _without_names(thing_type: str, changes: Mapping[str, Sequence[object]]) -> dict[str, object]:
    """Return changes without the names of people: of those that a column leads to, the primary key is left."""
    if thing_type == "bpo.user":
        return {name: None if name in OF_PERSON else pair for name, pair in changes.items()}
    people = columns_of_people(thing_type)
    return {name: [_key_of(value) for value in pair] if name in people else pair for name, pair in changes.items()}


@cache
def columns_of_people(thing_type: str) -> frozenset[str]:
    """Return the columns of a model that lead to a person; none of a model that is no more."""
    try:
        fields = apps.get_model(thing_type)._meta.concrete_fields
    except LookupError:
        return frozenset()
    return frozenset(field.name for field in fields if field.related_model is User)


def _key_of(person: object) -> object:
    return person.partition(" ")[0] if isinstance(person, str) else person


def plain(value: object) -> object:
    """Return a value of a column as JSON has it: moments in UTC, decimals as text without an exponent."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def digest(content: object) -> str:
    """Return the SHA-256 of JSON with sorted names and without blanks, in UTF-8."""
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def head_after(head: str, chain: str, position: int, key: Key, content: str) -> str:
    """Return the hash of a link: of the one before it, its place, what is linked, and its content."""
    kind, pk = key
    return hashlib.sha256(f"{head}\n{chain}\n{position}\n{kind}\n{pk}\n{content}".encode()).hexdigest()
