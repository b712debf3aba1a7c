"""Rows that were read one by one, made ready to be written in sets."""

from collections.abc import Sequence
from itertools import groupby

from bpo.bulk import adapter_of
from intake.quick.blocks import Block
from intake.rows import Candidate
from intake.storing import told_of
from intake.tables import CONTENT, content_of
from metrics.models.results import RESULT_TABLES


def blocks_from(candidates: Sequence[Candidate]) -> list[Block]:
    """The candidates feed by feed; none of them takes a result back."""
    by_feed = sorted(candidates, key=lambda candidate: candidate.rules.feed.pk)
    return [_block(list(group)) for _pk, group in groupby(by_feed, key=lambda candidate: candidate.rules.feed.pk)]


def _block(rows: Sequence[Candidate]) -> Block:
    rules = rows[0].rules
    names, table = CONTENT[rules.feed.kind], RESULT_TABLES[rules.feed.kind]
    columns = zip(names, zip(*map(content_of, rows), strict=True), strict=True)
    return Block(
        rules=rules,
        places=[candidate.row - 1 for candidate in rows],
        keys=[candidate.key for candidate in rows],
        values={name: list(map(adapter_of(table._meta.get_field(name)), column)) for name, column in columns},
        tell=lambda: list(map(told_of, rows)),
        days=frozenset().union(*(candidate.days for candidate in rows)),
        candidates=rows,
    )
