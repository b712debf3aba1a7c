"""One batch into the record, wholly or not at all: the receipt, the rows, their past, and the cells that they touch.

Most batches are wholly new and lie in open periods, or are sent once more. `store` first writes as if a batch were one
of these, which a few questions and the unique keys of the tables decide; where it is not, nothing is left of the
attempt, and every row is looked up.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from copy import copy
from datetime import date, datetime
from itertools import chain, repeat
from operator import attrgetter

from django.db import IntegrityError, connection, transaction

from bpo import audit
from bpo.bulk import NOTHING, insert_columns, reserve_key
from bpo.fields import public_id
from bpo.instants import local_day
from bpo.models import AuditEntry
from bpo.size_limits import ROWS
from bpo.strict_columns import Cells
from contracts.models.service_levels import Feed
from intake.checking import Block, Checked
from intake.contradictions import decide_blocks
from intake.deciding import (
    NEW,
    REFUSED,
    SUPERSEDED,
    UNCHANGED,
    VOIDED,
    Decision,
    counted_twice,
    days_between,
)
from intake.kinds import CONTENT, ROW_KINDS
from intake.partial import partly_accepted
from intake.receipts import Receipt
from intake.refusals import note_refusals, refusal, refused_feeds
from intake.resending import is_sent_again
from intake.tables import last_revisions, supersede
from intake.unlikely import refuse_unconfirmed
from metrics.models.results import DAY_COLUMN, NIL, RESULT_TABLES, Batch, NilResult, SupersededResult
from metrics.services.row_changes import touch_cells, touch_open_cells
from metrics.services.work_queue import notify_workers
from vendors.keys import KeyPrincipal

# So many keys are looked up before a batch is taken for new; the unique key of the table finds the others.
PROBES = 16
# Of more rows than this, receipt and digest are made while the database is busy with them.
MANY = 1_000
# The statement of `select_for_update(no_key=True)`; a database without it lets in one writer at a time anyway.
LOCK = "SELECT id FROM {feeds} WHERE id = %s FOR NO KEY UPDATE"
PROBE = """
    SELECT 1 FROM {results} WHERE feed_id = %s AND key IN ({places})
    UNION ALL
    SELECT 1 FROM {past} WHERE feed_id = %s AND key IN ({places})
    UNION ALL
    SELECT 1 FROM {nil} WHERE feed_id = %s AND ends_on > %s
    LIMIT 1
