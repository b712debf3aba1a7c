"""The grid for a month's few numbers: one line for each total that is owed, with the limit that it will be held to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from bpo.strict_values import CellError, read_number
from contracts.limits import unit_shown, value_text
from contracts.models.service_levels import Feed, ServiceLevel
from intake.due import DueReport, State, due_reports
from intake.spans import DAILY
from metrics.models.results import CountResult
from metrics.statuses import Sign, sign_of
from metrics.timelines import Agreed, Timeline, timelines_of
from sla.metrics.counts import NUMERATOR, REST
from sla.metrics.feeds import Aggregation

NUMBERS = ("numerator", "denominator")
MOST_LINES = 120


@dataclass
class Line:
    """One total to enter: what was typed, what it comes to, and what is wrong with it.

    `agreed` are the terms of a level that this total alone decides, as it is all that one period counts.
    """

    report: DueReport
    split: str
    agreed: Agreed | None
    typed: dict[str, str] = field(default_factory=dict)
    stored: dict[str, str] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def name(self) -> str:
        return f"{self.report.id}|{self.split}"

    @property
    def live(self) -> dict[str, str]:
        """What a script needs to show the value while it is typed; nothing where the rule is not that simple."""
        if self.agreed is None:
            return {}
        limits, terms, measure = self.agreed.limits, self.agreed.terms, self.agreed.measure
        if limits.rounding or limits.expected is None or not limits.equality_meets:
            return {}
        return {
            "scale": f"{measure.scale.numerator}/{measure.scale.denominator}",
            "rest": "yes" if measure.numerator == REST else "",
            "direction": str(terms.direction),
            "expected": f"{terms.expected:f}",
            "minimum": "" if terms.minimum is None else f"{terms.minimum:f}",
            "unit": unit_shown(terms),
            "decimals": str(terms.decimals),
        }

    @property
    def is_filled(self) -> bool:
        """Whether a number was typed, and not just what is stored."""
        typed = {number: self.typed.get(number, "") for number in NUMBERS}
        return any(typed.values()) and not (
            self.stored and all(typed[number] == self.stored.get(number, "") for number in NUMBERS)
        )

    @property
    def cells(self) -> list[dict[str, object]]:
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
        if self.agreed is None:
            return None
        try:
            numbers = {number: read_number(self.typed.get(number, "")) for number in NUMBERS}
        except CellError:
            return None
        value = self.agreed.measure.value(self.agreed.measure.tally(numbers))
        if value is None:
            return None
        return value_text(self.agreed.terms, value), sign_of(str(self.agreed.limits.standing(value)), is_final=False)

    def as_row(self) -> dict[str, str]:
        """The line as a row of results, as the API takes it."""
        row = {name: value for name, value in self.report.as_row().items() if value is not None}
        return row | {"split": self.split} | {n: self.typed[n] for n in NUMBERS if self.typed.get(n, "") != ""}


def lines_of(feeds: QuerySet[Feed], *, with_reported: bool, now: datetime) -> list[Line]:
    """The totals that are owed, the earliest due first; with those already reported, for corrections."""
    totals = feeds.filter(kind=Feed.Kind.COUNTS).exclude(schedule=Feed.Schedule.EVENT)
    reports = [
        report
        for report in due_reports(totals, now=now)
        if report.state.is_owed or (with_reported and report.state != State.RUNNING)
    ]
    reports = sorted(reports, key=lambda report: (report.due_on, report.id))[-MOST_LINES:]
    splits, stored = known_rows(reports)
    deciding = terms_deciding(feeds, reports)
    lines = []
    for report in reports:
        for split in sorted(splits.get(report.feed.pk, set()) or {""}):
            there = stored.get((report.feed.pk, report.span.start, split), {})
            agreed = deciding.get((report.feed.pk, report.span.start))
            lines.append(Line(report, split, agreed, dict(there), there))
    return lines


def known_rows(reports: Sequence[DueReport]) -> tuple[dict[int, set[str]], dict[tuple[int, date, str], dict[str, str]]]:
    """The splits by which each feed has been reported lately, and what stands there now."""
    if not reports:
        return {}, {}
    first = min(report.span.start for report in reports)
    rows = CountResult.objects.filter(feed__in={report.feed.pk for report in reports}, starts_on__gte=first)
    splits: dict[int, set[str]] = defaultdict(set)
    stored: dict[tuple[int, date, str], dict[str, str]] = {}
    columns = rows.order_by().values_list("feed_id", "starts_on", "split", *NUMBERS)
    for feed, starts_on, split, numerator, denominator in columns[: MOST_LINES * 20]:
        splits[feed].add(split)
        numbers = {"numerator": numerator, "denominator": denominator}
        stored[feed, starts_on, split] = {name: f"{n:f}" for name, n in numbers.items() if n is not None}
    return splits, stored


def terms_deciding(feeds: QuerySet[Feed], reports: Iterable[DueReport]) -> dict[tuple[int, date], Agreed]:
    """The terms that each line alone decides: of a level that reads the whole feed, over periods of its length."""
    levels = ServiceLevel.objects.filter(feed__in=feeds)
    by_feed: dict[int, list[Timeline]] = defaultdict(list)
    for timeline in timelines_of(levels).values():
        by_feed[timeline.service_level.feed_id].append(timeline)
    found = {}
    for report in reports:
        span = report.span
        for timeline in (timeline for timeline in by_feed[report.feed.pk] if timeline.agreed):
            for cell in timeline.cells_on(max(span.start, timeline.time.start)):
                is_same = (cell.whole.start, cell.whole.end) == (span.start, span.end)
                if cell.chosen and is_same and decides(cell.agreed, report.feed):
                    found.setdefault((report.feed.pk, span.start), cell.agreed)
    return found


def decides(agreed: Agreed, feed: Feed) -> bool:
    """Whether a total of the feed is all that a period of these terms counts."""
    try:
        plain = agreed.measure.aggregation in (Aggregation.RATIO, Aggregation.MEAN)
        simple = agreed.measure.numerator in (NUMERATOR, REST) and not agreed.limits.is_reported_only
    except ValueError:
        return False
    reports = feed.reports or DAILY
    same_span = agreed.rule.containing(feed.starts_on) == reports.containing(feed.starts_on)
    return plain and simple and same_span and not agreed.terms.narrowing


def put_errors(lines: Sequence[Line], errors: Iterable[Mapping[str, Any]]) -> None:
    """Add the errors of intake to the lines that were sent."""
    for error in errors:
        line = lines[error["row"] - 1]
        column = error.get("pointer", "").rpartition("/")[2]
        text = f"{error['detail']} {error.get('hint', '')}".strip()
        line.errors[column if column in NUMBERS else "row"].append(text)
