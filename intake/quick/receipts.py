"""The receipt of rows that were read column by column."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from intake.quick.blocks import Block
from intake.receipts import Receipt
from intake.storing import NEW, UNCHANGED, Outcome
from metrics.identities import feed_part, key_parts


@dataclass(frozen=True)
class ReceiptOfBlocks(Receipt):
    """The receipt of rows that were all new, or of a batch sent once more that changed nothing."""

    outcomes: Sequence[Outcome] = ()
    blocks: Sequence[Block] = ()

    @property
    def has_changed_something(self) -> bool:
        return self.batch.rows_new > 0

    def _rows(self) -> Sequence[str]:
        return self.rows_told

    @cached_property
    def rows_told(self) -> Sequence[str]:
        """Each row's line, in the order in which they came."""
        rows = [""] * self.batch.rows_received
        result = NEW if self.has_changed_something else UNCHANGED
        for block in self.blocks:
            name = feed_part(block.rules.feed)
            for place, part in zip(block.places, key_parts(block.keys), strict=True):
                rows[place] = f'{{"row":{place + 1},"id":"{name}.{part}","result":"{result}","revision":1}}'
        return rows
