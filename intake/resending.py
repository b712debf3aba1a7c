"""A batch sent once more, of which every row still stands as it came the first time: recognised without reading it."""

from collections.abc import Sequence

from django.db import connection

from intake.checking import Block
from metrics.models.results import RESULT_TABLES, Batch

# The rows of a batch lie side by side, in the order in which they came, so that its first and its last tell where.
STILL_THERE = """
    SELECT COUNT(*), MAX(revision) FROM {results} WHERE feed_id = %s AND batch_id = %s AND id BETWEEN
    (SELECT id FROM {results} WHERE feed_id = %s AND key = %s)
    AND (SELECT id FROM {results} WHERE feed_id = %s AND key = %s)
"""


def is_sent_again(batch: Batch, blocks: Sequence[Block]) -> bool:
    """Whether every row still stands as another batch brought it, of which this one is a copy.

    The rows of the first batch were all new, and its digest is this one's: so both hold the same keys and contents.
    A row leaves its batch when it is corrected or taken back, and none joins one later: so where as many of a feed's
    rows as were brought are still there from that batch, each stands as it is sent again.
    """
    count, table = batch.rows_received, RESULT_TABLES[blocks[0].kind]
    brought = table.objects.filter(feed=blocks[0].rules.feed, key=blocks[0].keys[0]).values("batch")
    same = Batch.objects.filter(pk__in=brought, vendor=batch.vendor, sha256=batch.sha256, rows_new=count)
    first = same.filter(rows_received=count).first()
    if first is None:
        return False
    with connection.cursor() as cursor:
        for block in blocks:
            feed, keys = block.rules.feed, block.keys
            query = STILL_THERE.format(results=RESULT_TABLES[block.kind]._meta.db_table)
            cursor.execute(query, [feed.pk, first.pk, feed.pk, keys[0], feed.pk, keys[-1]])
            if cursor.fetchone() != (len(keys), 1):
                return False
    return True
