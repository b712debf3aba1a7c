"""The one way in: what the API, a file and a form send is read, checked and stored by the same code."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial as partial_of
from typing import Any

from bpo.models import User
from intake.checking import Checked, check_rows
from intake.parsing import Sheet, parse_body
from intake.receipts import Receipt
from intake.storing import Seal, decide_all, refusal, store
from intake.verdict_previews import preview_decisions
from metrics.models.results import Batch
from metrics.services.row_changes import late_rows
from vendors.keys import KeyPrincipal
from vendors.models import Vendor


def nothing_more(_receipt: Receipt) -> None:
    """Write nothing with a batch."""


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
    """Take in a body wholly, or raise SubmissionError with everything that is wrong with it.

    A partial one is taken in without its wrong rows, if any row is right. What `seal` writes is written with it.
    """
    make_batch = batch_maker(principal, vendor, media_type, channel, reason, request_id, now)
    sheet = parse_body(body, media_type, shape=shape)
    checked = check_rows(sheet, vendor, principal, reason=reason, now=now)
    if checked.errors and not sheet.is_exact:
        # An error shows the cell as it was sent.
        sheet = parse_body(body, media_type, shape=shape, exactly=True)
        checked = check_rows(sheet, vendor, principal, reason=reason, now=now)
    return _take_in(checked, make_batch, dry_run=dry_run, partial=partial, seal=seal)


def receive_rows(
    *,
    principal: Any,
    vendor: Vendor,
    sheet: Sheet,
    media_type: str,
    channel: str,
    now: datetime,
    reason: str = "",
    dry_run: bool = False,
    partial: bool = False,
    request_id: str = "",
) -> Receipt:
    """Take in rows that are at hand, as those of a spreadsheet are."""
    make_batch = batch_maker(principal, vendor, media_type, channel, reason, request_id, now)
    checked = check_rows(sheet, vendor, principal, reason=reason, now=now)
    return _take_in(checked, make_batch, dry_run=dry_run, partial=partial, seal=nothing_more)


def _take_in(checked: Checked, make_batch: Callable[[], Batch], *, dry_run: bool, partial: bool, seal: Seal) -> Receipt:
    if checked.errors and not (partial and checked.blocks):
        raise refusal(checked, checked.errors, checked.feeds, is_dry_run=dry_run)
    if not dry_run:
        return store(checked, make_batch, partial=partial, seal=seal)
    receipt = decide_all(checked, make_batch(), partial=partial, is_dry_run=True)
    for decision in receipt.decisions:
        receipt.batch.rows_late += len(late_rows(feed=decision.feed, rows=decision.changes.values()))
    return replace(receipt, previews=preview_decisions(receipt.decisions, now=receipt.batch.received_at))


def batch_maker(
    principal: Any, vendor: Vendor, media_type: str, channel: str, reason: str, request_id: str, now: datetime
) -> Callable[[], Batch]:
    """Return what makes the batch anew for each attempt to store it."""
    return partial_of(
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
