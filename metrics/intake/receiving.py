"""The one way in: what the API, a file and a form send is read, checked and stored by the same code."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from bpo import audit
from bpo.faultpoints import faultpoint
from bpo.models import User
from metrics.intake.addresses import AddressBook
from metrics.intake.bodies import Body, read_body
from metrics.intake.identities import result_id
from metrics.intake.mistakes import Mistake, Unusable, listed, rows_refused
from metrics.intake.refusals import note_refusals, refused_feeds
from metrics.intake.rows import RowReader
from metrics.intake.storing import NEW, SUPERSEDED, VOIDED, Outcome, Sorting, counts_of, digest_of, sort_out, store
from metrics.models.results import Batch
from metrics.services import cells
from vendors.keys import KeyPrincipal
from vendors.models import Vendor


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was done with a batch, row by row in the order in which they came, and what a partial one left out."""

    batch: Batch
    outcomes: list[Outcome]
    is_dry_run: bool
    mistakes: Sequence[Mistake] = ()
    in_list: bool = True

    @property
    def has_changed_something(self) -> bool:
        return any(outcome.result in (NEW, SUPERSEDED, VOIDED) for outcome in self.outcomes)

    def as_json(self) -> dict[str, Any]:
        """The receipt as the API gives it."""
        batch = self.batch
        return {
            "object": "receipt",
            "id": None if self.is_dry_run else batch.public_id,
            "dry_run": self.is_dry_run,
            "received_at": batch.received_at.isoformat(),
            "rows": {
                "received": batch.rows_received,
                "new": batch.rows_new,
                "superseded": batch.rows_superseded,
                "unchanged": batch.rows_unchanged,
                "late": batch.rows_late,
                "rejected": batch.rows_rejected,
            },
            "sha256": batch.sha256,
            "results": [
                {
                    "row": outcome.candidate.row,
                    "id": result_id(outcome.candidate.rules.feed, outcome.candidate.key),
                    "result": outcome.result,
                    "revision": outcome.revision,
                }
                for outcome in self.outcomes
            ],
            **{name: told for name, told in self._rejections().items() if told},
            "request_id": batch.request_id,
        }

    def _rejections(self) -> dict[str, Any]:
        return listed(self.mistakes, in_list=self.in_list)


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
    faultpoint("intake.after_parse")
    reader = RowReader(AddressBook(vendor, principal), now, reason)
    reader.read_all(sent.rows)
    faultpoint("intake.after_check")
    if reader.mistakes and not (partial and reader.candidates):
        raise _refused(reader.mistakes, reader, sent, dry_run=dry_run)
    batch = Batch(
        vendor=vendor,
        api_key=principal.key if isinstance(principal, KeyPrincipal) else None,
        sent_by=principal if isinstance(principal, User) else None,
        channel=channel,
        media_type=media_type,
        received_at=now,
        request_id=request_id,
        reason=reason,
    )
    try:
        return _record(batch, reader, sent, dry_run=dry_run, partial=partial)
    except _OnlyTried as tried:
        return tried.receipt


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
    receipt = Receipt(batch, outcomes, dry_run, mistakes, sent.in_list)
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
