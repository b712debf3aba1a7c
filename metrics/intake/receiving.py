"""The one way in: what the API, a file and a form send is read, checked and stored by the same code."""

from datetime import datetime
from typing import Any

from django.db import transaction

from bpo import audit
from bpo.faultpoints import faultpoint
from bpo.models import User
from metrics.intake.addresses import AddressBook
from metrics.intake.bodies import Body, read_body
from metrics.intake.foreseeing import foreseen_by
from metrics.intake.mistakes import Mistake, Unusable, rows_refused
from metrics.intake.quick.blocks import blocks_of
from metrics.intake.quick.sheets import NotPlain, read_sheet
from metrics.intake.quick.storing import store_new
from metrics.intake.receipts import Receipt, ReceiptOfNew
from metrics.intake.refusals import note_refusals, refused_feeds
from metrics.intake.rows import RowReader
from metrics.intake.storing import Outcome, Sorting, counts_of, digest_of, sort_out, store
from metrics.models.results import Batch
from metrics.services import cells
from vendors.keys import KeyPrincipal
from vendors.models import Vendor


class _OnlyTried(Exception):
    """Takes a dry run's receipt out of the transaction that it undoes."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__()
        self.receipt = receipt


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
) -> Receipt:
    """Take in a body wholly, or raise `Unusable` with everything that is wrong with it.

    A partial one is taken in without its wrong rows, if any row is right.
    """
    book = AddressBook(vendor, principal)
    if not dry_run:
        batch = _new_batch(principal, vendor, channel, media_type, now, request_id, reason)
        try:
            return _receive_plain(batch, book, body, shape)
        except NotPlain:
            pass
    return receive_rows(
        principal=principal,
        vendor=vendor,
        sent=read_body(body, media_type, shape=shape),
        media_type=media_type,
        channel=channel,
        now=now,
        reason=reason,
        dry_run=dry_run,
        partial=partial,
        request_id=request_id,
        book=book,
    )


def _receive_plain(batch: Batch, book: AddressBook, body: bytes, shape: str) -> Receipt:
    """Take in a body of which every row is right and new, in sets; or raise `NotPlain`, whatever else it is."""
    sheet = read_sheet(body, batch.media_type, shape=shape)
    faultpoint("intake.after_parse")
    blocks = blocks_of(sheet, book, now=batch.received_at)
    faultpoint("intake.after_check")
    store_new(batch, blocks, now=batch.received_at)
    return ReceiptOfNew(batch, in_list=sheet.in_list, blocks=blocks)


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
    book: AddressBook | None = None,
) -> Receipt:
    """Take in rows that are at hand, as those of a spreadsheet are."""
    faultpoint("intake.after_parse")
    reader = RowReader(book or AddressBook(vendor, principal), now, reason)
    reader.read_all(sent.rows)
    faultpoint("intake.after_check")
    if reader.mistakes and not (partial and reader.candidates):
        raise _refused(reader.mistakes, reader, sent, dry_run=dry_run)
    batch = _new_batch(principal, vendor, channel, media_type, now, request_id, reason)
    try:
        return _record(batch, reader, sent, dry_run=dry_run, partial=partial)
    except _OnlyTried as tried:
        return tried.receipt


def _new_batch(
    principal: Any, vendor: Vendor, channel: str, media_type: str, now: datetime, request_id: str, reason: str
) -> Batch:
    return Batch(
        vendor=vendor,
        api_key=principal.key if isinstance(principal, KeyPrincipal) else None,
        sent_by=principal if isinstance(principal, User) else None,
        channel=channel,
        media_type=media_type,
        received_at=now,
        request_id=request_id,
        reason=reason,
    )


@transaction.atomic
def _record(batch: Batch, reader: RowReader, sent: Body, *, dry_run: bool, partial: bool) -> Receipt:
    sortings = sort_out(reader.candidates, now=reader.now)
    mistakes = [*reader.mistakes, *(mistake for sorting in sortings for mistake in sorting.mistakes)]
    mistakes.sort(key=lambda mistake: mistake.row)
    outcomes = _storable(sortings)
    if mistakes and not (partial and outcomes):
        raise _refused(mistakes, reader, sent, dry_run=dry_run)
    for name, count in counts_of(outcomes, rejected=len({mistake.row for mistake in mistakes})).items():
        setattr(batch, f"rows_{name}", count)
    batch.sha256 = digest_of([outcome.candidate for outcome in outcomes])
    batch.save()
    faultpoint("intake.after_batch")
    store(sortings, batch=batch, now=reader.now)
    foreseen = foreseen_by(sortings, now=reader.now) if dry_run else ()
    receipt = Receipt(batch, outcomes, dry_run, mistakes, sent.in_list, foreseen)
    if dry_run:
        faultpoint("intake.before_undoing_dry_run")
        raise _OnlyTried(receipt)
    if mistakes:
        note_refusals(refused_feeds(reader.book, sent.rows, mistakes), now=reader.now)
        faultpoint("intake.after_partial_refusal")
    if batch.rows_superseded:
        _record_correction(batch)
        faultpoint("intake.after_correction_recorded")
    if receipt.has_changed_something:
        cells.ring()
    faultpoint("intake.before_commit")
    return receipt


def _storable(sortings: list[Sorting]) -> list[Outcome]:
    """What can be stored, in the order in which it came."""
    for sorting in sortings:
        if sorting.mistakes:
            sorting.leave_out_refused()
    found = (outcome for sorting in sortings for outcome in sorting.outcomes)
    return sorted(found, key=lambda outcome: outcome.candidate.row)


def _refused(mistakes: list[Mistake], reader: RowReader, sent: Body, *, dry_run: bool) -> Unusable:
    """The refusal, with the feeds that it leaves without a report; a dry run leaves nothing behind."""
    unusable = rows_refused(mistakes, received=reader.received, in_list=sent.in_list)
    unusable.refused_feeds = {} if dry_run else refused_feeds(reader.book, sent.rows, mistakes)
    return unusable


def _record_correction(batch: Batch) -> None:
    """A correction is a change somebody answers for; new results are their own record."""
    actor = batch.sent_by or (KeyPrincipal(batch.api_key) if batch.api_key else None)
    changes = {"rows_superseded": (0, batch.rows_superseded), "reason": ("", batch.reason)}
    audit.record(actor=actor, action="correct_results", thing=batch, changes=changes, vendor=batch.vendor.organisation)
