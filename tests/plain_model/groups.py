"""How a level cuts the days that run into periods: parts that join others, and periods that new terms split."""

from datetime import date

from tests.plain_model.calendars import DAY, days_of
from tests.plain_model.contract import Level, World, runs


def groups_of(world: World, level: Level) -> list[list[date]]:
    """The first days of all periods that some day runs in, together where they are judged together."""
    horizon = world.nights[-1] + 400 * DAY
    days = [day for day in days_of(world.starts_on, horizon) if runs(world, day)]
    groups = [[begins] for begins in sorted({level.period.start(day) for day in days})]
    if level.part_periods == "joined":
        if len(groups) > 1 and groups[0][0] < days[0]:
            groups[:2] = [groups[0] + groups[1]]
        has_ended = days and days[-1] < horizon - DAY
        if len(groups) > 1 and has_ended and days[-1] < level.period.end(groups[-1][-1]) - DAY:
            groups[-2:] = [groups[-2] + groups[-1]]
    changed_on = split_on(world, level)
    if changed_on is None:
        return groups
    return [part for group in groups for part in parts_of(level, group, days[0], changed_on)]


def split_on(world: World, level: Level) -> date | None:
    """The day on which other terms split a period; None where they do not, or begin on no day that runs."""
    is_split = level.changes == "split" and level.expected not in (None, level.expected_then)
    changed_on = world.amended_on
    has_days = changed_on is not None and (runs(world, changed_on) or changed_on < first_day(world))
    return changed_on if is_split and has_days else None


def first_day(world: World) -> date:
    """The first day on which a report can be owed."""
    return max(world.starts_on, world.feed_starts_on, world.beside[0] if world.beside else world.starts_on)


def parts_of(level: Level, group: list[date], first_day: date, changed_on: date) -> list[list[date]]:
    """A group, or the two into which terms split it, of which the first may have no day that runs."""
    if not group[0] < changed_on < group_end(level, group):
        return [group]
    later = [changed_on, *(begins for begins in group if begins > changed_on)]
    return [group, later] if first_day < changed_on else [later]


def group_end(level: Level, group: list[date]) -> date:
    """The day after the last of a group's periods."""
    return level.period.end(group[-1])


def calendar_days(world: World, level: Level, group: list[date]) -> list[date]:
    """The days of a group, whether they run or not."""
    end, changed_on = group_end(level, group), split_on(world, level)
    return days_of(group[0], min(end, changed_on) if changed_on and group[0] < changed_on else end)


def days_that_run(world: World, level: Level, group: list[date]) -> list[date]:
    return [day for day in calendar_days(world, level, group) if runs(world, day)]
