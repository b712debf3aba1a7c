"""The one way in: what the API, a file and a form send is read, checked and stored by the same code."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from itertools import chain
from typing import Any

from django.db import connection

from bpo.fields import MICRO
from bpo.models import User
from bpo.row_errors import SubmissionError
from bpo.strict_columns import Cells
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from contracts.terms import NARROWING
from intake.checking import Block, Checked, check_rows
from intake.parsing import Sheet, parse_body
from intake.receipts import Receipt, preview_decisions
from intake.refusals import refusal
from intake.storing import Seal, decide_all, store
from intake.totals_beside_parts import MEASURED, Narrowings, unlikely_totals
from intake.unlikely import Unlikely, warn_of_names, warn_of_scale, warn_of_texts
from intake.unlikely_volumes import unlikely_volumes
from metrics.models.results import NIL, RESULT_TABLES, Batch
from metrics.services.row_changes import late_rows
from sla.unlikely import (
    UnreadName,
    all_below,
    is_garbled,
    rounded_ids,
    unread_names,
    unusual_scale,
    values_read,
)
from vendors.keys import KeyPrincipal
from vendors.models import Vendor

# The media type of rows that are typed into a form.
FORM = "application/x-www-form-urlencoded"
HISTORY = 100
# A feed that takes values up to this has percentages: all below 1 are of another unit, as are waits below a second.
PERCENT = 100
# What service levels read of the feed, also as their denominator, and its latest rows, in one statement.
READ = """
    SELECT CAST(narrowing AS text), CAST(params AS text) {nothing} FROM {terms}
    JOIN {levels} ON {levels}.id = service_level_id
    WHERE feed_id = %s AND effective_on <= %s AND ({terms}.ends_on IS NULL OR {terms}.ends_on > %s)
"""
READ_PER = READ.replace("narrowing AS text), CAST(params AS text)", "per AS text), NULL").replace(
    "feed_id", "per_feed_id"
)
LATEST = """
    UNION ALL SELECT NULL, NULL, {names} FROM (
        SELECT {names} FROM {results} WHERE feed_id = %s ORDER BY {day} DESC LIMIT {most}
    ) AS latest
"""


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
    seal: Seal | None = None,
) -> Receipt:
    """Take in rows that are at hand, as those of a spreadsheet are.

    Whatever is unlikely in them, or in the file they come from (`questions`), has to be confirmed if it `asks_all`.
    """
    batch = new_batch(principal, vendor, media_type, channel, reason, request_id, now)
    checked = check_rows(sheet, vendor, principal, reason=reason, now=now)
    checked.confirmed, checked.asks_all = confirmed, asks_all
    checked.warnings += questions
    return _take_in(checked, batch, dry_run=dry_run, partial=partial, seal=seal)


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
    checked.warnings += find_unlikely(checked, now=batch.received_at)
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


def find_unlikely(checked: Checked, *, now: datetime) -> list[Unlikely]:
    """Return what is unlikely in rows that break no rule, feed by feed."""
    found: list[Unlikely] = []
    # The lines of a CSV file or a workbook, of which rows one by one are not kept.
    is_of_file = checked.sheet.lines is not None and checked.sheet.rows is None
    for block in (block for block in checked.blocks if block.kind != NIL):
        found += unlikely_rows(block)
        if is_of_file or "numerator" in block.columns:
            found += unlikely_volumes(block, of_file=is_of_file, now=now)
    return found


def unlikely_rows(block: Block) -> list[Unlikely]:
    """Return what is unlikely in the rows of a feed, whatever else the file holds."""
    narrowings, history = read_feed(block)
    found = unlikely_names(block, narrowings) + unlikely_values(block, history)
    if {"split", "numerator"} <= block.columns.keys():
        found += unlikely_totals(block, narrowings, history)
    return found


def read_feed(block: Block) -> tuple[Narrowings, dict[str, Cells]]:
    """Return what service levels read of the feed in the days of the rows, and the feed's latest rows by column."""
    feed = block.rules.feed
    days = set(chain.from_iterable(column.values for name, column in block.columns.items() if name.endswith("_on")))
    days.discard(None)
    names = MEASURED.get(feed.kind, ())
    tables = {"terms": ServiceLevelTerms._meta.db_table, "levels": ServiceLevel._meta.db_table}
    query = READ.format(nothing=", NULL" * len(names), **tables)
    parameters = [feed.pk, max(days, default="9999-12-31"), min(days, default="0001-01-01")]
    if names:
        results = RESULT_TABLES[feed.kind]._meta.db_table
        query += LATEST.format(names=", ".join(names), results=results, day=names[0], most=HISTORY)
        parameters.append(feed.pk)
    # Last, so that PostgreSQL knows the types of its empty columns.
    query += f" UNION ALL {READ_PER.format(nothing=', NULL' * len(names), **tables)}"
    parameters += parameters[:3]
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        rows = cursor.fetchall()
    narrowings = [values_read(*reading_of(*row[:2])) for row in rows if row[0] is not None]
    latest = [row[2:] for row in rows if row[0] is None]
    return narrowings, {name: [row[place] for row in latest] for place, name in enumerate(names)}


def reading_of(stated: str, params: str | None) -> tuple[Any, Any]:
    """The narrowing and the parameters with which a level reads the feed: its own, or those of its denominator."""
    if params is not None:
        return json.loads(stated), json.loads(params)
    per = json.loads(stated)
    return per.get("only", {}), per.get("measure", {})


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
