"""A batch sent once more, of which every row still stands as it came the first time: recognised without reading it."""

from collections.abc import Callable

from django.db import connection, transaction

from intake.quick.blocks import Block, digest_of_blocks
from intake.quick.receipts import ReceiptOfBlocks
from intake.quick.sheets import NotPlain
from intake.quick.storing import lock_feed
from metrics.models.results import RESULT_TABLES, Batch, Result

# The rows of a batch lie side by side, in the order in which they came, so that its first and its last tell where.
STILL_THERE = """
    SELECT COUNT(*), MAX(revision) FROM {results} WHERE feed_id = %s AND batch_id = %s AND id BETWEEN
    (SELECT id FROM {results} WHERE feed_id = %s AND key = %s)
    AND (SELECT id FROM {results} WHERE feed_id = %s AND key = %s)
"""


@transaction.atomic
def store_again(receipt: ReceiptOfBlocks, *, seal: Callable[[], None]) -> None:
    """Write a receipt that says that nothing has changed, or raise `NotPlain`.

    The rows of the first batch were all new, and its digest is this one's: so both hold the same keys and contents.
    A row leaves its batch when it is corrected or taken back, and none joins one later: so where as many of a feed's
    rows as were brought are still there from that batch, each stands as it is sent again.
    """
    batch, blocks = receipt.batch, receipt.blocks
    for block in blocks:
        lock_feed(block.rules.feed)
    count = sum(len(block.keys) for block in blocks)
    batch.sha256 = digest_of_blocks(blocks, count)
    first = _first_time(batch, blocks[0], count)
    for block in blocks:
        if _still_there(RESULT_TABLES[block.rules.feed.kind], block, first) != (len(block.keys), 1):
            raise NotPlain
    batch.rows_received = batch.rows_unchanged = count
    batch.rows_new = batch.rows_superseded = 0
    batch.save(force_insert=True)
    seal()


def _first_time(batch: Batch, block: Block, count: int) -> Batch:
    """The batch that brought the first row, if it brought the same rows as this one, and all of them new."""
    table = RESULT_TABLES[block.rules.feed.kind]
    brought = table.objects.filter(feed=block.rules.feed, key=block.keys[0]).values("batch")
    first = Batch.objects.filter(pk__in=brought, vendor=batch.vendor, sha256=batch.sha256, rows_new=count).first()
    if first is None or first.rows_received != count:
        raise NotPlain
    return first


def _still_there(table: type[Result], block: Block, first: Batch) -> tuple[int, int | None]:
    """How many of the rows still come from that batch, and their highest revision."""
    query = STILL_THERE.format(results=table._meta.db_table)
    feed = block.rules.feed.pk
    with connection.cursor() as cursor:
        cursor.execute(query, [feed, first.pk, feed, block.keys[0], feed, block.keys[-1]])
        return cursor.fetchone()
