"""The one way in: what the API, a file and a form send is read, checked and stored by the same code."""

from dataclasses import replace
from datetime import date, datetime

from bpo.models import User
from bpo.row_errors import SubmissionError
from contracts.models.service_levels import Feed
from intake.checking import Checked, check_rows
from intake.parsing import Sheet, parse_body
from intake.receipts import Receipt, preview_decisions
from intake.storing import Seal, decide_all, refusal, store
from metrics.models.results import Batch
from metrics.services.row_changes import late_rows
from vendors.keys import KeyPrincipal
from vendors.models import Vendor

# The media type of rows that are typed into a form.
FORM = "application/x-www-form-urlencoded"


def receive(
    *,
    principal: object,
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
    seal: Seal | None = None,
) -> Receipt:
    """Take in a body wholly, or raise SubmissionError with everything that is wrong with it.

    A partial one is taken in without its wrong rows, if any row is right. What `seal` writes is written with it.
    """
    batch = new_batch(principal, vendor, media_type, channel, reason, request_id, now)
    sheet = parse_body(body, media_type, shape=shape)
    checked = check_rows(sheet, vendor, principal, reason=reason, now=now)
    if checked.errors and not sheet.is_exact:
        # An error shows the cell as it was sent.
        sheet = parse_body(body, media_type, shape=shape, exactly=True)
        checked = check_rows(sheet, vendor, principal, reason=reason, now=now)
    return _take_in(checked, batch, dry_run=dry_run, partial=partial, seal=seal)


def receive_rows(
    *,
    principal: object,
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
    batch = new_batch(principal, vendor, media_type, channel, reason, request_id, now)
    checked = check_rows(sheet, vendor, principal, reason=reason, now=now)
    return _take_in(checked, batch, dry_run=dry_run, partial=partial, seal=None)


def report_nothing(
    *, feed: Feed, first: date, last: date, note: str, reason: str, person: User, now: datetime, request_id: str
) -> Receipt:
    """Take in that nothing happened on a feed's days. Raises SubmissionError with the one error of the row."""
    row = {"contract": feed.contract.public_id, "feed": feed.code, "nothing": True, "note": note}
    sheet = Sheet.of_rows([row | {"from": first.isoformat(), "to": last.isoformat()}])
    try:
        return receive_rows(
            principal=person, vendor=feed.contract.vendor, sheet=sheet, media_type=FORM,
            channel=Batch.Channel.FORM, now=now, reason=reason, request_id=request_id,
        )  # fmt: skip
    except SubmissionError as refused:
        error = refused.more["errors"][0]
        raise SubmissionError(refused.status, refused.code, error["detail"], hint=error.get("hint", "")) from refused


def _take_in(checked: Checked, batch: Batch, *, dry_run: bool, partial: bool, seal: Seal | None) -> Receipt:
    if checked.errors and not (partial and checked.blocks):
        raise refusal(checked, checked.errors, checked.feeds, is_dry_run=dry_run)
    if not dry_run:
        return store(checked, batch, partial=partial, seal=seal)
    receipt = decide_all(checked, batch, partial=partial, is_dry_run=True)
    for decision in receipt.decisions:
        batch.rows_late += len(late_rows(feed=decision.feed, rows=decision.changes.values()))
    return replace(receipt, previews=preview_decisions(receipt.decisions, now=batch.received_at))


def new_batch(
    principal: object, vendor: Vendor, media_type: str, channel: str, reason: str, request_id: str, now: datetime
) -> Batch:
    """Return the batch, not saved and without counts."""
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
