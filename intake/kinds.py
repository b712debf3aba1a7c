"""The five kinds of results: which columns a row has, and what must hold between them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from bpo.size_limits import CLOCK_SKEW, LABEL_CHARACTERS
from bpo.strict_values import (
    CellError,
    Reader,
    choice_reader,
    read_day,
    read_flag,
    read_instant,
    read_month,
    read_number,
    read_pauses,
    read_pseudonym,
    read_week,
    text_reader,
)
from contracts.models.service_levels import Feed
from intake.addresses import FeedRules
from metrics.models.results import ContactResult

Cells = Mapping[str, Any]
LONGEST_DOWNTIME = timedelta(days=366)
DAY_COLUMNS: Mapping[str, tuple[str, ...]] = {
    Feed.Kind.COUNTS: ("starts_on",),
    Feed.Kind.CONTACTS: ("occurred_on",),
    Feed.Kind.CASES: ("opened_on", "due_on", "resolved_on", "closed_on"),
    Feed.Kind.OBSERVATIONS: ("occurred_on",),
}
read_label = text_reader(LABEL_CHARACTERS, lines=False)


class RuleError(CellError):
    """Cells that contradict each other or their feed; says under which column."""

    def __init__(self, column: str, code: str, detail: str, hint: str = "") -> None:
        super().__init__(code, detail, hint)
        self.column = column


@dataclass(frozen=True, slots=True)
class Fact:
    """What a row comes to: its table's columns, and the local days on which it counts."""

    columns: dict[str, Any]
    days: frozenset[date]
    key: str = ""


@dataclass(frozen=True, slots=True)
class RowKind:
    """One kind of result."""

    readers: Mapping[str, Reader]
    required: frozenset[str]
    make: Callable[[Cells, FeedRules, datetime], Fact]


def local_day(at: datetime | None, rules: FeedRules) -> date | None:
    """The day that a moment belongs to, in the contract's zone."""
    return None if at is None else at.astimezone(rules.zone).date()


def happened(cells: Cells, column: str, rules: FeedRules, now: datetime) -> date:
    """The local day of a moment that lies in the feed's time and not in the future."""
    at = cells[column]
    not_ahead(cells, column, now)
    day = local_day(at, rules)
    in_force(day, column, rules)
    return day


def not_ahead(cells: Cells, column: str, now: datetime) -> None:
    at = cells.get(column)
    if at is not None and at > now + CLOCK_SKEW:
        raise RuleError(column, "in_future", _("The moment has not come yet."))


def in_force(day: date, column: str, rules: FeedRules) -> None:
    if not rules.holds(day):
        feed, contract = rules.feed, rules.feed.contract
        in_contract = contract.starts_on <= day and (contract.ends_on is None or day < contract.ends_on)
        has_ended = feed.ends_on is not None and day >= feed.ends_on
        raise RuleError(
            column,
            "outside_contract" if not in_contract else "feed_ended" if has_ended else "outside_feed",
            _("%(day)s lies outside the time of %(what)s.")
            % {"day": day, "what": feed.code if in_contract else contract.public_id},
        )


def in_order(cells: Cells, first: str, then: str, column: str) -> None:
    if cells.get(first) and cells.get(then) and cells[then] < cells[first]:
        raise RuleError(column, "wrong_order", _("%(then)s lies before %(first)s.") % {"then": then, "first": first})


def not_negative(cells: Cells, *columns: str) -> None:
    for column in columns:
        if cells.get(column) is not None and cells[column] < 0:
            raise RuleError(column, "negative", _("The number cannot be negative."))


def make_contact(cells: Cells, rules: FeedRules, now: datetime) -> Fact:
    day = happened(cells, "occurred_at", rules, now)
    not_negative(cells, "wait_seconds", "handle_seconds")
    return Fact({**cells, "occurred_on": day}, frozenset([day]))


