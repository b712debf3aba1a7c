"""Exports of the usual shapes and what they mean, worked out from their numbers and never by reading a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

from intake.files.readings.targets import Target
from intake.tests.readings import BERLIN, CALLS, CASES, DAILY, MONTHLY, SAMPLES, WEEKLY, target

# What a cell is: a day, a moment in Berlin, a month, a week by its Monday, a count, a number with decimals, seconds, a
# percentage, a text.
DAY, MOMENT, MONTH, WEEK, COUNT, NUMBER, LENGTH, SHARE, TEXT = (
    "day", "moment", "month", "week", "count", "number", "length", "share", "text",
)  # fmt: skip
Cell = date | datetime | Decimal | str


@dataclass(frozen=True)
class Shape:
    """An export: the heads, each with the column of results that it is and what its cells are, and the rows."""

    feed: Target
    heads: Sequence[tuple[str, str, str]]
    rows: Sequence[Sequence[Cell]]
    is_added_up: bool = False

    @property
    def columns(self) -> dict[str, str]:
        return {name: column for name, column, _kind in self.heads if column}

    @property
    def right(self) -> set[tuple[tuple[str, str], ...]]:
        """The rows of results that the export means."""
        found: dict[tuple[tuple[str, str], ...], dict[str, Decimal]] = {}
        for row in self.rows:
            cells = [
                (column, kind, cell) for (_name, column, kind), cell in zip(self.heads, row, strict=True) if column
            ]
            if not self.is_added_up:
                found[tuple(sorted((column, result(cell, kind)) for column, kind, cell in cells if cell != ""))] = {}
                continue
            numbers = {column: cell for column, kind, cell in cells if kind == COUNT and isinstance(cell, Decimal)}
            names = (
                (column, f"{cell:%Y-%m-%d}" if isinstance(cell, date) else str(cell))
                for column, _kind, cell in cells
                if column not in numbers
            )
            sums = found.setdefault(tuple(names), {})
            for column, number in numbers.items():
                sums[column] = sums.get(column, Decimal(0)) + number
        return {
            tuple(sorted([*names, *((name, plain(number)) for name, number in sums.items())]))
            for names, sums in found.items()
        }


def result(cell: Cell, kind: str) -> str:
    """A cell as the API takes it."""
    if isinstance(cell, datetime):
        return f"{cell.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
    if isinstance(cell, date):
        return f"{cell:%Y-%m}" if kind == MONTH else f"{cell:%G-W%V}" if kind == WEEK else f"{cell:%Y-%m-%d}"
    return plain(cell) if isinstance(cell, Decimal) else cell


def plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2025, 10, day, hour, minute, tzinfo=BERLIN)


def some(feed: Target) -> Target:
    """The feed, begun early enough that more than one order of day and month is possible."""
    return replace(feed, first_day=date(2025, 1, 1))


D = Decimal
DAYS = (3, 9, 11, 14)
SHAPES: Mapping[str, Shape] = {
    "days by queue": Shape(
        some(DAILY),
        [
            ("StartInterval", "date", DAY),
            ("Queue", "split", TEXT),
            ("Contacts queued", "denominator", COUNT),
            ("Answered in 20 seconds", "numerator", COUNT),
            ("SL", "", SHARE),
        ],
        [
            (at(day).date(), queue, D(1200 + day * 7), D(900 + day * 3), D("74.98"))
            for day in DAYS
            for queue in ("Orders", "Returns")
        ],
    ),
    "half hours": Shape(
        some(DAILY),
        [
            ("Interval Start", "date", MOMENT),
            ("Queue Name", "split", TEXT),
            ("Offer", "denominator", COUNT),
            ("Answer", "numerator", COUNT),
        ],
        [
            (at(day, 8 + half // 2, 30 * (half % 2)), "Orders", D(40 + half + day), D(30 + half))
            for day in DAYS
            for half in range(5)
        ],
        is_added_up=True,
    ),
    "months": Shape(
        some(MONTHLY),
        [("Month", "period", MONTH), ("Good", "numerator", COUNT), ("All", "denominator", COUNT)],
        [(date(2025, month, 1), D(1279 + month), D(1300 + month)) for month in (7, 8, 9, 10)],
    ),
    "weeks": Shape(
        some(WEEKLY),
        [("Week", "period", WEEK), ("Met", "numerator", COUNT), ("All", "denominator", COUNT)],
        [(date(2025, 10, day), D(93 + day), D(1100)) for day in (6, 13, 20)],
    ),
    "calls": Shape(
        some(CALLS),
        [
            ("Call ID", "external_id", TEXT),
            ("Start", "occurred_at", MOMENT),
            ("Result", "outcome", TEXT),
            ("Wait", "wait_seconds", LENGTH),
            ("Agent", "", TEXT),
        ],
        [(f"c-{day}", at(day, 9, day), "answered", D(70 + day), "A. B.") for day in DAYS],
    ),
    "chats": Shape(
        some(CALLS),
        [
            ("Chat", "external_id", TEXT),
            ("Created at", "occurred_at", MOMENT),
            ("Outcome", "outcome", TEXT),
            ("Queue", "queue", TEXT),
            ("Rating", "score", NUMBER),
        ],
        [(f"k-{day}", at(day, 23, day), "abandoned", "Façade", D("4.25")) for day in DAYS],
    ),
    "tickets": Shape(
        some(CASES),
        [
            ("Key", "external_id", TEXT),
            ("Created", "opened_at", MOMENT),
            ("Resolved", "resolved_at", MOMENT),
            ("Priority", "priority", TEXT),
            ("Summary", "", TEXT),
        ],
        [(f"SHOP-{day}", at(day, 8, 5), at(day + 1, 15, 5), "High", "Till, broken") for day in DAYS],
    ),
    "incidents": Shape(
        some(CASES),
        [
            ("number", "external_id", TEXT),
            ("opened", "opened_at", MOMENT),
            ("resolved", "resolved_at", MOMENT),
            ("assignment_group", "group", TEXT),
            ("made_sla", "met", TEXT),
        ],
        [(f"INC00{day}", at(day, 8, 5), at(day, 15, 5) if day % 2 else "", "Tills", "true") for day in DAYS],
    ),
    "means with weights": Shape(
        some(target("observations")),
        [
            ("ID", "external_id", TEXT),
            ("Day and time", "occurred_at", MOMENT),
            ("Seconds", "value", NUMBER),
            ("Calls", "weight", COUNT),
        ],
        [(f"aht-{day}", at(day, 18, 30), D("1312.5") + day, D(1203 + day)) for day in DAYS],
    ),
    "scores": Shape(
        some(SAMPLES),
        [("Response", "external_id", TEXT), ("Recorded", "occurred_at", MOMENT), ("Score", "value", SHARE)],
        [(f"s-{day}", at(day, 12, 0), D("85.3") + day) for day in DAYS],
    ),
    "outages": Shape(
        some(target("downtime")),
        [
            ("Incident", "external_id", TEXT),
            ("Start", "started_at", MOMENT),
            ("End", "ended_at", MOMENT),
            ("System", "service", TEXT),
        ],
        [(f"o-{day}", at(day, 1, 10), at(day, 3, 40), "Portal") for day in DAYS],
    ),
    "days of one queue": Shape(
        some(DAILY),
        [("Datum", "date", DAY), ("Gut", "numerator", COUNT), ("Gesamt", "denominator", COUNT)],
        [(at(day).date(), D(1_234_567 + day), D(2_345_678)) for day in DAYS],
    ),
    "half hours of weeks": Shape(
        some(DAILY),
        [
            ("Day", "date", DAY),
            ("Site", "split", TEXT),
            ("Offered", "denominator", COUNT),
            ("Answered", "numerator", COUNT),
            ("AHT", "", LENGTH),
        ],
        [(at(day).date(), site, D(51 + day), D(40), D(305)) for day in range(1, 29) for site in ("Brno", "Kosice")],
    ),
}
