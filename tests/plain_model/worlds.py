"""Random contracts with a feed, its service levels and results: what the plain model and the desk both get."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

DAY = timedelta(days=1)
FIRST = date(2024, 1, 1)
LEVELS = 8
SCHEDULES = {"weekly": ("month", "quarter"), "monthly": ("month", "quarter"), "daily": ("day", "week", "month")}


@dataclass(frozen=True)
class Row:
    """Totals of one report: its first day by the calendar, its split, its numbers, and the day on which they came."""

    begins: date
    split: str
    good: int
    cases: int
    came_on: date


@dataclass(frozen=True)
class Level:
    """One service level; from the world's `amended_on` on, `expected_then` is expected."""

    code: str
    period: str
    straddling: str
    splits: tuple[str, ...]
    missing: str
    deemed_after: int
    expected: int
    expected_then: int
    part_periods: str
    changes: str


@dataclass(frozen=True)
class World:
    """One contract. `ends_on` and `feed_ends_on` are the first days after; a contract that renews goes on after it.

    It is judged from its start, or from `judged_from`.

    Nights are run on the days of `nights`.
    """

    seed: int
    starts_on: date
    ends_on: date | None
    renews: bool
    feed_starts_on: date
    feed_ends_on: date | None
    schedule: str
    due_length: int
    in_business_days: bool
    grace: int
    has_splits: bool
    levels: tuple[Level, ...]
    amended_on: date | None
    nights: tuple[date, ...]
    judged_from: date | None = None
    rows: tuple[Row, ...] = field(default=(), repr=False)


def world_of(seed: int) -> World:
    """The same world for the same seed."""
    draw = Random(seed)
    starts_on = FIRST + timedelta(days=draw.randrange(60))
    length = draw.randrange(20, 200)
    ends_on = starts_on + timedelta(days=length) if draw.random() < 0.7 else None
    feed_starts_on = starts_on + timedelta(days=draw.choice([0, 0, draw.randrange(40)]))
    feed_ends_on = feed_starts_on + timedelta(days=draw.randrange(10, 150)) if draw.random() < 0.4 else None
    schedule = draw.choice(list(SCHEDULES))
    has_splits = draw.random() < 0.5
    last_night = starts_on + timedelta(days=length + draw.randrange(10, 60))
    nights = tuple(sorted({last_night - timedelta(days=draw.randrange(5, 80)), last_night}))
    world = World(
        seed=seed,
        starts_on=starts_on,
        ends_on=ends_on,
        renews=ends_on is not None and draw.random() < 0.4,
        feed_starts_on=feed_starts_on,
        feed_ends_on=feed_ends_on,
        schedule=schedule,
        due_length=draw.randrange(1, 9),
        in_business_days=draw.random() < 0.4,
        grace=draw.randrange(4),
        has_splits=has_splits,
        levels=tuple(level_of(f"L_{number}", schedule, has_splits, draw) for number in range(LEVELS)),
        amended_on=starts_on + timedelta(days=draw.randrange(10, 120)) if draw.random() < 0.4 else None,
        nights=tuple(night for night in nights if night > starts_on),
    )
    rows = tuple(rows_of(world, draw))
    judged_from = starts_on + timedelta(days=draw.randrange(100)) if draw.random() < 0.4 else None
    return World(**{**vars(world), "rows": rows, "judged_from": judged_from})


def level_of(code: str, schedule: str, has_splits: bool, draw: Random) -> Level:
    return Level(
        code=code,
        period=draw.choice(SCHEDULES[schedule]),
        straddling=draw.choice(["by_start", "by_end", "by_day"]),
        splits=draw.choice([(), ("North",), ("North", "South")]) if has_splits else (),
        missing=draw.choice(["neutral", "deemed"]),
        deemed_after=draw.randrange(4),
        expected=90,
        expected_then=draw.choice([80, 95]),
        part_periods=draw.choice(["last_judged", "judged", "reported", "joined"]),
        changes=draw.choice(["at_start", "at_end"]),
    )


def rows_of(world: World, draw: Random) -> list[Row]:
    """Most of the reports that the feed owes, in the order of their arrival."""
    rows = []
    day, last = world.starts_on, world.nights[-1]
    seen = set()
    while day < last:
        begins = report_start(world.schedule, day)
        if begins not in seen and runs(world, day):
            seen.add(begins)
            for split in ("North", "South", "West") if world.has_splits else ("",):
                if draw.random() < 0.85:
                    cases = draw.randrange(1, 200)
                    earliest = report_end(world.schedule, begins)
                    came_on = earliest + timedelta(days=draw.choice([0, 0, 7, draw.randrange(60)]))
                    if came_on < last:
                        good = min(cases, round(cases * draw.uniform(0.75, 1.0)))
                        rows.append(Row(begins, split, good, cases, came_on))
        day += DAY
    draw.shuffle(rows)
    return sorted(rows, key=lambda row: row.came_on)


def runs(world: World, day: date) -> bool:
    """Whether contract and feed run on a day; service levels are promised as long as the contract runs."""
    if day < world.starts_on or day < world.feed_starts_on:
        return False
    if world.feed_ends_on is not None and day >= world.feed_ends_on:
        return False
    return world.renews or world.ends_on is None or day < world.ends_on


def report_start(schedule: str, day: date) -> date:
    if schedule == "weekly":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if schedule == "monthly" else day


def report_end(schedule: str, begins: date) -> date:
    """The day after the report's last."""
    if schedule == "weekly":
        return begins + timedelta(days=7)
    return (begins + timedelta(days=31)).replace(day=1) if schedule == "monthly" else begins + DAY
