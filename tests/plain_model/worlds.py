"""Random contracts with a feed, its service levels and results: what the plain model and the desk both get."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import takewhile
from random import Random
from typing import Any

from tests.plain_model.calendars import DAY, OFFICE, Calendar, days_of
from tests.plain_model.contract import Level, Nil, Row, World, runs
from tests.plain_model.periods import Periods, is_year_start

FIRST = date(2024, 1, 1)
LEVELS = int(os.environ.get("PLAIN_MODEL_LEVELS", "12"))
FISCAL = ("p445", "p454", "p544")
# The periods over which the reports of each schedule can be judged.
SCHEDULES = {
    "daily": ("day", "week", "week_sunday", "month", "quarter", "contract_year", *FISCAL),
    "weekly": ("week", "month", "quarter", "contract_year", *FISCAL),
    "monthly": ("month", "month", "quarter", "contract_year"),
    "quarterly": ("quarter", "contract_year"),
    "yearly": ("contract_year",),
    "event": ("day", "week", "week_sunday", "month", "month", "quarter", "contract_year", *FISCAL),
}
# Days on which contract years or fiscal years may begin, or just before.
YEAR_STARTS = (date(2020, 2, 29), date(2024, 1, 31), date(2023, 7, 1), date(2024, 3, 18), date(2019, 1, 27))
# How long contracts are at most, in days.
LENGTHS = {"quarterly": 700, "yearly": 1000}


def shape_of(seed: int, kind: str, schedule: str, draw: Random) -> World:
    """A contract with a feed, without levels and results."""
    starts_on = FIRST + timedelta(days=draw.randrange(60))
    length = draw.randrange(20, LENGTHS.get(schedule, 200))
    ends_on = starts_on + timedelta(days=length) if draw.random() < 0.7 else None
    last_night = starts_on + timedelta(days=length + draw.randrange(10, 60))
    nights = sorted({last_night - timedelta(days=draw.randrange(5, 80)), last_night})
    nights = [night for night in nights if night > starts_on]
    others = [night - timedelta(days=draw.randrange(2, 30)) for night in nights]
    return World(
        seed=seed,
        kind=kind,
        starts_on=starts_on,
        ends_on=ends_on,
        renews=ends_on is not None and draw.random() < 0.4,
        calendar=draw.choice([OFFICE, calendar_of(draw)]),
        amended_on=starts_on + timedelta(days=draw.randrange(10, 120)) if draw.random() < 0.4 else None,
        judged_from=starts_on + timedelta(days=draw.randrange(100)) if draw.random() < 0.4 else None,
        nights=tuple(nights),
        sends=tuple(sorted({day for day in (*others, *(night - DAY for night in nights)) if day >= starts_on})),
        **feed_of(starts_on, schedule, draw),
    )


def feed_of(starts_on: date, schedule: str, draw: Random) -> dict[str, Any]:
    """When a feed runs, and when its reports are due."""
    feed_starts_on = starts_on + timedelta(days=draw.choice([0, 0, draw.randrange(40)]))
    length = draw.randrange(10, LENGTHS.get(schedule, 150))
    has_anchor = schedule == "yearly" and draw.random() < 0.7
    return {
        "schedule": schedule,
        "anchor": draw.choice(YEAR_STARTS) if has_anchor else None,
        "feed_starts_on": feed_starts_on,
        "feed_ends_on": feed_starts_on + timedelta(days=length) if draw.random() < 0.4 else None,
        "due_length": draw.randrange(1, 9),
        "in_business_days": draw.random() < 0.4,
        "grace": draw.randrange(4),
    }


def periods_of(world: World, kinds: Sequence[str], draw: Random) -> Periods:
    """Periods of some kind, with the anchor that it needs: years of a yearly feed begin with its reports."""
    kind = draw.choice(kinds)
    if kind in FISCAL:
        is_weekly = "weekly" in (world.schedule, world.per and world.per.schedule)
        weekday, year_end = 0 if is_weekly else draw.randrange(7), draw.choice(["nearest", "last"])
        day = draw.choice(YEAR_STARTS)
        days = (day + timedelta(days=number) for number in range(40))
        anchor = next(
            each for each in days if each.weekday() == weekday and is_year_start(Periods(kind, each, year_end), each)
        )
        return Periods(kind, anchor, year_end)
    if kind != "contract_year":
        return Periods(kind)
    yearly = next((each for each in (world, world.per) if each and each.schedule == "yearly"), None)
    return Periods(kind, yearly.reports.anchor if yearly else draw.choice(YEAR_STARTS))


def calendar_of(draw: Random) -> Calendar:
    """Weeks from Sunday to Thursday, with half Saturdays, or with nights; some other days, and perhaps holidays."""
    hours = draw.choice([("08:00-12:00", "13:00-17:30"), ("09:00-17:00",), ("22:00-04:00",)])
    week = dict.fromkeys(draw.choice([(6, 0, 1, 2, 3), (0, 1, 2, 3, 4)]), hours)
    if draw.random() < 0.3:
        week[5] = ("09:00-13:00",)
    days = [FIRST + timedelta(days=draw.randrange(300)) for _ in range(draw.randrange(6))]
    exceptions = {day: draw.choice([(), ("10:00-14:00",)]) for day in days}
    return Calendar(week, has_holidays=draw.random() < 0.5, exceptions=exceptions)


def count_world_of(seed: int) -> World:
    """A feed of totals, of days, weeks, months, quarters or years."""
    draw = Random(seed)
    schedule = draw.choice(["daily", "daily", "weekly", "weekly", "monthly", "monthly", "quarterly", "yearly"])
    world = replace(shape_of(seed, "counts", schedule, draw), has_splits=draw.random() < 0.5)
    levels = tuple(level_of(f"L_{number}", world, SCHEDULES[schedule], draw) for number in range(LEVELS))
    return replace(world, levels=levels, rows=tuple(rows_of(world, draw)))


def level_of(code: str, world: World, kinds: Sequence[str], draw: Random) -> Level:
    straddling = draw.choice(["by_start", "by_end", "by_day"])
    # A total of several days is split by days or not at all.
    splits = ["split"] if world.schedule == "daily" or straddling == "by_day" else []
    is_share = draw.random() < 0.8
    return Level(
        code=code,
        period=periods_of(world, kinds, draw),
        straddling=straddling,
        splits=draw.choice([(), ("North",), ("North", "South")]) if world.has_splits else (),
        missing=draw.choice(["neutral", "deemed"]),
        deemed_after=draw.randrange(4),
        expected=90 if is_share else 700,
        expected_then=draw.choice([80, 95] if is_share else [300, 1500]),
        tolerance=5 if is_share else 500,
        direction="higher" if is_share else "lower",
        part_periods=draw.choice(["last_judged", "judged", "reported", "joined"]),
        changes=draw.choice(["at_start", "at_end", *splits]),
        measure={"aggregation": "ratio" if is_share else "sum", "of": "numerator"},
    )


def rows_of(world: World, draw: Random) -> list[Row]:
    """Most of the reports that the feed owes, in the order of their arrival."""
    rows = []
    days = (day for day in days_of(world.starts_on, world.nights[-1]) if runs(world, day))
    for begins in sorted({world.reports.start(day) for day in days}):
        for split in ("North", "South", "West") if world.has_splits else ("",):
            if draw.random() < 0.85:
                cases = draw.randrange(1, 200)
                ready_on = world.reports.end(begins) + timedelta(days=draw.choice([0, 0, 7, draw.randrange(60)]))
                came_on = next((send for send in world.sends if send >= ready_on), None)
                if came_on is not None:
                    good = min(cases, round(cases * draw.uniform(0.75, 1.0)))
                    rows.append(Row(begins, split, good, cases, came_on))
                later = [send for send in world.sends if came_on and send > came_on]
                if later and draw.random() < 0.2:
                    rows.append(Row(begins, split, cases // 2, cases, draw.choice(later)))
    draw.shuffle(rows)
    return sorted(rows, key=lambda row: row.came_on)


def nils_of(world: World, touches: Callable[[Any, date], list[date]], draw: Random) -> tuple[Nil, ...]:
    """Statements about days of the past on which nothing is known to have happened, in half of the worlds."""
    nils = []
    for send in world.sends if draw.random() < 0.5 else ():
        busy = {day for row in world.rows if row.came_on <= send for day in touches(row, send)}
        days = [day for day in days_of(world.starts_on, send) if runs(world, day)]
        if not days:
            continue
        day, quiet = draw.choice(days), set(days) - busy
        following = [day + timedelta(days=number) for number in range(draw.choice([1, 7, 45]))]
        free = list(takewhile(quiet.__contains__, following))
        nils += [Nil(tuple(free), send)] if free else []
    return tuple(nils)
