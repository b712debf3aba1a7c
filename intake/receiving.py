"""The one way in: what the API, a file and a form send is read, checked and stored by the same code."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from bpo.fields import MICRO
from bpo.models import User
from bpo.row_errors import SubmissionError
from bpo.strict_columns import Cells
from contracts.models.service_levels import Feed
from contracts.terms import NARROWING
from intake.checking import Block, Checked, check_rows
from intake.feed_readings import MEASURED, Narrowings, read_feed
from intake.parsing import Sheet, parse_body
from intake.receipts import Receipt, preview_decisions
from intake.refusals import refusal
from intake.storing import Seal, decide_all, store
from intake.unlikely import Unlikely, warn_of_names, warn_of_scale, warn_of_texts, warn_of_totals
from metrics.models.results import NIL, Batch
from metrics.services.row_changes import late_rows
from sla.unlikely import (
    UnreadName,
    all_below,
    is_garbled,
    rounded_ids,
    total_beside_parts,
    unread_names,
    unusual_scale,
)
from vendors.keys import KeyPrincipal
from vendors.models import Vendor

# The media type of rows that are typed into a form.
FORM = "application/x-www-form-urlencoded"
# A feed that takes values up to this has percentages: all below 1 are of another unit, as are waits below a second.
PERCENT = 100
Parts = dict[str, dict[str, tuple[int, int | None]]]


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
    confirmed: Collection[str] = (),
    request_id: str = "",
    seal: Seal | None = None,
) -> Receipt:
    """Take in a body wholly, or raise SubmissionError with everything that is wrong with it.

    A partial one is taken in without its wrong rows, if any row is right. What is unlikely in the others is stored and
    named as a warning; where their feed holds it, its code has to be `confirmed`. `seal` writes with it.
    """
    batch = new_batch(principal, vendor, media_type, channel, reason, request_id, now)
    sheet = parse_body(body, media_type, shape=shape)
    checked = check_rows(sheet, vendor, principal, reason=reason, now=now)
    if checked.errors and not sheet.is_exact:
        # An error shows the cell as it was sent.
        sheet = parse_body(body, media_type, shape=shape, exactly=True)
        checked = check_rows(sheet, vendor, principal, reason=reason, now=now)
    checked.confirmed = confirmed
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
    confirmed: Collection[str] = (),
    asks_all: bool = True,
    questions: Iterable[Unlikely] = (),
    request_id: str = "",
) -> Receipt:
    """Take in rows that are at hand, as those of a spreadsheet are.

    Whatever is unlikely in them, or in the file they come from (`questions`), has to be confirmed if it `asks_all`.
    """
    batch = new_batch(principal, vendor, media_type, channel, reason, request_id, now)
    checked = check_rows(sheet, vendor, principal, reason=reason, now=now)
    checked.confirmed, checked.asks_all = confirmed, asks_all
    checked.warnings += questions
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
    checked.warnings += find_unlikely(checked.blocks)
    batch.warnings = [each.as_json() for each in checked.warnings]
    if not dry_run:
        return store(checked, batch, partial=partial, seal=seal)
    receipt = decide_all(checked, batch, partial=partial, is_dry_run=True)
    for decision in receipt.decisions:
        changes = decision.changes.values()
        batch.rows_late += len(late_rows(feed=decision.feed, rows=changes, now=batch.received_at))
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


def find_unlikely(blocks: Iterable[Block]) -> list[Unlikely]:
    """Return what is unlikely in rows that break no rule, feed by feed."""
    found: list[Unlikely] = []
    for block in (block for block in blocks if block.kind != NIL):
        narrowings, history = read_feed(block)
        found += unlikely_names(block, narrowings)
        found += unlikely_values(block, history)
        if {"split", "numerator"} <= block.columns.keys():
            found += unlikely_totals(block, narrowings, history)
    return found


def unlikely_names(block: Block, narrowings: Narrowings) -> list[Unlikely]:
    """Return names that no service level reads, or that were garbled on the way, and ids that were rounded."""
    found: list[Unlikely] = []
    garbled: dict[str, list[int]] = defaultdict(list)
    kind: Any = block.rules.feed.kind
    for column in NARROWING[kind]:
        if column in block.columns:
            values = block.columns[column].values
            if strange := {value for value in set(values) if value and is_garbled(value)}:
                for at, value in enumerate(values):
                    if value in strange:
                        garbled[value].append(at)
    columns = sorted(set().union(*narrowings))
    if columns:
        names = list(zip(*(labels(block, column) for column in columns), strict=True))
        if unread := {each.name: each for each in unread_names(set(names), columns, narrowings)}:
            places: dict[UnreadName, list[int]] = {each: [] for each in unread.values()}
            for at, name in enumerate(names):
                if name in unread and at not in block.voids:
                    places[unread[name]].append(at)
            found += warn_of_names(block, columns, {name: at for name, at in places.items() if at})
    rounded = [] if block.is_spanned else rounded_ids(block.keys)
    return found + (warn_of_texts(block, garbled, rounded) if garbled or rounded else [])


def labels(block: Block, column: str) -> Sequence[str]:
    return block.columns[column].values if column in block.columns else [""] * len(block.keys)


def unlikely_values(block: Block, history: Mapping[str, Cells]) -> list[Unlikely]:
    """Return values of another scale than the feed had before, or, where it has no history, than its unit allows."""
    feed, columns, found = block.rules.feed, block.columns, []
    sent = {name: columns[name].values for name in history if name in columns}
    if feed.kind == Feed.Kind.COUNTS:
        return unlikely_counts(block, sent, history) if "numerator" in sent else []
    # Some single waits are long; it is another unit where most are.
    least_share = Fraction(1, 2) if feed.kind == Feed.Kind.CONTACTS else Fraction(0)
    for name in (name for name in MEASURED.get(feed.kind, ())[1:] if name in sent):
        has_limit = name.endswith("_seconds") or block.rules.highest == PERCENT
        if off := unusual_scale(sent[name], history[name], least_share=least_share):
            found.append(warn_of_scale(block, name, *off))
        elif has_limit and (tiny := all_below(sent[name], history[name], MICRO)):
            found.append(warn_of_scale(block, name, None, tiny))
    return found


def unlikely_counts(block: Block, sent: Mapping[str, Cells], history: Mapping[str, Cells]) -> list[Unlikely]:
    """Return totals of another scale: a volume may be small for once, but not so many times larger."""
    has_parts = "denominator" in sent and any(sent["denominator"])
    name = "denominator" if has_parts else "numerator"
    off = unusual_scale(sent[name], history[name])
    if off and (off[0] > 1 or not has_parts):
        return [warn_of_scale(block, name, *off)]
    if has_parts and not block.rules.is_share:
        ratios = [
            [n * MICRO // d if n and d else None for n, d in zip(side["numerator"], side["denominator"], strict=True)]
            for side in (sent, history)
        ]
        if off := unusual_scale(*ratios):
            return [warn_of_scale(block, "numerator", *off)]
    return []


def unlikely_totals(block: Block, narrowings: Narrowings, history: Mapping[str, Cells]) -> list[Unlikely]:
    """Return splits that hold the other splits of their day, where a service level reads both."""
    days, places = parts_of_days(block, history)
    totals: dict[str, str] = {}
    for day, parts in days.items():
        split = total_beside_parts(parts)
        others = parts.keys() - {split}
        if split is not None and any(
            "split" not in only or (split in only["split"] and others & only["split"]) for only in narrowings
        ):
            totals[day] = split
    # Where the total came before, the rows that are sent are its parts.
    positions = [at for day, split in totals.items() for at in places.get((day, split), ())]
    positions = positions or [at for (day, _split), rows in places.items() if day in totals for at in rows]
    return [warn_of_totals(block, totals, sorted(positions))] if totals else []


def parts_of_days(block: Block, history: Mapping[str, Cells]) -> tuple[Parts, dict[tuple[str, str], list[int]]]:
    """Return numerator and denominator of each split by day, with what is stored, and the positions of the rows."""
    columns, places = block.columns, defaultdict(list)
    days: Parts = defaultdict(dict)
    own = set(columns["starts_on"].values)
    for day, split, *numbers in zip(*history.values(), strict=True) if block.is_spanned else ():
        if (day := str(day)) in own:
            days[day][split] = numbers[0], numbers[1]
    nothing = [None] * len(block.keys)
    cells = (columns[name].values if name in columns else nothing for name in MEASURED[Feed.Kind.COUNTS])
    for at, (day, split, numerator, denominator) in enumerate(zip(*cells, strict=True)):
        if at not in block.voids:
            before = days[day][split] if (day, split) in places else (0, None)
            total = denominator if before[1] is None else before[1] + (denominator or 0)
            days[day][split] = (before[0] + numerator, total)
            places[day, split].append(at)
    return days, places
