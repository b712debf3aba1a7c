"""What becomes of checked rows beside what is stored: new, unchanged, superseded, voided, or a contradiction."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from django.utils.translation import gettext as _

from bpo.formatting import show_day
from bpo.instants import local_day
from bpo.row_errors import RowError
from contracts.models.service_levels import Feed
from intake.addresses import FeedRules
from intake.checking import Block
from intake.kinds import CONTENT, ROW_KINDS
from intake.rules import LONGEST_DOWNTIME
from intake.tables import StoredRow, as_text, last_revisions, stored_rows
from metrics.models.results import NIL, RESULT_TABLES, CountResult
from metrics.services.row_changes import RowChange, late_rows
from metrics.tallies.table_changes import NO_BATCH, TableChanges
from metrics.timelines import Cell
from sla.periods import DAY

# The columns in which a case or an outage that lasted gets its end.
ENDS = {Feed.Kind.CASES: frozenset({"resolved_at", "closed_at"}), Feed.Kind.DOWNTIME: frozenset({"ended_at"})}
NEW, SUPERSEDED, UNCHANGED, VOIDED = "new", "superseded", "unchanged", "voided"
REFUSED = "refused"


@dataclass
class Decision:
    """What becomes of each row of a block: its result, its revision, and the row that it replaces or equals.

    Rows that contradict what is stored are REFUSED and have `errors`. `changes` are what the others change.
    """

    block: Block
    results: list[str]
    revisions: list[int]
    stored: dict[int, StoredRow] = field(default_factory=dict)
    errors: list[RowError] = field(default_factory=list)
    changes: dict[int, RowChange] = field(default_factory=dict)

    @property
    def feed(self) -> Feed:
        return self.block.rules.feed

    def positions(self, *results: str) -> list[int]:
        return [at for at, result in enumerate(self.results) if result in results]

    def refuse(self, at: int, code: str, detail: str, hint: str = "") -> None:
        block = self.block
        name = "external_id" if block.value("external_id", at) else ""
        line = block.lines[at] if block.lines else None
        self.errors.append(RowError(block.places[at] + 1, line, name, code, detail, hint, block.keys[at]))


def decide(block: Block, *, now: datetime) -> Decision:
    """Decide what becomes of each row of a feed; the feed is locked, so that nobody else decides at the same time."""
    decision = Decision(block, [NEW] * len(block.keys), [1] * len(block.keys))
    _compare(decision)
    decision.changes = {at: row_change(decision, at, now) for at in decision.positions(NEW, SUPERSEDED, VOIDED)}
    late, twice = _refuse_late(decision, now), counted_twice(decision)
    for at in twice:
        decision.refuse(
            at,
            "total_and_splits",
            _("A total beside its splits would count the same twice."),
            _("Send the total or the splits; take back what is there first."),
        )
    for at in {*late, *twice}:
        decision.results[at] = REFUSED
        del decision.changes[at]
    return decision


def _compare(decision: Decision) -> None:
    """Compare every row with the stored row of its key."""
    block = decision.block
    stored = stored_rows(decision.feed, block.kind, block.keys)
    past = last_revisions(decision.feed, [key for key in block.keys if key not in stored])
    for at, key in enumerate(block.keys):
        before, is_void = stored.get(key), at in block.voids
        if before is not None:
            decision.stored[at], decision.revisions[at] = before, before.revision
            text_before = stored_text(block.rules, before)
            if is_void:
                decision.results[at] = VOIDED
            elif block.texts[at] == text_before:
                decision.results[at] = UNCHANGED
            elif block.reasons[at] or is_progress(decision.feed, text_before, block.texts[at]):
                decision.results[at], decision.revisions[at] = SUPERSEDED, before.revision + 1
            else:
                decision.results[at] = REFUSED
                decision.refuse(
                    at,
                    "external_id_conflict",
                    _("This result is stored already, with other content."),
                    _("If it is a correction, send it again with a reason."),
                )
        elif not is_void:
            decision.revisions[at] = past.get(key, 0) + 1
        elif key in past:
            decision.results[at], decision.revisions[at] = UNCHANGED, past[key]
        else:
            decision.results[at] = REFUSED
            decision.refuse(at, "unknown_result", _("There is no such result to void."))


def is_progress(feed: Feed, before: str, after: str) -> bool:
    """Whether a row only goes on: an empty end is filled, perhaps with what else was empty, and nothing is changed."""
    old, new = json.loads(before), json.loads(after)
    filled = set(new) - set(old)
    has_end = bool(filled & ENDS.get(feed.kind, frozenset())) or old.get("pauses") != new.get("pauses")
    if not has_end or any(new.get(name) != value for name, value in old.items() if name != "pauses"):
        return False
    pauses, new_pauses = old.get("pauses", []), new.get("pauses", [])
    return len(pauses) == len(new_pauses) and all(
        (start, *reason) == (new_start, *new_reason) and end in (None, new_end)
        for (start, end, *reason), (new_start, new_end, *new_reason) in zip(pauses, new_pauses, strict=True)
    )


def _refuse_late(decision: Decision, now: datetime) -> list[int]:
    """A closed period takes a row only with a reason, and even then does not count it."""
    unreasoned = {change.key: at for at, change in decision.changes.items() if not change.reason}
    changes = [decision.changes[at] for at in unreasoned.values()]
    late = late_rows(feed=decision.feed, rows=changes, now=now) if changes else {}
    for key, cell in late.items():
        detail = _("The row belongs to a closed period: %(period)s.") % {"period": cell.label}
        if cell.is_history:
            detail += " " + history_text(cell)
        decision.refuse(
            unreasoned[key],
            "period_closed",
            detail,
            _("With a reason it is kept and listed as late; the closed verdict stays."),
        )
    return [unreasoned[key] for key in late]


def history_text(cell: Cell) -> str:
    """Until when history took rows."""
    opening = show_day(cell.service_level.contract.opening_day)
    return _("History takes rows until the first period from %(day)s on closes.") % {"day": opening}


def counted_twice(decision: Decision) -> list[int]:
    """Return the new rows whose span would have a total beside its splits, which counts everything twice."""
    block, new = decision.block, decision.positions(NEW)
    if not block.is_spanned or not new:
        return []
    starts = {at: block.value("starts_on", at) for at in new}
    gone = {block.keys[at] for at in decision.positions(VOIDED)}
    splits: dict[str, set[str]] = defaultdict(set)
    rows = CountResult.objects.filter(feed=decision.feed, starts_on__range=(min(starts.values()), max(starts.values())))
    for starts_on, key, split in rows.order_by().values_list("starts_on", "key", "split"):
        if key not in gone:
            splits[starts_on.isoformat()].add(split)
    for at, start in starts.items():
        splits[start].add(block.value("split", at) or "")
    return [at for at, start in starts.items() if "" in splits[start] and len(splits[start]) > 1]


def row_change(decision: Decision, at: int, now: datetime) -> RowChange:
    """Return what a row changes: its days and columns before and after."""
    block, rules = decision.block, decision.block.rules
    before = decision.stored[at].content if at in decision.stored else None
    after = None if at in block.voids else content_of(block, at)
    contents, is_nil = [content for content in (before, after) if content], block.kind == NIL
    if is_nil:
        spans = [days_between(content["starts_on"], content["ends_on"] - DAY, date.min) for content in contents]
    else:
        spans = [days_of(rules, content, now) for content in contents]
    days, reason = frozenset().union(*spans), block.reasons[at]
    return RowChange(key=block.keys[at], days=days, reason=reason, before=before, after=after, is_nil=is_nil)


def content_of(block: Block, at: int) -> dict[str, Any]:
    """Return a row's content by column, as its model has it."""
    row = json.loads(block.texts[at])
    return {
        name: to_python(row[name]) if name in row else default() for name, to_python, default in loaders(block.kind)
    }


