"""Measures of outages: availability, minutes down, how many and how long."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from sla.intervals import Interval, clipped, length, total_length, union, without
from sla.metrics.components import Row
from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.measure import Measure, Parts, Recipe
from sla.metrics.params import Settings, choice, number, text
from sla.metrics.window import Window
from sla.tallies import Exact, Tally, exact

OUT_OF_BOTH, COUNTED, AS_UPTIME = "out_of_both", "counted", "as_uptime"
MINUTE = 60


def moment(row: Row, column: str) -> datetime | None:
    """An instant out of a row."""
    value = row.get(column)
    if value is None or isinstance(value, datetime):
        return value
    raise TypeError(f"'{column}' must hold an instant, got {value!r}")


def outage(row: Row, window: Window) -> Interval:
    """When the outage lasted; one without an end lasts as far as is known."""
    started = moment(row, "started_at")
    if started is None:
        raise TypeError("an outage must hold the instant at which it started")
    return started, moment(row, "ended_at") or max(started, window.known_end)


def whole_seconds(intervals: list[Interval], window: Window) -> Fraction:
    """Seconds of those intervals, inside service time where the terms have a clock."""
    if window.clock is None:
        return total_length(intervals)
    return sum((window.clock.elapsed_seconds(start, end) for start, end in intervals), Fraction(0))


def is_down(row: Row, measure: Measure) -> bool:
    """Whether a measure of outages counts this one as down: planned ones only where the terms say so."""
    return not row.get("planned") or measure.settings.values.get("planned") == COUNTED


@dataclass(frozen=True, slots=True)
class Availability:
    """Service minutes less downtime, out of service minutes, over the known part of the window.

    Overlapping outages count once. Planned downtime leaves both sides, and with it what else went down inside it; or
    it counts as downtime; or it stays in the service time as if the service had been up. With `services` the minutes of
    each of them are added up; without, the outages of all services are those of one.
    """

    planned: str
    service_hours: str
    services: tuple[str, ...] = ()

    def __call__(self, rows: Iterable[Row], window: Window) -> Tally:
        if not self.services:
            return self.of_one(rows, window)
        by_service: dict[object, list[Row]] = {service: [] for service in self.services}
        for row in rows:
            by_service.get(row.get("service"), []).append(row)
        return Tally.total(self.of_one(those, window) for those in by_service.values())

    def of_one(self, rows: Iterable[Row], window: Window) -> Tally:
        """The minutes of one service."""
        if self.service_hours == "calendar" and window.clock is None:
            raise ValueError("Availability in service hours needs the calendar of the terms.")
        seen = Window(
            window.start, window.end, window.as_of, window.clock if self.service_hours == "calendar" else None
        )
        if seen.known_end <= seen.start:
            return Tally.empty()
        rows = list(rows)
        planned = clipped((outage(row, seen) for row in rows if row.get("planned")), seen.start, seen.known_end)
        failed = clipped((outage(row, seen) for row in rows if not row.get("planned")), seen.start, seen.known_end)
        service = whole_seconds([(seen.start, seen.known_end)], seen)
        if self.planned == OUT_OF_BOTH:
            service -= whole_seconds(planned, seen)
        down = union([*failed, *planned]) if self.planned == COUNTED else without(failed, planned)
        return Tally.of((service - whole_seconds(down, seen)) / MINUTE, service / MINUTE)


@dataclass(frozen=True, slots=True)
class Outages:
    """How many unplanned outages that lasted long enough began in the window, and their length in minutes."""

    longer_than_minutes: Decimal
    counted: bool

    def __call__(self, rows: Iterable[Row], window: Window) -> Tally:
        unplanned = [row for row in rows if not row.get("planned") and row.get("started_at") is not None]
        outages = [outage(row, window) for row in unplanned]
        lengths = [length(start, end) / MINUTE for start, end in outages if window.start <= start < window.end]
        lengths = [minutes for minutes in lengths if minutes > self.longer_than_minutes]
        return Tally.of(len(lengths) if self.counted else sum(lengths, Fraction(0)), len(lengths))


def minutes_without_service(rows: Iterable[Row], window: Window) -> Tally:
    """Minutes of unplanned downtime inside the window, overlaps counted once."""
    unplanned = [outage(row, window) for row in rows if not row.get("planned")]
    down = clipped(unplanned, window.start, window.known_end)
    return Tally.of(total_length(down) / MINUTE, len(down))


def availability_of_totals(minutes: Exact, planned: Exact, down: Exact, down_while_planned: Exact = 0) -> Tally:
    """Availability from totals of minutes: planned ones leave both sides, and what was down inside them only once."""
    service = exact(minutes) - exact(planned)
    return Tally.of(service - exact(down) + exact(down_while_planned), service)


def availability(recipe: Recipe, settings: Settings) -> Measure:
    reader = Availability(settings.text("planned"), settings.text("service_hours"), settings.words("services"))
    return recipe.measure(settings, reader=reader, overlaps=True)


def outages(recipe: Recipe, settings: Settings) -> Measure:
    counted = recipe.aggregation is Aggregation.COUNT
    reader = Outages(settings.number("longer_than_minutes"), counted)
    return recipe.measure(settings, reader=reader, scale=Fraction(1), unit="outages" if counted else "min")


MINUTES: Parts = {"reader": minutes_without_service, "overlaps": True, "scale": Fraction(1), "unit": "min"}
SERVICE = FeedKind.DOWNTIME
PLANNED = choice("planned", (OUT_OF_BOTH, COUNTED, AS_UPTIME), "what planned downtime does to the service time")
HOURS = choice("service_hours", ("always", "calendar"), "whether service is owed always, or in the calendar's hours")
SERVICES_HELP = (
    "services whose minutes are added up, separated by commas; without it all outages are those of one service, "
    "and overlapping ones count once"
)
SERVICES = text("services", SERVICES_HELP)
LONGER = number("longer_than_minutes", Decimal(0), "shorter outages are left out")
RECIPES = (
    Recipe(SERVICE, Aggregation.AVAILABILITY, "service", "Availability", (PLANNED, HOURS, SERVICES), availability),
    Recipe(SERVICE, Aggregation.SUM, "minutes", "Minutes of downtime", (), MINUTES),
    Recipe(SERVICE, Aggregation.COUNT, "outages", "Number of outages", (LONGER,), outages),
    Recipe(SERVICE, Aggregation.MEAN, "outages", "Mean time to restore", (LONGER,), outages),
)
