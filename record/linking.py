"""Links rows into their chains, in the order in which they were committed.

A trigger of each kept table writes what is to be linked in the transaction of the row (`Unlinked`), so that nothing is
missed however late it commits, and nobody who writes waits. One worker at a time links.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Model, QuerySet

from bpo.kept_tables import KEPT_TABLES
from contracts.models.agreements import Contract
from metrics.models.results import Batch
from record.contents import BATCH, Content, Key, head_after, read_contents
from record.models import INSTALLATION, Chain, Link, Unlinked

Row = TypeVar("Row", Link, Unlinked)
ROWS_AT_ONCE = 1_000
# Of batches so many that their results are no more than this.
RESULTS_AT_ONCE = 20_000
SWEPT_AT_ONCE = 100_000
SWEEP = """
    INSERT INTO record_unlinked (kind, row_id, since)
    SELECT %s, kept.id, %s FROM {table} kept WHERE kept.id > %s AND kept.id <= %s {condition}
        AND NOT EXISTS (SELECT 1 FROM record_link WHERE kind = %s AND row_id = kept.id)
        AND NOT EXISTS (SELECT 1 FROM record_unlinked WHERE kind = %s AND row_id = kept.id)
    ORDER BY kept.id
"""


def link_next(now: datetime) -> int:
    """Link the next rows that wait; return how many of those that wait were settled."""
    waiting = choose(list(Unlinked.objects.order_by("pk")[:ROWS_AT_ONCE]))
    if not waiting:
        return 0
    contents = read_contents({(row.kind, row.row_id) for row in waiting})
    with transaction.atomic():
        # Whoever has this row links; another worker waits here and finds nothing left.
        installation, _new = Chain.objects.get_or_create(name=INSTALLATION)
        Chain.objects.select_for_update().get(pk=installation.pk)
        left = set(Unlinked.objects.filter(pk__in=[row.pk for row in waiting]).values_list("pk", flat=True))
        keys = dict.fromkeys((row.kind, row.row_id) for row in waiting if row.pk in left)
        append([(key, contents[key]) for key in keys if key in contents], now=now)
        Unlinked.objects.filter(pk__in=left).delete()
    return len(waiting)


def choose(rows: Sequence[Row]) -> Sequence[Row]:
    """Return the first of some rows: so many that the results of their batches fit into memory."""
    batches = [row.row_id for row in rows if row.kind == BATCH]
    sizes = dict(Batch.objects.filter(pk__in=batches).values_list("pk", "rows_received"))
    results = 0
    for number, row in enumerate(rows):
        results += sizes.get(row.row_id, 0) if row.kind == BATCH else 0
        if number and results > RESULTS_AT_ONCE:
            return rows[:number]
    return rows


def append(rows: Sequence[tuple[Key, Content]], *, now: datetime) -> None:
    """Add links for rows to the ends of their chains; one that is linked already stays where it is."""
    linked = already_linked(key for key, _content in rows)
    chains = chains_of({contract for _key, content in rows for contract in content.contracts})
    links = []
    for key, content in rows:
        for contract in content.contracts:
            chain = chains[contract]
            if (*key, chain.pk) in linked:
                continue
            chain.length, chain.linked_at = chain.length + 1, now
            chain.head = head_after(chain.head, chain.name, chain.length, key, content.digest)
            kind, pk = key
            links.append(Link(chain=chain, position=chain.length, kind=kind, row_id=pk, head=chain.head))
    Link.objects.bulk_create(links, batch_size=ROWS_AT_ONCE)
    Chain.objects.bulk_update(chains.values(), ["length", "head", "linked_at"])


def already_linked(keys: Iterable[Key]) -> set[tuple[str, int, int]]:
    by_kind: dict[str, list[int]] = {}
    for kind, pk in keys:
        by_kind.setdefault(kind, []).append(pk)
    found: set[tuple[str, int, int]] = set()
    for kind, pks in by_kind.items():
        found |= set(Link.objects.filter(kind=kind, row_id__in=pks).values_list("kind", "row_id", "chain_id"))
    return found


def chains_of(contracts: set[int | None]) -> dict[int | None, Chain]:
    """Return the chains of contracts, and of the installation for None; a new one where there is none yet."""
    chains: dict[int | None, Chain] = {
        chain.contract_id: chain for chain in Chain.objects.filter(contract__in=contracts - {None})
    }
    if None in contracts:
        chains[None] = Chain.objects.get(name=INSTALLATION)
    new = [pk for pk in contracts if pk is not None and pk not in chains]
    for pk, name in Contract.objects.filter(pk__in=new).values_list("pk", "public_id"):
        chains[pk] = Chain.objects.create(name=name, contract_id=pk)
    return chains


def queue_forgotten(now: datetime) -> int:
    """Queue every row that is neither linked nor queued, such as all of before there were chains; return how many."""
    since = Unlinked._meta.get_field("since").get_db_prep_value(now, connection)
    queued = 0
    for kept in KEPT_TABLES:
        last, rows = 0, kept.model._base_manager.order_by("pk")
        while kept.kind and (upto := last_of(rows.filter(pk__gt=last))):
            statement = SWEEP.format(table=kept.table, condition=kept.linked_once and f"AND kept.{kept.linked_once}")
            with connection.cursor() as cursor:
                cursor.execute(statement, [kept.kind, since, last, upto, kept.kind, kept.kind])
                queued += cursor.rowcount
            last = upto
    return queued


def last_of(rows: QuerySet[Model]) -> int | None:
    """The primary key at which the next part of a table ends; None after the last row."""
    keys = rows.values_list("pk", flat=True)
    return next(iter(keys[SWEPT_AT_ONCE - 1 : SWEPT_AT_ONCE]), None) or keys.last()