def make_observation(cells: Cells, rules: FeedRules, now: datetime) -> Fact:
    day = happened(cells, "occurred_at", rules, now)
    value = cells["value"]
    if rules.lowest is not None and value < rules.lowest:
        raise RuleError(
            "value",
            "too_low",
            _("%(feed)s takes values from %(lowest)s.") % {"feed": rules.feed.code, "lowest": f"{rules.lowest:f}"},
        )
    if rules.highest is not None and value > rules.highest:
        raise RuleError(
            "value",
            "too_high",
            _("%(feed)s takes values up to %(highest)s.") % {"feed": rules.feed.code, "highest": f"{rules.highest:f}"},
        )
    if cells.get("weight") is not None and cells["weight"] <= 0:
        raise RuleError(
            "weight", "bad_weight", _("A weight is above 0: a value that counts for nothing is not reported at all.")
        )
    return Fact({**cells, "occurred_on": day}, frozenset([day]))


def make_case(cells: Cells, rules: FeedRules, now: datetime) -> Fact:
    opened_on = happened(cells, "opened_at", rules, now)
    for column in ("resolved_at", "closed_at"):
        not_ahead(cells, column, now)
        in_order(cells, "opened_at", column, column)
    in_order(cells, "resolved_at", "closed_at", "closed_at")
    _check_pauses(cells, now)
    columns = {**cells, "opened_on": opened_on}
    for name in ("due", "resolved", "closed"):
        columns[f"{name}_on"] = local_day(cells.get(f"{name}_at"), rules)
    return Fact(columns, days_on(rules, columns, now))


def _check_pauses(cells: Cells, now: datetime) -> None:
    pauses = cells.get("pauses") or ()
    if not pauses:
        return
    ends = [end for end in (cells.get("resolved_at"), cells.get("closed_at")) if end]
    latest = max(ends) if ends else now + CLOCK_SKEW
    for start, end, _reason in pauses:
        if datetime.fromisoformat(start) < cells["opened_at"]:
            raise RuleError("pauses", "pause_outside_case", _("A pause begins before the case was opened."))
        if (end is None and ends) or (end is not None and datetime.fromisoformat(end) > latest):
            raise RuleError("pauses", "pause_outside_case", _("A pause lasts longer than the case."))


def make_downtime(cells: Cells, rules: FeedRules, now: datetime) -> Fact:
    started_on = happened(cells, "started_at", rules, now)
    not_ahead(cells, "ended_at", now)
    in_order(cells, "started_at", "ended_at", "ended_at")
    end = cells.get("ended_at")
    if end and end - cells["started_at"] > LONGEST_DOWNTIME:
        raise RuleError("ended_at", "too_long", _("One interval lasts a year at most; report a longer one in parts."))
    ended_on = local_day(end, rules)
    columns = {**cells, "started_on": started_on, "ended_on": ended_on}
    return Fact(columns, days_on(rules, columns, now))


def days_on(rules: FeedRules, columns: Cells, now: datetime) -> frozenset[date]:
    """The local days on which a row counts; an interval that still lasts counts up to today."""
    if rules.feed.kind != Feed.Kind.DOWNTIME:
        return frozenset(columns[name] for name in DAY_COLUMNS[rules.feed.kind] if columns.get(name))
    first = columns["started_on"]
    return days_of(first, columns["ended_on"] or max(first, min(local_day(now, rules), first + LONGEST_DOWNTIME)))


@lru_cache(maxsize=1024)
def days_of(first: date, last: date) -> frozenset[date]:
    """All days from the first to the last."""
    return frozenset(first + timedelta(days=number) for number in range((last - first).days + 1))


def make_counts(cells: Cells, rules: FeedRules, now: datetime) -> Fact:
    """Totals; of an event they are known by external_id, of a span by the span and its split."""
    check_totals(cells, rules)
    columns = {name: cells.get(name) for name in ("numerator", "denominator", "occurred_at")}
    columns["split"] = cells.get("split", "")
    if rules.feed.schedule == Feed.Schedule.EVENT:
        day = happened(cells, "occurred_at", rules, now)
        columns |= {"starts_on": day, "ends_on": day + timedelta(days=1)}
        return Fact(columns, frozenset([day]))
    label, starts_on, ends_on = span_of(cells, rules)
    if starts_on > local_day(now, rules):
        raise RuleError(span_column(rules), "in_future", _("The period has not begun yet."))
    if starts_on < rules.starts_on < ends_on:
        starts_on = rules.starts_on  # Of the period in which the contract or the feed begins, there is a part.
    in_force(starts_on, span_column(rules), rules)
    columns |= {"starts_on": starts_on, "ends_on": ends_on}
    return Fact(columns, frozenset([starts_on]), f"{label}|{columns['split']}")


