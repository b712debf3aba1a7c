"""The one way in: what the API, a file and a form send is read, checked and stored by the same code."""

import functools
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from bpo import audit
from bpo.models import AuditEntry, User
from bpo.row_errors import RowError, SubmissionError, refusal_of_rows
from intake.addresses import AddressBook
from intake.bodies import Body, read_body
from intake.quick.blocks import Block, blocks_of
from intake.quick.candidates import blocks_from
from intake.quick.doubts import Doubt, Doubtful, wrong_cells
from intake.quick.receipts import ReceiptOfBlocks
from intake.quick.resending import store_again
from intake.quick.sheets import NotPlain, Sheet, read_sheet
from intake.quick.storing import store_new
from intake.receipts import Receipt
from intake.refusals import note_refusals, refused_feeds
from intake.rows import RowReader
from intake.storing import Outcome, Sorting, counts_of, digest_of, sort_out, store
from intake.verdict_previews import preview_sortings
from metrics.models.results import Batch
from metrics.services.row_changes import late_rows
from metrics.services.work_queue import notify_workers
from vendors.keys import KeyPrincipal
from vendors.models import Vendor

Seal = Callable[[Receipt], None]


def nothing_more(receipt: Receipt) -> None:
    """A batch without anything that has to be written with it."""


def receive(
    *,
    principal: Any,
    vendor: Vendor,
    body: bytes,
    media_type: str,
    channel: str,
    now: datetime,
    shape: str = "",
    reason: str = "",
    dry_run: bool = False,
    partial: bool = False,
    request_id: str = "",
    seal: Seal = nothing_more,
) -> Receipt:
    """Take in a body wholly, or raise `SubmissionError` with everything that is wrong with it.

    A partial one is taken in without its wrong rows, if any row is right. What `seal` writes is written with it.
    """
    batch_of = _batches(principal, vendor, channel, media_type, now, request_id, reason)
    book = AddressBook(vendor, principal)
    sheet = None if dry_run else _sheet(body, media_type, shape)
    blocks, doubts = _blocks(sheet, book, now) if sheet else (None, ())
    if sheet and blocks and (receipt := _stored_in_sets(batch_of, blocks, sheet.in_list, seal)):
        return receipt
    sent = (sheet.as_sent() if sheet else None) or read_body(body, media_type, shape=shape)
    reader = RowReader(book, now, reason)
    return _receive(
        reader, sent, batch_of, doubts=doubts, dry_run=dry_run, partial=partial, may_be_new=blocks is None, seal=seal
    )


def receive_rows(
    *,
    principal: Any,
    vendor: Vendor,
    sent: Body,
    media_type: str,
    channel: str,
    now: datetime,
    reason: str = "",
    dry_run: bool = False,
    partial: bool = False,
    request_id: str = "",
) -> Receipt:
    """Take in rows that are at hand, as those of a spreadsheet are."""
    batch_of = _batches(principal, vendor, channel, media_type, now, request_id, reason)
    reader = RowReader(AddressBook(vendor, principal), now, reason)
    return _receive(reader, sent, batch_of, dry_run=dry_run, partial=partial, may_be_new=True, seal=nothing_more)


def _sheet(body: bytes, media_type: str, shape: str) -> Sheet | None:
    """A plain body's columns; None where the strict readers have to look at it."""
    try:
        return read_sheet(body, media_type, shape=shape)
    except NotPlain:
        return None


def _blocks(sheet: Sheet, book: AddressBook, now: datetime) -> tuple[list[Block] | None, Sequence[Doubt]]:
    """The sheet's rows; None where they have to be read row by row, and the columns in which cells may be wrong."""
    try:
        blocks = blocks_of(sheet, book, now=now)
    except Doubtful as doubtful:
        return None, doubtful.doubts
    except NotPlain:
        return None, ()
    return blocks, ()


def _stored_in_sets(batch_of: Callable[[], Batch], blocks: list[Block], in_list: bool, seal: Seal) -> Receipt | None:
    """The receipt of rows that were all new or all unchanged; None where it takes more, and nothing was stored."""
    for store_blocks in (store_new, store_again):
        receipt = ReceiptOfBlocks(batch_of(), in_list=in_list, blocks=blocks)
        try:
            store_blocks(receipt, seal=functools.partial(seal, receipt))
        except NotPlain:
            continue
        return receipt
    return None


