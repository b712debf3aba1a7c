"""Nil reports beside results: both may come in one request, and days with results take no nil report."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from bpo.formatting import show_day
from bpo.instants import local_day
from intake.checking import Block
from intake.deciding import NEW, REFUSED, VOIDED, Decision, decide, table_changes
from intake.kinds import MOMENT_COLUMNS
from metrics.models.results import NIL, NilResult
from metrics.tallies.nil_reports import days_touched, touched_spans
from sla.obligations import DaySpan
from sla.periods import DAY


def decide_blocks(blocks: Sequence[Block], *, now: datetime) -> list[Decision]:
    """Decide what becomes of the rows of all blocks; a result and a nil report of its day contradict each other."""
    decisions = [decide(block, now=now) for block in blocks]
    by_feed: dict[int, list[Decision]] = defaultdict(list)
    for decision in decisions:
        by_feed[decision.feed.pk].append(decision)
    for decision in decisions:
        others = [each for each in by_feed[decision.feed.pk] if each is not decision]
        if decision.block.kind == NIL:
            refuse_nil(decision, others)
        elif not decision.block.is_spanned:
            refuse_results(decision, others, now)
    return decisions


def refuse_nil(nil: Decision, others: Sequence[Decision]) -> None:
    """Refuse to take down that nothing happened on days with results, be they stored or sent with it."""
    rows = {at: nil.changes[at].after or {} for at in nil.positions(NEW)}
    spans = {at: DaySpan(row["starts_on"], row["ends_on"]) for at, row in rows.items()}
    if not spans:
        return
    first, end = min(span.start for span in spans.values()), max(span.end or span.start for span in spans.values())
    touched = touched_spans(nil.feed.kind, [nil.feed], first, end, [table_changes(each) for each in others])
    for at, span in spans.items():
        shared = [both.start for _pk, each in touched if (both := span.shared_with(each)).has_days]
        if shared:
            detail = _("Results of these days are there, the first of %(day)s.") % {"day": show_day(min(shared))}
            hint = _("Name only days on which nothing happened, or take the results back first.")
            take_out(nil, at, "something_happened", detail, hint)


def refuse_results(results: Decision, others: Sequence[Decision], now: datetime) -> None:
    """Refuse, unless with a reason, what happened before the vendor stated that nothing had happened that day."""
    feed, zone = results.feed, results.block.rules.zone
    changes = {at: results.changes[at] for at in results.positions(NEW)}
    unreasoned = {at: change.after for at, change in changes.items() if change.after and not change.reason}
    until = local_day(now, zone) + DAY
    spans = {at: days_touched(feed.kind, row, zone, until) for at, row in unreasoned.items()}
    if not spans:
        return
    taken_back = [each.block.keys[at] for each in others for at in each.positions(VOIDED)]
    rows = NilResult.objects.filter(feed=feed, ends_on__gt=min(span.start for span in spans.values()))
    rows = rows.exclude(key__in=taken_back).order_by()
    stated = [
        (DaySpan(start, end), at) for start, end, at in rows.values_list("starts_on", "ends_on", "batch__received_at")
    ]
    for at, span in spans.items():
        happened_at = unreasoned[at][MOMENT_COLUMNS[feed.kind]]
        days = [
            both.start
            for nil, stated_at in stated
            if (both := span.shared_with(nil)).has_days and happened_at <= stated_at
        ]
        if days:
            detail = _("It was reported that nothing happened on %(day)s.") % {"day": show_day(min(days))}
            hint = _("If this corrects it, send the result again with a reason.")
            take_out(results, at, "stated_as_nothing", detail, hint)


def take_out(decision: Decision, at: int, code: str, detail: str, hint: str) -> None:
    """Refuse a row that was to be stored."""
    decision.refuse(at, code, detail, hint)
    decision.results[at] = REFUSED
    del decision.changes[at]
