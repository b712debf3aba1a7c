"""The kinds of rows: which columns each has, how they are read, what is worked out from them, and its rules."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache

from django.utils.translation import gettext as _

from bpo.size_limits import EXTERNAL_ID_CHARACTERS, LABEL_CHARACTERS, NOTE_CHARACTERS, REASON_CHARACTERS
from bpo.strict_columns import (
    DAY,
    FLAG,
    FLAG_OR_FALSE,
    INSTANT,
    NUMBER,
    PAUSES,
    Column,
    ColumnReader,
    choice_column,
    external_id_column,
    pseudonym_column,
    text_column,
)
from bpo.strict_values import CellError, read_month, read_quarter, read_week
from contracts.models.service_levels import Feed
from intake.addresses import ADDRESS, FieldError
from intake.rules import (
    Draft,
    Rule,
    Span,
    at_most_a_year,
    begun_spans,
    has_target,
    has_weight,
    in_feeds_limits,
    in_feeds_time,
    in_order,
    not_in_future,
    not_negative,
    nothing_happened,
    pauses_within_case,
    sound_totals,
)
from metrics.models.results import NIL, NIL_KEY, RESULT_TABLES, ContactResult

ONE_DAY = timedelta(days=1)
LABEL = text_column(LABEL_CHARACTERS)
YEAR = re.compile(r"[12][0-9]{3}")
# An empty text names no period, and is none that is missing.
PERIOD = replace(LABEL, empty=(None, None))
COMMON: Mapping[str, ColumnReader] = {
    "external_id": external_id_column(EXTERNAL_ID_CHARACTERS),
    "note": text_column(NOTE_CHARACTERS, lines=True),
    "reason": text_column(REASON_CHARACTERS),
    "void": FLAG,
    "nothing": FLAG,
}
# What a row says of its sending, and not of the result.
NO_RESULT = frozenset({"reason", "void", "nothing"})


@dataclass(frozen=True)
class RowKind:
    """One kind of row. `spans` works out the days that totals are for; such rows are known by span and split."""

    own_columns: Mapping[str, ColumnReader]
    required: frozenset[str]
    rules: tuple[Rule, ...]
    spans: Callable[[Draft], None] | None = None
    day_columns: tuple[str, ...] = ()
    columns: Mapping[str, ColumnReader] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", {**self.own_columns, **COMMON})


def happened(column: str, day_column: str) -> tuple[Rule, ...]:
    """Return the rules of the moment at which something happened."""
    return not_in_future(column), in_feeds_time(column, day_column)


CONTACTS = RowKind(
    own_columns={
        "occurred_at": INSTANT,
        "outcome": choice_column(ContactResult.Outcome.values),
        "wait_seconds": NUMBER,
        "handle_seconds": NUMBER,
        "resolved": FLAG,
        "score": NUMBER,
        "queue": LABEL,
        "customer": pseudonym_column(LABEL_CHARACTERS),
    },
    required=frozenset({"external_id", "occurred_at", "outcome"}),
    rules=(
        *happened("occurred_at", "occurred_on"),
        not_negative("wait_seconds"),
        not_negative("handle_seconds"),
        has_target,
    ),
    day_columns=("occurred_on",),
)
CASES = RowKind(
    own_columns={
        "opened_at": INSTANT,
        "due_at": INSTANT,
        "resolved_at": INSTANT,
        "closed_at": INSTANT,
        "pauses": PAUSES,
        "met": FLAG,
        "correct": FLAG,
        "reopened": FLAG,
        "priority": LABEL,
        "group": LABEL,
    },
    required=frozenset({"external_id", "opened_at"}),
    rules=(
        *happened("opened_at", "opened_on"),
        not_in_future("resolved_at"),
        in_order("opened_at", "resolved_at"),
        not_in_future("closed_at"),
        in_order("opened_at", "closed_at"),
        in_order("resolved_at", "closed_at"),
        pauses_within_case,
        has_target,
    ),
    day_columns=("opened_on", "due_on", "resolved_on", "closed_on"),
)
OBSERVATIONS = RowKind(
    own_columns={"occurred_at": INSTANT, "value": NUMBER, "weight": NUMBER},
    required=frozenset({"external_id", "occurred_at", "value"}),
    rules=(*happened("occurred_at", "occurred_on"), in_feeds_limits, has_weight),
    day_columns=("occurred_on",),
)
DOWNTIME = RowKind(
    own_columns={"started_at": INSTANT, "ended_at": INSTANT, "planned": FLAG_OR_FALSE, "service": LABEL},
    required=frozenset({"external_id", "started_at"}),
    rules=(
        *happened("started_at", "started_on"),
        not_in_future("ended_at"),
        in_order("started_at", "ended_at"),
        at_most_a_year,
    ),
)


def event_days(draft: Draft) -> None:
    """An event's totals count on its day."""
    if days := draft.columns.pop("occurred_on", None):
        starts = [day and date.fromisoformat(day) for day in days.values]
        add_days(draft, [start and (start, next_day(start)) for start in starts])


def next_day(day: date) -> date:
    """Return the day after; of the last day of the calendar, itself."""
    return min(day, date.max - ONE_DAY) + ONE_DAY


def day_spans(draft: Draft) -> None:
    """Totals of a day are for the day that `date` names."""
    days = (day and date.fromisoformat(day) for day in draft.values("date"))
    add_spans(draft, "date", [day and Span(day.isoformat(), day, next_day(day)) for day in days])


