"""Rows that are all new, in periods that are all open: written in sets, or not at all."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import repeat

from django.db import IntegrityError, connection, transaction

from bpo.bulk import insert_columns
from bpo.fields import public_id
from bpo.size_limits import ROWS
from contracts.models.service_levels import Feed
from intake import tables
from intake.quick.blocks import Block, digest_of_blocks
from intake.quick.receipts import ReceiptOfBlocks
from intake.quick.sheets import NotPlain
from intake.totals import counted_twice
from metrics.models.results import RESULT_TABLES, Batch, SupersededResult
from metrics.services.row_changes import touch_open_cells
from metrics.services.work_queue import notify_workers

PROBES = 16
MANY = 1_000
# The statement of `select_for_update(no_key=True)`; a database without it lets in one writer at a time anyway.
LOCK = "SELECT id FROM {feeds} WHERE id = %s FOR NO KEY UPDATE"
PROBE = """
    SELECT 1 FROM {results} WHERE feed_id = %s AND key IN ({places})
    UNION ALL
    SELECT 1 FROM {past} WHERE feed_id = %s AND key IN ({places})
    LIMIT 1
"""


def store_new(receipt: ReceiptOfBlocks, *, seal: Callable[[], None]) -> None:
    """Write the batch, its rows and what seals them, or raise `NotPlain` and leave nothing behind."""
    try:
        _store_new(receipt, seal)
    except IntegrityError as error:
        raise NotPlain from error


@transaction.atomic
def _store_new(receipt: ReceiptOfBlocks, seal: Callable[[], None]) -> None:
    batch, blocks = receipt.batch, receipt.blocks
    for block in blocks:
        lock_feed(block.rules.feed)
        _refuse_known(block)
        if counted_twice(block.rules.feed, new=block.candidates, void=()):
            raise NotPlain
    count = sum(len(block.keys) for block in blocks)
    batch.rows_received = batch.rows_new = count
    batch.rows_superseded = batch.rows_unchanged = 0
    if count > MANY and connection.vendor == "postgresql":
        # The rows go on their way first, and what is told of them is made up meanwhile.
        batch.pk = _reserved_key()
        _insert(blocks, batch, _told_meanwhile(receipt))
        _save(batch, blocks)
    else:
        _save(batch, blocks)
        _insert(blocks, batch, iter(()))
    for block in blocks:
        if not touch_open_cells(feed=block.rules.feed, days=block.days, now=batch.received_at):
            raise NotPlain
    notify_workers()
    seal()


def _save(batch: Batch, blocks: Sequence[Block]) -> None:
    batch.sha256 = digest_of_blocks(blocks, batch.rows_received)
    # Taken without asking whether it is free: should it not be, the constraint says so.
    batch.public_id = public_id("RC")
    batch.save(force_insert=True)


def _reserved_key() -> int:
    """The key of a batch that is yet to be written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [Batch._meta.db_table])
        return cursor.fetchone()[0]


def _told_meanwhile(receipt: ReceiptOfBlocks) -> Iterator[None]:
    """What the digest and the receipt tell of the rows, step by step."""
    for step in (
        *(partial(getattr, block, "told") for block in receipt.blocks),
        partial(getattr, receipt, "rows_told"),
    ):
        step()
        yield


def lock_feed(feed: Feed) -> None:
    """Nobody else decides about rows of the feed until this transaction ends."""
    if connection.features.has_select_for_no_key_update:
        with connection.cursor() as cursor:
            cursor.execute(LOCK.format(feeds=Feed._meta.db_table), [feed.pk])


def _refuse_known(block: Block) -> None:
    """Leave it to the exact way if rows are there, or were; a few are looked for, the constraint finds the others."""
    feed, keys = block.rules.feed, block.keys
    sample = keys if len(keys) <= PROBES else keys[:: len(keys) // PROBES]
    query = PROBE.format(
        results=RESULT_TABLES[feed.kind]._meta.db_table,
        past=SupersededResult._meta.db_table,
        places=", ".join(["%s"] * len(sample)),
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [feed.pk, *sample, feed.pk, *sample])
        if cursor.fetchone():
            raise NotPlain
    if len(sample) < len(keys):
        _refuse_taken_back(feed, keys)


def _refuse_taken_back(feed: Feed, keys: Sequence[str]) -> None:
    """A row that once was there goes on with its revisions."""
    past = list(SupersededResult.objects.filter(feed=feed).order_by().values_list("key", flat=True)[: ROWS + 1])
    known = past if len(past) <= ROWS else tables.last_revisions(feed, keys)
    if not set(known).isdisjoint(keys):
        raise NotPlain


def _insert(blocks: Sequence[Block], batch: Batch, meanwhile: Iterator[None]) -> None:
    for block in blocks:
        feed = block.rules.feed
        constants = {"feed": feed.pk, "batch": batch.pk, "revision": 1}
        columns = {name: repeat(value) for name, value in constants.items()}
        insert_columns(RESULT_TABLES[feed.kind], {**columns, "key": block.keys, **block.values}, meanwhile)
