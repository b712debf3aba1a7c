"""What would become of the rows of one part, beside what is stored; and what a page says of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import chain

from django.db import connection

from bpo.row_errors import RowError, show_value
from contracts.models.service_levels import Feed
from intake.checking import Block, Checked, check_rows
from intake.contradictions import decide_blocks
from intake.deciding import NEW, REFUSED, SUPERSEDED, UNCHANGED, Decision, counted_twice
from intake.files.changed_rows import changed_row
from intake.models.large_imports import Json
from intake.parsing import Sheet
from intake.partial import partly_accepted
from intake.receiving import find_unlikely, unlikely_rows
from intake.storing import block_days
from intake.tables import chunks, last_revisions
from intake.unlikely import Unlikely
from intake.unlikely_volumes import hours_of, keys_of
from metrics.models.results import NIL, RESULT_TABLES, NilResult
from metrics.services.row_changes import cells_touched, is_any_final
from vendors.models import Vendor

# Of each part so many wrong and changed rows are listed; the file of wrong rows has all of them.
LISTED = 100
STORED = "SELECT 1 FROM {results} WHERE feed_id = %s AND key IN"


@dataclass
class Outcome:
    """What becomes of each row. Where all are new in open periods, `is_new`, nothing of what is stored was read."""

    checked: Checked
    decisions: Sequence[Decision]
    errors: list[RowError]
    is_new: bool

    @property
    def wrong_rows(self) -> int:
        return len({error.row for error in self.errors})

    @property
    def results(self) -> Counter[str]:
        return Counter(chain.from_iterable(decision.results for decision in self.decisions))

    @property
    def feeds(self) -> dict[int, int]:
        """The feed of each wrong row."""
        feeds = dict(self.checked.feeds)
        for decision in self.decisions:
            feeds |= dict.fromkeys((error.row for error in decision.errors), decision.feed.pk)
        return feeds

    @property
    def has_totals(self) -> bool:
        """Whether it has totals or nil reports, of which one tells against another."""
        return any(block.is_spanned or block.kind == NIL for block in self.checked.blocks)


def outcome_of(
    sheet: Sheet, vendor: Vendor, principal: object, *, reason: str, now: datetime, are_keys_new: bool = False
) -> Outcome:
    """Check the rows of a part, and compare them with what is stored.

    With `are_keys_new` no key is looked up, and the unique key of the table has to say so where one is there. In the
    middle of a long transaction PostgreSQL looks keys up in a table of whose new rows it knows nothing.
    """
    checked = check_rows(sheet, vendor, principal, reason=reason, now=now)
    is_new = all(is_wholly_new(block, now, are_keys_new=are_keys_new) for block in checked.blocks)
    if is_new:
        decisions = [Decision(each, [NEW] * len(each.keys), [1] * len(each.keys)) for each in checked.blocks]
    else:
        decisions = decide_blocks(checked.blocks, now=now)
    errors = sorted(chain(checked.errors, *(each.errors for each in decisions)), key=lambda error: error.row)
    return Outcome(checked, decisions, errors, is_new)


def is_wholly_new(block: Block, now: datetime, *, are_keys_new: bool = False) -> bool:
    """Whether no row is or was there, and all lie in open periods; a few questions instead of one of each row."""
    feed, days = block.rules.feed, block_days(block, now)
    if block.kind == NIL or block.voids or (not are_keys_new and _is_some_stored(block)):
        return False
    # A row that once was there goes on with its revisions.
    if last_revisions(feed, block.keys):
        return False
    if block.is_spanned and counted_twice(Decision(block, [NEW] * len(block.keys), [1] * len(block.keys))):
        return False
    if not block.is_spanned and NilResult.objects.filter(feed=feed, ends_on__gt=min(days, default=date.min)).exists():
        return False
    return not is_any_final(cells_touched(feed=feed, days=days, now=now).values())


def _is_some_stored(block: Block) -> bool:
    """Whether one of the rows is there."""
    query, feed = STORED.format(results=RESULT_TABLES[block.kind]._meta.db_table), block.rules.feed.pk
    with connection.cursor() as cursor:
        for keys in chunks(block.keys):
            cursor.execute(f"{query} ({', '.join(['%s'] * len(keys))}) LIMIT 1", [feed, *keys])
            if cursor.fetchone():
                return True
    return False


def summary_of(outcome: Outcome, first_row: int, *, is_whole: bool, now: datetime) -> Json:
    """Return what a page says of a part, as JSON. `is_whole` where the file has no other part."""
    results, checked = outcome.results, outcome.checked
    changed = sum(results.values()) - results[NEW] - results[UNCHANGED] - results[REFUSED]
    rows = [(decision, at) for decision in outcome.decisions for at in decision.positions(SUPERSEDED)]
    blocks = [block for block in checked.blocks if block.kind != NIL]
    questions: list[Unlikely] = []
    if results[NEW] + changed:
        found = find_unlikely(checked, now=now) if is_whole else list(chain(*map(unlikely_rows, blocks)))
        questions = [*found, *partly_accepted(checked, outcome.errors, outcome.feeds)]
    return {
        "counts": {
            "new": results[NEW], "changed": changed, "unchanged": results[UNCHANGED], "wrong": outcome.wrong_rows,
        },
        "wrong": [_wrong(error, first_row) for error in outcome.errors[:LISTED]],
        "errors": len(outcome.errors),
        "changed": [asdict(changed_row(*row)) for row in rows[:LISTED]],
        "questions": [kept_question(each) for each in questions],
        "days": {str(block.rules.feed.pk): _span(block, now) for block in blocks},
        "has_totals": outcome.has_totals,
        **({} if is_whole else _volumes(blocks)),
    }  # fmt: skip


def _wrong(error: RowError, first_row: int) -> dict[str, object]:
    return {
        "row": first_row + error.row,
        "line": error.line,
        "field": error.field,
        "code": error.code,
        "detail": str(error.detail),
        "hint": str(error.hint),
        "value": show_value(error.value) or "",
    }


def kept_question(question: Unlikely) -> dict[str, object]:
    """Return a question as it is kept: its feed by key, and the lines of its first rows."""
    return {
        "code": question.code,
        "detail": question.detail,
        "feed": question.feed.pk if question.feed else None,
        "count": len(question.rows),
        "lines": list(question.lines[:LISTED]),
    }


def _span(block: Block, now: datetime) -> list[str]:
    days = block_days(block, now)
    return [day.isoformat() for day in sorted(days)] if days else []


def _volumes(blocks: Sequence[Block]) -> Json:
    """Count the contacts of a part by day and queue, and by day and hour, which other parts go on with."""
    contacts = [block for block in blocks if block.rules.feed.kind == Feed.Kind.CONTACTS]
    return {
        "volumes": {str(block.rules.feed.pk): _counts(block) for block in contacts},
        "hours": {str(block.rules.feed.pk): list(_hours(block)) for block in contacts},
    }


def _counts(block: Block) -> list[tuple[str, str, int]]:
    counts = Counter(keys_of(block, "occurred_on", "queue").values())
    return [(day.isoformat(), queue, count) for (day, queue), count in counts.items()]


def _hours(block: Block) -> Iterator[tuple[str, int, int]]:
    for day, hours in hours_of(block).items():
        for minute, count in hours.items():
            yield day.isoformat(), minute, count
