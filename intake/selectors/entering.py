"""The grid for a month's few numbers: one line for each total that is owed, with the limit that it will be held to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from bpo.strict_values import CellError, read_number
from contracts.limits import expected_text, minimum_text, unit_shown, value_text
from contracts.models.service_levels import Feed, ServiceLevel
from intake.due import DueReport, State, due_reports
from metrics.models.results import CountResult
from metrics.statuses import Sign, sign_of
from metrics.timelines import Agreed, timelines_of
from sla.limits import Limits
from sla.metrics.counts import NUMERATOR, REST
from sla.metrics.feeds import Aggregation
from sla.metrics.measure import Measure

NUMBERS = ("numerator", "denominator")
MOST_LINES = 120
OWED = (State.LATE, State.DUE)
ALL = (*OWED, State.REPORTED, State.REPORTED_LATE)
PERIODS = {Feed.Schedule.MONTHLY: "month", Feed.Schedule.WEEKLY: "week", Feed.Schedule.DAILY: "day"}


@dataclass(frozen=True)
class Promise:
    """What one line's numbers alone decide: a level whose period is the line's span."""

    level: ServiceLevel
    agreed: Agreed

    @property
    def measure(self) -> Measure:
        return self.agreed.measure

    @property
    def limits(self) -> Limits:
        return self.agreed.limits

    @property
    def expected(self) -> str:
        return expected_text(self.agreed.terms)

    @property
    def minimum(self) -> str:
        return minimum_text(self.agreed.terms)

    @property
    def live(self) -> dict[str, str]:
        """What a script needs to show the value while it is typed; nothing where the rule is not that simple."""
        limits, terms = self.limits, self.agreed.terms
        if limits.rounding or limits.expected is None or not limits.equality_meets:
            return {}
        scale = self.measure.scale
        return {
            "scale": f"{scale.numerator}/{scale.denominator}",
            "rest": "yes" if self.measure.numerator == REST else "",
            "direction": str(terms.direction),
            "expected": f"{terms.expected:f}",
            "minimum": "" if terms.minimum is None else f"{terms.minimum:f}",
            "unit": unit_shown(terms),
            "decimals": str(terms.decimals),
        }


@dataclass
class Line:
    """One total to enter: what was typed, what it comes to, and what is wrong with it."""

    report: DueReport
    split: str
    promise: Promise | None
    typed: dict[str, str] = field(default_factory=dict)
    stored: dict[str, str] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def name(self) -> str:
        return f"{self.report.id}|{self.split}"

    @property
    def is_filled(self) -> bool:
        return any(self.typed.get(number, "") != "" for number in NUMBERS) and not self.is_as_stored

    @property
    def is_as_stored(self) -> bool:
        return bool(self.stored) and all(self.typed.get(n, "") == self.stored.get(n, "") for n in NUMBERS)

    @property
    def cells(self) -> list[dict[str, Any]]:
        """The two inputs, each with its name, what was typed, and what is wrong with it."""
        return [
            {
                "field": number,
                "name": f"{number}:{self.name}",
                "id": f"{number}-{self.name}".replace("|", "-").replace(" ", "_"),
                "value": self.typed.get(number, ""),
                "errors": self.errors.get(number, []),
            }
            for number in NUMBERS
        ]

    @property
    def other_errors(self) -> list[str]:
        return [error for name, errors in self.errors.items() if name not in NUMBERS for error in errors]

    @property
    def outcome(self) -> tuple[str, Sign] | None:
        """The value that the typed numbers come to, and how it lies to the limits."""
        if self.promise is None:
            return None
        try:
            numbers = {number: read_number(self.typed.get(number, "")) for number in NUMBERS}
        except CellError:
            return None
        value = self.promise.measure.value(self.promise.measure.tally(numbers))
        if value is None:
            return None
        sign = sign_of(str(self.promise.limits.standing(value)), is_final=False)
        return value_text(self.promise.agreed.terms, value), sign

    def as_row(self) -> dict[str, str]:
        """The line as a row of results, as the API takes it."""
        row = {name: value for name, value in self.report.as_row().items() if value is not None}
        return row | {"split": self.split} | {n: self.typed[n] for n in NUMBERS if self.typed.get(n, "") != ""}


def lines_of(feeds: QuerySet[Feed], *, with_reported: bool, now: datetime) -> list[Line]:
    """The totals that are owed, the earliest due first; with those already reported, for corrections."""
    totals = feeds.filter(kind=Feed.Kind.COUNTS).exclude(schedule=Feed.Schedule.EVENT)
    states = ALL if with_reported else OWED
    reports = [report for report in due_reports(totals, now=now) if report.state in states]
    reports = sorted(reports, key=lambda report: (report.due_on, report.id))[-MOST_LINES:]
    splits, stored = known_rows(reports)
    promises = promises_of(feeds, reports)
    lines = []
    for report in reports:
        for split in sorted(splits.get(report.feed.pk, set()) or {""}):
            there = stored.get((report.feed.pk, report.span.starts_on, split), {})
            line = Line(report, split, promises.get((report.feed.pk, report.span.starts_on)), dict(there), there)
            lines.append(line)
    return lines


def known_rows(reports: Sequence[DueReport]) -> tuple[dict[int, set[str]], dict[tuple[Any, ...], dict[str, str]]]:
    """The splits by which each feed has been reported lately, and what stands there now."""
    if not reports:
        return {}, {}
    first = min(report.span.starts_on for report in reports)
    rows = CountResult.objects.filter(feed__in={report.feed.pk for report in reports}, starts_on__gte=first)
    splits: dict[int, set[str]] = defaultdict(set)
    stored: dict[tuple[Any, ...], dict[str, str]] = {}
    columns = rows.order_by().values_list("feed_id", "starts_on", "split", *NUMBERS)
    for feed, starts_on, split, numerator, denominator in columns[: MOST_LINES * 20]:
        splits[feed].add(split)
        numbers = {"numerator": numerator, "denominator": denominator}
        stored[feed, starts_on, split] = {name: f"{n:f}" for name, n in numbers.items() if isinstance(n, Decimal)}
    return splits, stored


def promises_of(feeds: QuerySet[Feed], reports: Iterable[DueReport]) -> dict[tuple[int, Any], Promise]:
    """The level that each line alone decides: one that reads the whole feed, over periods of the line's length."""
    levels = ServiceLevel.objects.filter(feed__in=feeds)
    by_feed: dict[int, list[Any]] = defaultdict(list)
    for timeline in timelines_of(levels).values():
        by_feed[timeline.service_level.feed_id].append(timeline)
    found = {}
    for report in reports:
        for timeline in by_feed[report.feed.pk]:
            for agreed in timeline.agreed:
                if agreed.in_force_on(report.span.starts_on) and decides(agreed, report.feed):
                    found.setdefault((report.feed.pk, report.span.starts_on), Promise(timeline.service_level, agreed))
    return found


def decides(agreed: Agreed, feed: Feed) -> bool:
    """Whether a total of the feed is all that a period of these terms counts."""
    try:
        plain = agreed.measure.aggregation in (Aggregation.RATIO, Aggregation.MEAN)
        simple = agreed.measure.numerator in (NUMERATOR, REST) and agreed.limits is not None
    except ValueError:
        return False
    same_span = agreed.terms.period == PERIODS[Feed.Schedule(feed.schedule)]
    return plain and simple and same_span and not agreed.terms.narrowing


def take_typed(lines: Iterable[Line], data: Mapping[str, str]) -> None:
    """Put what was typed into the lines, without blanks around it."""
    for line in lines:
        line.typed = {number: data.get(f"{number}:{line.name}", "").strip() for number in NUMBERS}


def put_errors(lines: Sequence[Line], errors: Iterable[Mapping[str, Any]]) -> None:
    """Add the errors of intake to the lines that were sent."""
    for error in errors:
        line = lines[error["row"] - 1]
        column = error.get("pointer", "").rpartition("/")[2]
        text = f"{error['detail']} {error.get('hint', '')}".strip()
        line.errors[column if column in NUMBERS else "row"].append(text)