def _receive(
    reader: RowReader,
    sent: Body,
    batch_of: Callable[[], Batch],
    *,
    doubts: Sequence[Doubt] = (),
    dry_run: bool,
    partial: bool,
    may_be_new: bool,
    seal: Seal,
) -> Receipt:
    """Read row by row, and store."""
    reader.read_all(sent.rows, wrong_cells(doubts, sent.rows))
    if reader.mistakes and not (partial and reader.candidates):
        raise _refused(reader.mistakes, reader, sent, dry_run=dry_run)
    is_void = any(candidate.is_void for candidate in reader.candidates)
    may_be_new = may_be_new and not (dry_run or reader.mistakes or is_void)
    if may_be_new and (receipt := _stored_in_sets(batch_of, blocks_from(reader.candidates), sent.in_list, seal)):
        return receipt
    if dry_run:
        return _preview(batch_of(), reader, sent, partial=partial)
    return _record(batch_of(), reader, sent, partial=partial, seal=seal)


def _batches(
    principal: Any, vendor: Vendor, channel: str, media_type: str, now: datetime, request_id: str, reason: str
) -> Callable[[], Batch]:
    """What makes the batch anew for each try at storing it."""
    return functools.partial(
        Batch,
        vendor=vendor,
        api_key=principal.key if isinstance(principal, KeyPrincipal) else None,
        sent_by=principal if isinstance(principal, User) else None,
        channel=channel,
        media_type=media_type,
        received_at=now,
        request_id=request_id,
        reason=reason,
    )


def _preview(batch: Batch, reader: RowReader, sent: Body, *, partial: bool) -> Receipt:
    """The receipt of a dry run: what would become of the rows, and of the verdicts; nothing is written or locked."""
    sortings = sort_out(reader.candidates, now=reader.now, lock=False)
    outcomes, mistakes = _settled(batch, sortings, reader, sent, dry_run=True, partial=partial)
    for sorting in sortings:
        batch.rows_late += len(late_rows(feed=sorting.feed, rows=sorting.changes))
    return Receipt(batch, outcomes, True, mistakes, sent.in_list, preview_sortings(sortings, now=reader.now))


@transaction.atomic
def _record(batch: Batch, reader: RowReader, sent: Body, *, partial: bool, seal: Seal) -> Receipt:
    sortings = sort_out(reader.candidates, now=reader.now)
    outcomes, mistakes = _settled(batch, sortings, reader, sent, dry_run=False, partial=partial)
    batch.save()
    store(sortings, batch=batch, now=reader.now)
    receipt = Receipt(batch, outcomes, False, mistakes, sent.in_list)
    if mistakes:
        note_refusals(refused_feeds(reader.book, sent.rows, mistakes), now=reader.now)
    if batch.rows_superseded:
        _record_correction(batch)
    if receipt.has_changed_something:
        notify_workers()
    seal(receipt)
    return receipt


def _settled(
    batch: Batch, sortings: list[Sorting], reader: RowReader, sent: Body, *, dry_run: bool, partial: bool
) -> tuple[list[Outcome], list[RowError]]:
    """What can be stored and what is wrong, counted in the batch; refused where that is not what was asked for."""
    mistakes = [*reader.mistakes, *(mistake for sorting in sortings for mistake in sorting.mistakes)]
    mistakes.sort(key=lambda mistake: mistake.row)
    outcomes = _storable(sortings)
    if mistakes and not (partial and outcomes):
        raise _refused(mistakes, reader, sent, dry_run=dry_run)
    for name, count in counts_of(outcomes, rejected=len({mistake.row for mistake in mistakes})).items():
        setattr(batch, f"rows_{name}", count)
    batch.sha256 = digest_of([outcome.candidate for outcome in outcomes])
    return outcomes, mistakes


def _storable(sortings: list[Sorting]) -> list[Outcome]:
    """What can be stored, in the order in which it came."""
    for sorting in sortings:
        if sorting.mistakes:
            sorting.leave_out_refused()
    found = (outcome for sorting in sortings for outcome in sorting.outcomes)
    return sorted(found, key=lambda outcome: outcome.candidate.row)


def _refused(mistakes: list[RowError], reader: RowReader, sent: Body, *, dry_run: bool) -> SubmissionError:
    """The refusal, with the feeds that it leaves without a report; a dry run leaves nothing behind."""
    error = refusal_of_rows(mistakes, received=reader.received, in_list=sent.in_list)
    error.refused_feeds = {} if dry_run else refused_feeds(reader.book, sent.rows, mistakes)
    return error


def _record_correction(batch: Batch) -> None:
    """A correction is a change somebody answers for; new results are their own record."""
    api = audit.Source(AuditEntry.Channel.API, batch.request_id)
    actor = batch.sent_by or (KeyPrincipal(batch.api_key, api) if batch.api_key else None)
    changes = {"rows_superseded": (0, batch.rows_superseded), "reason": ("", batch.reason)}
    audit.record(actor=actor, action="correct_results", thing=batch, changes=changes, vendor=batch.vendor.organisation)
