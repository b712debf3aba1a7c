"""What excuses do to a period.

- What belongs to excused days or hours leaves both sides, or counts as met, or makes the whole period excused. A report
  of several days is taken out only where all of its days are excused, and totals keep single hours. Where one feed is
  taken per another both lose the same days, and hours where both have moments. A backlog has no days.
- Named cases are not counted. Of named outages the minutes leave the service time, except where something else was
  down as well, or they count as up; of downtime itself they are not counted.
- A period of which all days are excused is excused, and so is one of which nothing else is left to count.
- An excused case does not keep its period open.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any

from tests.plain_model.calendars import DAY, Span, day_of, local
from tests.plain_model.case_model import day_of_case, is_counted_case, moment_of_case
from tests.plain_model.contract import Level, World
from tests.plain_model.count_model import report_days
from tests.plain_model.counted import Counted, feeds_of
from tests.plain_model.outage_model import counted_spans, is_down
from tests.plain_model.per_model import count, count_feed


@dataclass(frozen=True)
class Excused:
    """Whole days, spans of time, and the names of rows."""

    days: set[date]
    spans: list[Span]
    names: set[str]


def counted_of(world: World, level: Level, days: list[date], rows: list[Any], now: datetime) -> Counted:
    """What counts in a period, less what is excused."""
    whole = count(world, level, days, rows, now)
    granted = [excuse for excuse in world.excuses if excuse.level == level.code]
    named = {name for excuse in granted for name in excuse.names}
    named = {name for name in named if is_named_in(world, level, days, rows, name)}
    touching = [excuse for excuse in granted if set(excuse.days) & set(days) or set(excuse.names) & named]
    if not touching:
        return whole
    spans = {
        excuse: excuse.hours or (local(excuse.days[0]), local(excuse.days[-1] + DAY))
        for excuse in granted
        if excuse.days
    }
    given = {
        day
        for excuse, (begins, ends) in spans.items()
        for day in excuse.days
        if begins <= local(day) and local(day + DAY) <= ends
    }
    is_excused = level.excuses == "void_period" or set(days) <= given
    whole = replace(whole, has_come=True, is_excused=is_excused)
    if level.excuses == "void_period" or level.measure.get("of") == "backlog":
        return whole
    excused = whole_reports(world, given)
    if not all(feed.kind in ("cases", "downtime") for feed in feeds_of(world)):
        spans = {}
    taken = Excused(excused, [*spans.values(), *((local(day), local(day + DAY)) for day in excused)], named)
    return rest_of(level, whole, count(world, level, days, rows, now, partial(count_rest, excused=taken)))


def whole_reports(world: World, excused: set[date]) -> set[date]:
    """Those of the days of which no report of a feed counts others, too."""
    for feed in feeds_of(world):
        if feed.kind == "counts":
            reports = {day: set(report_days(feed, feed.reports.start(day))) for day in excused}
            kept = {day for day in excused if reports[day] <= excused}
            if kept < excused:
                return whole_reports(world, kept)
    return excused


def count_rest(
    world: World, level: Level, days: list[date], rows: list[Any], now: datetime, excused: Excused
) -> Counted:
    """What one feed counts in a period without what is excused."""
    if world.kind == "downtime" and level.measure["aggregation"] in ("availability", "sum"):
        return counted_spans(world, level, days, rows, now, excused.spans, excused.names)
    kept = [row for row in rows if not is_left_out(world, level, row, rows, excused)]
    return count_feed(world, level, days, kept, now)


def is_named_in(world: World, level: Level, days: list[date], rows: list[Any], name: str) -> bool:
    """Whether a period counts the row of that name."""
    latest = [row for row in rows if row.name == name][-1:]
    if world.kind == "cases":
        return any(day_of_case(row, level) in days and is_counted_case(level, row) for row in latest)
    if level.measure["aggregation"] in ("count", "mean"):
        return any(day_of(row.started_at) in days and is_read(level, row) for row in latest)
    first, last = days[0], days[-1]
    return any(
        is_down(level, row) and is_read(level, row) and day_of(row.started_at) <= last
        and (row.ended_at is None or day_of(row.ended_at) >= first)
        for row in latest
    )  # fmt: skip


def is_read(level: Level, row: Any) -> bool:
    return not level.services or row.service in level.services


def rest_of(level: Level, whole: Counted, rest: Counted) -> Counted:
    """The period with its value anew."""
    numerator, denominator = rest.numerator, rest.denominator
    value = None if whole.value is None else rest.value
    if level.excuses == "count_as_met":
        numerator, denominator = numerator + whole.denominator - rest.denominator, whole.denominator
    if level.per is None and whole.value is not None:
        if level.measure["aggregation"] in ("availability", "ratio", "share_within"):
            value = numerator / denominator * 100 if denominator else None
        elif level.measure["aggregation"] in ("sum", "count"):
            value = numerator
    is_all = value is None and whole.value is not None
    return replace(
        whole, numerator=numerator, denominator=denominator, value=value, waits=rest.waits, is_all_excused=is_all
    )


def is_left_out(world: World, level: Level, row: Any, rows: list[Any], excused: Excused) -> bool:
    if world.kind == "counts":
        return set(report_days(world, row.begins)) <= excused.days
    if row.name in excused.names and world.feed == "QA":
        return True
    latest = [other for other in rows if other.name == row.name][-1]
    instant = latest.started_at if world.kind == "downtime" else moment_of_case(latest, level)
    return instant is not None and any(begins <= instant < ends for begins, ends in excused.spans)