"""
Seal = Callable[[Receipt], None]


class NotAsExpectedError(Exception):
    """A batch is neither wholly new in open periods nor wholly unchanged."""


def store(checked: Checked, batch: Batch, *, partial: bool, seal: Seal | None) -> Receipt:
    """Store the rows of a batch and what `seal` writes with them. Raises SubmissionError and stores nothing."""
    if not checked.errors and not any(block.voids for block in checked.blocks):
        with suppress(NotAsExpectedError, IntegrityError):
            return _store_expected(checked, copy(batch), seal)
    return _store_decided(checked, batch, partial, seal)


@transaction.atomic
def _store_expected(checked: Checked, batch: Batch, seal: Seal | None) -> Receipt:
    """Store a batch that is wholly new and lies in open periods, or is sent once more."""
    blocks, now = checked.blocks, batch.received_at
    for block in blocks:
        lock_feed(block.rules.feed)
    is_new = not any(map(is_some_known, blocks))
    result = NEW if is_new else UNCHANGED
    decisions = [Decision(block, [result] * len(block.keys), [1] * len(block.keys)) for block in blocks]
    receipt = Receipt(batch, decisions, in_list=checked.in_list)
    count_rows(batch, decisions)
    if is_new and checked.warnings:
        refuse_unconfirmed(checked)
    if not is_new:
        batch.sha256 = digest(decisions)
        if not is_sent_again(batch, blocks):
            raise NotAsExpectedError
        batch.save(force_insert=True)
    else:
        if any(block.is_spanned for block in blocks) and any(map(counted_twice, decisions)):
            raise NotAsExpectedError
        if any(block.kind == NIL for block in blocks):
            raise NotAsExpectedError
        _insert_batch(receipt)
        for block in blocks:
            if not touch_open_cells(feed=block.rules.feed, days=block_days(block, now), now=now):
                raise NotAsExpectedError
        notify_workers()
    if seal:
        seal(receipt)
    return receipt


@transaction.atomic
def _store_decided(checked: Checked, batch: Batch, partial: bool, seal: Seal | None) -> Receipt:
    """Store a batch of which every row is looked up."""
    for block in checked.blocks:
        lock_feed(block.rules.feed)
    receipt = decide_all(checked, batch, partial=partial)
    batch.save()
    for decision in receipt.decisions:
        write_decision(decision, batch)
    if batch.rows_late:
        batch.save(update_fields=["rows_late"])
    note_refusals(receipt.refused_feeds, now=batch.received_at)
    if batch.rows_superseded:
        # A correction is a change somebody answers for; new results are their own record.
        api = audit.Source(AuditEntry.Channel.API, batch.request_id)
        actor = batch.sent_by or (KeyPrincipal(batch.api_key, api) if batch.api_key else None)
        changes = {"rows_superseded": (0, batch.rows_superseded), "reason": ("", batch.reason)}
        vendor = batch.vendor.organisation
        audit.record(actor=actor, action="correct_results", thing=batch, changes=changes, vendor=vendor)
    if receipt.has_changed_something:
        notify_workers()
    if seal:
        seal(receipt)
    return receipt


def decide_all(checked: Checked, batch: Batch, *, partial: bool, is_dry_run: bool = False) -> Receipt:
    """Decide what becomes of every row. Raises SubmissionError unless all can be stored, or some of a partial batch."""
    decisions = decide_blocks(checked.blocks, now=batch.received_at)
    errors, feeds = list(checked.errors), dict(checked.feeds)
    for decision in decisions:
        errors += decision.errors
        feeds |= dict.fromkeys((error.row for error in decision.errors), decision.feed.pk)
    errors.sort(key=attrgetter("row"))
    count_rows(batch, decisions, rejected=len({error.row for error in errors}))
    if errors and not (partial and batch.rows_received > batch.rows_rejected):
        raise refusal(checked, errors, feeds, is_dry_run=is_dry_run)
    checked.warnings += partly_accepted(checked, errors, feeds) if errors else []
    batch.warnings = [each.as_json() for each in checked.warnings]
    if checked.warnings and any(decision.changes for decision in decisions):
        refuse_unconfirmed(checked, is_dry_run=is_dry_run)
    batch.sha256 = digest(decisions)
    refused = {} if is_dry_run else refused_feeds(errors, feeds)
    return Receipt(batch, decisions, errors, checked.in_list, is_dry_run, refused_feeds=refused)


def _insert_batch(receipt: Receipt) -> None:
    """Insert a batch that is wholly new, and its rows."""
    batch, decisions = receipt.batch, receipt.decisions
    # Taken without asking whether it is free: should it not be, the constraint says so.
    batch.public_id = public_id("RC")
    if batch.rows_new > MANY and connection.vendor == "postgresql":
        batch.pk = reserve_key(Batch)
        steps = _write_texts(receipt)
        for decision in decisions:
            insert_rows(decision, range(len(decision.results)), batch, meanwhile=steps)
        batch.sha256 = digest(decisions)
        batch.save(force_insert=True)
    else:
        batch.sha256 = digest(decisions)
        batch.save(force_insert=True)
        for decision in decisions:
            insert_rows(decision, range(len(decision.results)), batch)


def _write_texts(receipt: Receipt) -> Iterator[None]:
    """Write the texts of digest and receipt, step by step."""
    for decision in receipt.decisions:
        _ = decision.block.texts
        yield
    _ = receipt.rows_json
    yield


def write_decision(decision: Decision, batch: Batch) -> None:
    """Write what is new or changed of one feed, and mark the cells that it touches."""
    # A corrected row gives way to its successor: nothing refers to it but its key.
    if removed := decision.positions(SUPERSEDED, VOIDED):
        supersede(
            decision.feed,
            decision.block.kind,
            [(decision.stored[at], decision.block.reasons[at]) for at in removed],
            batch,
        )
    insert_rows(decision, decision.positions(NEW, SUPERSEDED), batch)
    if decision.changes:
        changes = decision.changes.values()
        late_keys = touch_cells(feed=decision.feed, rows=changes, batch=batch, now=batch.received_at)
        batch.rows_late += len(late_keys)


def insert_rows(
    decision: Decision, positions: Sequence[int], batch: Batch, meanwhile: Iterator[None] = NOTHING
) -> None:
    """Insert the rows at those positions."""
    block, feed = decision.block, decision.block.rules.feed
    is_all = len(positions) == len(block.keys)
    if not positions:
        return

    def chosen(cells: Cells) -> Cells:
        return cells if is_all else [cells[at] for at in positions]

    readers = ROW_KINDS[block.kind, feed.schedule].columns
    columns: dict[str, Cells | repeat[object]] = {"feed": repeat(feed.pk), "batch": repeat(batch.pk)}
    columns |= {"revision": chosen(decision.revisions), "key": chosen(block.keys)}
    for name in CONTENT[block.kind]:
        if name in block.columns:
            columns[name] = chosen(block.columns[name].values)
        else:
            columns[name] = repeat(readers[name].empty[0] if name in readers else None)
    insert_columns(RESULT_TABLES[block.kind], columns, meanwhile)


def count_rows(batch: Batch, decisions: Sequence[Decision], *, rejected: int = 0) -> None:
    """Set the receipt's counts; a row taken back supersedes what was there with nothing."""
    counts = Counter(chain.from_iterable(decision.results for decision in decisions))
    batch.rows_new, batch.rows_unchanged = counts[NEW], counts[UNCHANGED]
    batch.rows_superseded, batch.rows_rejected = counts[SUPERSEDED] + counts[VOIDED], rejected
    batch.rows_received = batch.rows_new + batch.rows_unchanged + batch.rows_superseded + rejected