@cache
def loaders(kind: str) -> list[tuple[str, Callable[[Any], object], Callable[[], object]]]:
    """Return for each column of a kind's table how its value is made of a text, and what it is without one."""
    fields = map(RESULT_TABLES[kind]._meta.get_field, CONTENT[kind])
    return [(field.name, field.to_python, field.get_default) for field in fields]


def table_changes(decision: Decision) -> TableChanges:
    """Return what the decision changes in the feed's table, or in that of nil reports."""
    feed, changes, kind = decision.feed, decision.changes, decision.block.kind
    left_out = [change.key for change in changes.values() if change.before is not None]
    put_in = [
        RESULT_TABLES[kind](
            feed=feed, key=change.key, revision=decision.revisions[at], batch_id=NO_BATCH, **change.after
        )
        for at, change in changes.items()
        if change.after is not None
    ]
    return TableChanges(feed, left_out, put_in, is_nil=kind == NIL)


def days_of(rules: FeedRules, content: Mapping[str, Any], now: datetime) -> frozenset[date]:
    """Return the local days on which a row counts; an interval that still lasts counts up to today."""
    columns = ROW_KINDS[rules.feed.kind, rules.feed.schedule].day_columns
    if columns:
        return frozenset(content[name] for name in columns if content[name])
    return days_between(content["started_on"], content["ended_on"], local_day(now, rules.zone))


@lru_cache(maxsize=1024)
def days_between(first: date, last: date | None, today: date) -> frozenset[date]:
    """Return all days of an interval; without a last day it lasts until today, a year at most."""
    end = last or max(first, min(today, first + LONGEST_DOWNTIME))
    return frozenset(first + timedelta(days=number) for number in range((end - first).days + 1))


def stored_text(rules: FeedRules, stored: StoredRow) -> str:
    """Return a stored row in canonical JSON, as `Block.texts` has the same row where it is sent."""
    row = {
        "contract": rules.feed.contract.public_id,
        "feed": rules.feed.code,
        "key": stored.key,
        "void": False,
        **as_text(stored.content),
    }
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