def period_spans(read: Callable[[object], tuple[date, date]]) -> Callable[[Draft], None]:
    """Totals of a week or a month are for the one that `period` names."""

    @lru_cache(maxsize=1024)
    def read_span(label: str) -> Span | FieldError:
        try:
            return Span(label, *read(label))
        except CellError as error:
            return FieldError("period", error.code, error.detail, error.hint)

    def spans(draft: Draft) -> None:
        add_spans(draft, "period", [None if text is None else read_span(text) for text in draft.values("period")])

    return spans


def year_spans(draft: Draft) -> None:
    """Totals of a year are for the feed's year that begins in the one named: 2025, or by its first day, Y2025-03-01."""
    rule = draft.rules.feed.reports

    @lru_cache(maxsize=64)
    def read_span(text: str) -> Span | FieldError:
        try:
            year = rule.containing(date(int(text), 12, 31)) if YEAR.fullmatch(text) else rule.parse(text)
        except (ValueError, OverflowError):
            first = rule.containing(draft.rules.time.start)
            words = {"year": first.start.year, "label": first.label}
            return FieldError(
                "period", "not_a_period", _("A year of this feed looks like %(year)s or %(label)s.") % words
            )
        return Span(year.label, year.start, year.end)

    add_spans(draft, "period", [None if text is None else read_span(text) for text in draft.values("period")])


def add_spans(draft: Draft, column: str, spans: Sequence[Span | FieldError | None]) -> None:
    """Add the spans, and their days: of the period in which the contract or the feed begins, there is a part."""
    draft.span_column, draft.spans = column, list(spans)
    begins_on = draft.rules.time.start
    days: list[tuple[date, date] | None] = []
    for span in spans:
        if not isinstance(span, Span):
            days.append(None)
        elif span.starts_on < begins_on < span.ends_on:
            days.append((begins_on, span.ends_on))
        else:
            days.append((span.starts_on, span.ends_on))
    add_days(draft, days)


def add_days(draft: Draft, days: list[tuple[date, date] | None]) -> None:
    for place, name in enumerate(("starts_on", "ends_on")):
        texts = [pair and pair[place].isoformat() for pair in days]
        draft.columns[name] = Column(texts, [text and f'"{text}"' for text in texts])


def totals(column: str, reader: ColumnReader, spans: Callable[[Draft], None], *, is_event: bool = False) -> RowKind:
    """Return the kind of totals that are dated by that column."""
    timing: tuple[Rule, ...] = (not_in_future(column),) if is_event else (begun_spans,)
    return RowKind(
        own_columns={column: reader, "numerator": NUMBER, "denominator": NUMBER, "split": LABEL},
        required=frozenset({column, "numerator"} | ({"external_id"} if is_event else set())),
        rules=(sound_totals, *timing, in_feeds_time(column, "starts_on")),
        spans=spans,
        day_columns=("starts_on",),
    )


def nil_spans(draft: Draft) -> None:
    """A nil report is for the days from `from` up to and including `to`, or for one day."""
    pairs = zip(draft.values("from"), draft.values("to"), strict=True)
    days = [(date.fromisoformat(first), date.fromisoformat(to or first)) if first else None for first, to in pairs]
    spans = [pair and Span(f"{NIL_KEY}{pair[0]} {pair[1]}", pair[0], next_day(max(pair))) for pair in days]
    add_spans(draft, "from", spans)


# The rows that any feed but one of totals takes beside its own.
NIL_REPORTS = RowKind(
    own_columns={"from": DAY, "to": DAY},
    required=frozenset({"from"}),
    rules=(nothing_happened, in_feeds_time("from", "starts_on")),
    spans=nil_spans,
    day_columns=("starts_on",),
)


TOTALS: Mapping[str, RowKind] = {
    Feed.Schedule.EVENT: totals("occurred_at", INSTANT, event_days, is_event=True),
    Feed.Schedule.DAILY: totals("date", DAY, day_spans),
    Feed.Schedule.WEEKLY: totals("period", PERIOD, period_spans(read_week)),
    Feed.Schedule.MONTHLY: totals("period", PERIOD, period_spans(read_month)),
    Feed.Schedule.QUARTERLY: totals("period", PERIOD, period_spans(read_quarter)),
    Feed.Schedule.YEARLY: totals("period", PERIOD, year_spans),
}
OTHERS: Mapping[str, RowKind] = {
    Feed.Kind.CONTACTS: CONTACTS,
    Feed.Kind.CASES: CASES,
    Feed.Kind.OBSERVATIONS: OBSERVATIONS,
    Feed.Kind.DOWNTIME: DOWNTIME,
    NIL: NIL_REPORTS,
}
# What rows are, by their kind and the feed's schedule; only of totals does the schedule say more.
ROW_KINDS: Mapping[tuple[str, str], RowKind] = {
    (kind, schedule): TOTALS[schedule] if kind == Feed.Kind.COUNTS else OTHERS[kind]
    for kind in (*Feed.Kind.values, NIL)
    for schedule in Feed.Schedule.values
}
# The moment to which a row belongs first.
MOMENT_COLUMNS = {
    Feed.Kind.COUNTS: "occurred_at",
    Feed.Kind.CONTACTS: "occurred_at",
    Feed.Kind.CASES: "opened_at",
    Feed.Kind.OBSERVATIONS: "occurred_at",
    Feed.Kind.DOWNTIME: "started_at",
    NIL: "batch__received_at",
}
COLUMNS = frozenset({*ADDRESS}.union(*(kind.columns for kind in ROW_KINDS.values())))
NOT_CONTENT = frozenset({"id", "feed", "key", "batch", "revision"})
# The columns of each table that hold what its rows say.
CONTENT: Mapping[str, tuple[str, ...]] = {
    kind: tuple(each.name for each in table._meta.concrete_fields if each.name not in NOT_CONTENT)
    for kind, table in RESULT_TABLES.items()
}