def span_column(rules: FeedRules) -> str:
    """The column by which a feed's totals are dated."""
    schedule = rules.feed.schedule
    if schedule == Feed.Schedule.EVENT:
        return "occurred_at"
    return "date" if schedule == Feed.Schedule.DAILY else "period"


def span_of(cells: Cells, rules: FeedRules) -> tuple[str, date, date]:
    """The label, the first day and the day after the last of the span that totals are for."""
    if rules.feed.schedule == Feed.Schedule.DAILY:
        return str(cells["date"]), cells["date"], cells["date"] + timedelta(days=1)
    read = read_week if rules.feed.schedule == Feed.Schedule.WEEKLY else read_month
    try:
        return cells["period"], *read(cells["period"])
    except CellError as wrong:
        raise RuleError("period", wrong.code, wrong.detail, wrong.hint) from wrong


def check_totals(cells: Cells, rules: FeedRules) -> None:
    """So many out of so many: whole, not negative, the part not above the whole, unless the feed says otherwise."""
    numerator, denominator = cells["numerator"], cells.get("denominator")
    if denominator is None and rules.needs_denominator:
        raise RuleError("denominator", "missing_field", _("%(feed)s needs a denominator.") % {"feed": rules.feed.code})
    not_negative(cells, "denominator")
    if denominator == 0 and numerator != 0:
        raise RuleError("denominator", "zero_denominator", _("Of nothing, nothing can be counted."))
    if not rules.is_share or denominator is None:
        return
    not_negative(cells, "numerator")
    for column in ("numerator", "denominator"):
        if cells[column] != cells[column].to_integral_value():
            raise RuleError(column, "not_whole", _("A count is a whole number."))
    if numerator > denominator:
        raise RuleError(
            "numerator",
            "numerator_exceeds_denominator",
            _("Numerator %(numerator)s is larger than denominator %(denominator)s.")
            % {"numerator": f"{numerator:f}", "denominator": f"{denominator:f}"},
        )


KINDS: dict[str, RowKind] = {
    Feed.Kind.COUNTS: RowKind(
        {
            "date": read_day,
            "period": read_label,
            "occurred_at": read_instant,
            "numerator": read_number,
            "denominator": read_number,
            "split": read_label,
        },
        frozenset({"numerator"}),
        make_counts,
    ),
    Feed.Kind.CONTACTS: RowKind(
        {
            "occurred_at": read_instant,
            "outcome": choice_reader(ContactResult.Outcome.values),
            "wait_seconds": read_number,
            "handle_seconds": read_number,
            "resolved": read_flag,
            "score": read_number,
            "queue": read_label,
            "customer": read_pseudonym,
        },
        frozenset({"external_id", "occurred_at", "outcome"}),
        make_contact,
    ),
    Feed.Kind.CASES: RowKind(
        {
            "opened_at": read_instant,
            "due_at": read_instant,
            "resolved_at": read_instant,
            "closed_at": read_instant,
            "pauses": read_pauses,
            "met": read_flag,
            "correct": read_flag,
            "reopened": read_flag,
            "priority": read_label,
            "group": read_label,
        },
        frozenset({"external_id", "opened_at"}),
        make_case,
    ),
    Feed.Kind.OBSERVATIONS: RowKind(
        {"occurred_at": read_instant, "value": read_number, "weight": read_number},
        frozenset({"external_id", "occurred_at", "value"}),
        make_observation,
    ),
    Feed.Kind.DOWNTIME: RowKind(
        {"started_at": read_instant, "ended_at": read_instant, "planned": read_flag, "service": read_label},
        frozenset({"external_id", "started_at"}),
        make_downtime,
    ),
}
