"""Rules that the rows of a feed keep: each is one function over columns that names the faulty rows.

A rule gets a draft and yields the position of each faulty row with its error. Cells that are empty, or could not be
read, break no rule.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from bpo.fields import MICRO
from bpo.formatting import show_day
from bpo.instants import local_day, stored_instants, utc
from bpo.size_limits import CLOCK_SKEW
from bpo.strict_columns import Cells, Column
from contracts.models.service_levels import TOTALS, Feed
from intake.addresses import FeedRules, FieldError

LONGEST_DOWNTIME = LONGEST_NIL = timedelta(days=366)
DAY = timedelta(days=1)

Limit = int | str | Decimal | None


@dataclass(frozen=True, slots=True)
class Span:
    """The days that totals are for, and how a key names them."""

    label: str
    starts_on: date
    ends_on: date


@dataclass
class Draft:
    """Rows of one feed while they are checked: their columns as far as they can be read.

    Totals of days, weeks and months have `spans`, which the cells of `span_column` name: for each row a span, an error
    where the cell names none, or None where it is empty.
    """

    rules: FeedRules
    now: datetime
    count: int
    columns: dict[str, Column] = field(default_factory=dict)
    voids: frozenset[int] = frozenset()
    spans: Sequence[Span | FieldError | None] = ()
    span_column: str = ""

    def values(self, name: str) -> Cells:
        return self.columns[name].values if name in self.columns else [None] * self.count

    def beyond(self, name: str, lowest: Limit = None, highest: Limit = None) -> list[int]:
        """Return the positions of cells outside the limits."""
        if name not in self.columns:
            return []
        values = self.columns[name].values
        filled = values if None not in values else [value for value in values if value is not None]
        is_low = lowest is not None and filled and min(filled) < lowest
        is_high = highest is not None and filled and max(filled) > highest
        if not is_low and not is_high:
            return []
        return [
            at
            for at, value in enumerate(values)
            if value is not None
            and ((lowest is not None and value < lowest) or (highest is not None and value > highest))
        ]


Faults = Iterator[tuple[int, FieldError]]
Rule = Callable[[Draft], Faults]


def not_negative(column: str) -> Rule:
    def rule(draft: Draft) -> Faults:
        for at in draft.beyond(column, lowest=0):
            yield at, FieldError(column, "negative", _("The number cannot be negative."))

    return rule


def not_in_future(column: str) -> Rule:
    def rule(draft: Draft) -> Faults:
        (latest,) = stored_instants([(draft.now + CLOCK_SKEW).astimezone(UTC).isoformat()])
        for at in draft.beyond(column, highest=latest):
            yield at, FieldError(column, "in_future", _("The time lies in the future."))

    return rule


def in_feeds_time(column: str, day_column: str) -> Rule:
    """Days lie within the contract's and the feed's time."""

    def rule(draft: Draft) -> Faults:
        time = draft.rules.time
        last = (time.end - DAY).isoformat() if time.end else None
        for at in draft.beyond(day_column, time.start.isoformat(), last):
            yield at, outside_error(column, date.fromisoformat(draft.values(day_column)[at]), draft.rules)

    return rule


def outside_error(column: str, day: date, rules: FeedRules) -> FieldError:
    feed, contract = rules.feed, rules.feed.contract
    if day in feed.time:
        words = {"contract": contract.public_id, "day": show_day(contract.opening_day)}
        detail = _("%(contract)s is a draft: it takes results of the days before %(day)s, its opening day.") % words
        return FieldError(column, "contract_is_draft", detail)
    in_contract = day in contract.time
    has_ended = feed.ends_on is not None and day >= feed.ends_on
    return FieldError(
        column,
        "outside_contract" if not in_contract else "feed_ended" if has_ended else "outside_feed",
        _("%(day)s lies outside the time of %(what)s.")
        % {"day": day, "what": feed.code if in_contract else contract.public_id},
    )


def in_order(first: str, then: str) -> Rule:
    def rule(draft: Draft) -> Faults:
        if first in draft.columns and then in draft.columns:
            for at, (start, end) in enumerate(zip(draft.values(first), draft.values(then), strict=True)):
                if start and end and end < start:
                    detail = _("%(then)s lies before %(first)s.") % {"then": then, "first": first}
                    yield at, FieldError(then, "wrong_order", detail)

    return rule


def in_feeds_limits(draft: Draft) -> Faults:
    """Values lie between the lowest and the highest that the feed takes."""
    feed, lowest, highest = draft.rules.feed, draft.rules.lowest, draft.rules.highest
    if lowest is not None:
        for at in draft.beyond("value", lowest=lowest * MICRO):
            detail = _("%(feed)s takes values from %(lowest)s.") % {"feed": feed.code, "lowest": f"{lowest:f}"}
            yield at, FieldError("value", "too_low", detail)
    if highest is not None:
        for at in draft.beyond("value", highest=highest * MICRO):
            detail = _("%(feed)s takes values up to %(highest)s.") % {"feed": feed.code, "highest": f"{highest:f}"}
            yield at, FieldError("value", "too_high", detail)


def has_weight(draft: Draft) -> Faults:
    for at in draft.beyond("weight", lowest=1):
        detail = _("A weight has to be above 0.")
        yield at, FieldError("weight", "bad_weight", detail)


def pauses_within_case(draft: Draft) -> Faults:
    latest_now = draft.now + CLOCK_SKEW
    for at, stored in enumerate(draft.values("pauses")):
        opened_at = draft.values("opened_at")[at]
        if stored in (None, "[]") or opened_at is None:
            continue
        ends = [utc(end) for end in (draft.values("resolved_at")[at], draft.values("closed_at")[at]) if end]
        latest = max(ends) if ends else latest_now
        for start, end, _reason in json.loads(stored):
            if datetime.fromisoformat(start) < utc(opened_at):
                detail = _("A pause begins before the case was opened.")
            elif (end is None and ends) or (end is not None and datetime.fromisoformat(end) > latest):
                detail = _("A pause lasts longer than the case.")
            else:
                continue
            yield at, FieldError("pauses", "pause_outside_case", detail)
            break


def has_target(draft: Draft) -> Faults:
    """Cases and contacts have a value that the terms have a target for, where these refuse others."""
    day_column = "opened_on" if draft.rules.feed.kind == Feed.Kind.CASES else "occurred_on"
    for needed in draft.rules.targets:
        columns = (needed.column, day_column, *needed.narrowing)
        for at, (value, day, *others) in enumerate(zip(*map(draft.values, columns), strict=True)):
            if day is None or not needed.is_for(day, others) or (value or "") in needed.values:
                continue
            words = {"level": needed.level, "column": needed.column, "values": ", ".join(filter(None, needed.values))}
            detail = _("%(level)s has no target for this %(column)s; it has one for %(values)s.") % words
            yield at, FieldError(needed.column, "no_target", detail)


def at_most_a_year(draft: Draft) -> Faults:
    for at, (start, end) in enumerate(zip(draft.values("started_at"), draft.values("ended_at"), strict=True)):
        if start and end and utc(end) - utc(start) > LONGEST_DOWNTIME:
            detail = _("One interval lasts a year at most; report a longer one in parts.")
            yield at, FieldError("ended_at", "too_long", detail)


def nothing_happened(draft: Draft) -> Faults:
    """Refuse nil reports of totals, of days to come or after the feed's end, and of more than a year."""
    feed, today, end = draft.rules.feed, local_day(draft.now, draft.rules.zone), draft.rules.time.end
    for at, (first, to) in enumerate(zip(draft.values("from"), draft.values("to"), strict=True)):
        last = to or first
        if (feed.kind, feed.schedule) in TOTALS:
            detail = _("%(feed)s takes totals: send them, even where they are 0.") % {"feed": feed.code}
            yield at, FieldError("nothing", "nothing_of_totals", detail)
        elif not first:
            continue
        elif last < first:
            yield (
                at,
                FieldError("to", "wrong_order", _("%(then)s lies before %(first)s.") % {"then": "to", "first": "from"}),
            )
        elif last > today.isoformat():
            yield at, FieldError("to" if to else "from", "in_future", _("The day lies in the future."))
        elif date.fromisoformat(last) - date.fromisoformat(first) >= LONGEST_NIL:
            yield at, FieldError("to", "too_long", _("One row is for a year at most; report more in parts."))
        elif end is not None and last >= end.isoformat():
            yield at, outside_error("to", date.fromisoformat(last), draft.rules)