def digest(decisions: Sequence[Decision]) -> str:
    """Return the SHA-256 of the rows as they were understood, in the order in which they came."""
    return hashlib.sha256(f"[{','.join(digested_rows(decisions))}]".encode()).hexdigest()


def digested_rows(decisions: Sequence[Decision]) -> list[str]:
    """Return the rows as they were understood, in the order in which they came, without those that are refused."""
    if len(decisions) == 1 and REFUSED not in decisions[0].results:
        return decisions[0].block.texts
    at_place = {}
    for decision in decisions:
        of_block = zip(decision.block.places, decision.results, decision.block.texts, strict=True)
        at_place |= {place: text for place, result, text in of_block if result != REFUSED}
    return [at_place[place] for place in sorted(at_place)]


def block_days(block: Block, now: datetime) -> frozenset[date]:
    """Return all local days on which the rows count."""
    names = ROW_KINDS[block.kind, block.rules.feed.schedule].day_columns
    if names:
        days = set().union(*(block.columns[name].values for name in names if name in block.columns))
        return frozenset(date.fromisoformat(day) for day in days if day)
    today, ended_on = local_day(now, block.rules.zone), block.columns.get("ended_on")
    ends = ended_on.values if ended_on else repeat(None)
    spans = set(zip(block.columns["started_on"].values, ends, strict=False))
    return frozenset().union(
        *(days_between(date.fromisoformat(a), b and date.fromisoformat(b), today) for a, b in spans)
    )


def lock_feed(feed: Feed) -> None:
    """Let nobody else decide about rows of the feed until this transaction ends."""
    if connection.features.has_select_for_no_key_update:
        with connection.cursor() as cursor:
            cursor.execute(LOCK.format(feeds=Feed._meta.db_table), [feed.pk])


def is_some_known(block: Block) -> bool:
    """Whether one of the rows is there, or was, or a nil report reaches as far as the first day of single rows.

    Of many rows a sample is looked up among those that are there.
    """
    feed, keys = block.rules.feed, block.keys
    sample = keys if len(keys) <= PROBES else keys[:: len(keys) // PROBES]
    query = PROBE.format(
        results=RESULT_TABLES[block.kind]._meta.db_table,
        past=SupersededResult._meta.db_table,
        nil=NilResult._meta.db_table,
        places=", ".join(["%s"] * len(sample)),
    )
    days = () if block.is_spanned else filter(None, block.columns[DAY_COLUMN[block.kind]].values)
    first = min(days, default=date.max.isoformat())
    with connection.cursor() as cursor:
        cursor.execute(query, [feed.pk, *sample, feed.pk, *sample, feed.pk, first])
        if cursor.fetchone():
            return True
    if len(sample) == len(keys):
        return False
    # A row that once was there goes on with its revisions.
    past = list(SupersededResult.objects.filter(feed=feed).order_by().values_list("key", flat=True)[: ROWS + 1])
    known = past if len(past) <= ROWS else last_revisions(feed, keys)
    return not set(known).isdisjoint(keys)
