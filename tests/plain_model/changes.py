"""What the parties change of a world's verdicts: excuses, and closed periods in which they count what came too late."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.plain_model.calendars import DAY, Span, day_of, days_of, local
from tests.plain_model.contract import Excuse, Level, LowVolume, Repeats, World, runs
from tests.plain_model.groups import groups_of

EXCUSES = 3
RESTATED = 5
STEP = timedelta(minutes=30)


def with_excuses(world: World) -> World:
    """The world with what is excused in some levels, in half of the worlds."""
    draw = Random(-world.seed)
    days = [day for day in days_of(world.starts_on, world.nights[0]) if runs(world, day)]
    if not days or draw.random() < 0.5:
        return world
    levels = []
    for level in world.levels:
        is_share = level.per is None and level.measure["aggregation"] in ("ratio", "share_within", "availability")
        treatment = draw.choice(["both_sides", "void_period", *(["count_as_met"] if is_share else [])])
        levels.append(replace(level, excuses=treatment))
    chosen = draw.sample(levels, EXCUSES)
    return replace(world, levels=tuple(levels), excuses=tuple(excuse_of(world, level, days, draw) for level in chosen))


def excuse_of(world: World, level: Level, days: list[date], draw: Random) -> Excuse:
    granted_on = draw.choice(world.nights) - DAY
    names = sorted({row.name for row in world.rows if row.came_on <= granted_on} if world.kind != "counts" else set())
    if names and level.measure["of"] != "backlog" and draw.random() < 0.35:
        return Excuse(level.code, granted_on, names=tuple(draw.sample(names, min(len(names), draw.randrange(1, 6)))))
    first = draw.randrange(len(days))
    if draw.random() < 0.5:
        return Excuse(level.code, granted_on, days=tuple(days[first : first + draw.choice([1, 7, 14, 40])]))
    hours = hours_of(days[first], draw)
    return Excuse(
        level.code, granted_on, days=tuple(days_of(day_of(hours[0]), day_of(hours[1] - STEP) + DAY)), hours=hours
    )


def hours_of(day: date, draw: Random) -> Span:
    begins = local(day) + draw.randrange(44) * STEP
    return begins, begins + draw.choice([4, 20, 60, 150]) * STEP


def with_rules(world: World) -> World:
    """The world with clauses on failing again and on few cases in some levels, and levels that look back at history."""
    draw = Random(world.seed + 2)
    levels = []
    for level in world.levels:
        rules = [repeats(draw) for _ in range(draw.choice([0, 0, 1, 2]) if level.expected is not None else 0)]
        few = low_volume(level, draw) if can_be_few(world, level) and draw.random() < 0.4 else None
        levels.append(replace(level, repeats=tuple(rules), counts_history=draw.random() < 0.5, low_volume=few))
    return replace(world, levels=tuple(levels))


def repeats(draw: Random) -> Repeats:
    window = draw.choice([None, 3, 6, 12])
    return Repeats(draw.choice([2, 3]), window, below_expected=draw.random() < 0.5)


def can_be_few(world: World, level: Level) -> bool:
    """Whether a level has a share of single cases."""
    is_share = level.per is None and level.measure["aggregation"] in ("ratio", "share_within")
    return is_share and level.expected is not None and world.kind != "downtime" and level.straddling != "by_day"


def low_volume(level: Level, draw: Random) -> LowVolume:
    rule = draw.choice(["too_few", "allow_misses", "carry_over", "rolling", "count"])
    least = draw.choice([2, 3, 5]) if "attribution" in level.measure else draw.choice([50, 150, 400])
    return LowVolume(rule, least, draw.randrange(3), draw.choice([2, 3, 4]))


def with_restatements(world: World) -> World:
    """The world with closed periods that are restated, of days of rows that came after the first night."""
    draw = Random(world.seed + 1)
    late = [day_of_row(row) for row in world.rows if row.came_on >= world.nights[0]]
    if not late or len(world.nights) < 2 or draw.random() < 0.3:
        return world
    found = set()
    for _ in range(RESTATED):
        level, day = draw.choice(world.levels), draw.choice(late)
        begins = [group[0] for group in groups_of(world, level) if group[0] <= day]
        found |= {(level.code, begins[-1])} if begins else set()
    return replace(world, restated=tuple(sorted(found)))


def day_of_row(row: Any) -> date:
    instant = getattr(row, "opened_at", None) or getattr(row, "started_at", None)
    return day_of(instant) if instant else row.begins