def sound_totals(draft: Draft) -> Faults:
    """So many out of so many: whole, not negative, the part not above the whole, unless the feed allows it."""
    for at, (numerator, denominator) in enumerate(
        zip(draft.values("numerator"), draft.values("denominator"), strict=True)
    ):
        if numerator is not None and (error := total_error(draft, at, numerator, denominator)):
            yield at, error


def total_error(draft: Draft, at: int, numerator: int, denominator: int | None) -> FieldError | None:
    rules, negative = draft.rules, _("The number cannot be negative.")
    if denominator is None:
        detail = _("%(feed)s needs a denominator.") % {"feed": rules.feed.code}
        return FieldError("denominator", "missing_field", detail) if rules.needs_denominator else None
    if denominator < 0:
        return FieldError("denominator", "negative", negative)
    if denominator == 0 and numerator != 0:
        return FieldError("denominator", "zero_denominator", _("The denominator is 0, so the numerator has to be 0."))
    if not rules.is_share:
        return None
    if numerator < 0:
        return FieldError("numerator", "negative", negative)
    for column, value in (("numerator", numerator), ("denominator", denominator)):
        if value % MICRO:
            return FieldError(column, "not_whole", _("A count is a whole number."))
    if numerator > denominator:
        numbers = {name: draft.columns[name].texts[at].strip('"') for name in ("numerator", "denominator")}
        detail = _("Numerator %(numerator)s is larger than denominator %(denominator)s.") % numbers
        return FieldError("numerator", "numerator_exceeds_denominator", detail)
    return None


def begun_spans(draft: Draft) -> Faults:
    """Spans can be read, and have begun."""
    today = local_day(draft.now, draft.rules.zone)
    for at, span in enumerate(draft.spans):
        if isinstance(span, FieldError):
            yield at, span
        elif span and span.starts_on > today and at not in draft.voids:
            yield at, FieldError(draft.span_column, "in_future", _("The period has not begun yet."))


def broken_rules(draft: Draft, rules: Sequence[Rule]) -> dict[int, FieldError]:
    """Return the first rule that each faulty row breaks."""
    errors: dict[int, FieldError] = {}
    for rule in rules:
        for at, error in rule(draft):
            errors.setdefault(at, error)
    return errors
