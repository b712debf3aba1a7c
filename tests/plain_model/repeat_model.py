"""What clauses on failing again say of a period that failed: how many failures there are, and whether that is enough.

- A period without a report, without volume or excused neither counts as a failure nor ends a run; in a window it takes
  its place. A run ends with a period that was met, or below what is expected where that does not count.
- Rules look back at 24 periods, one after the other, as long as these have consequences; not at history, unless the
  terms count it. Of history itself nothing follows.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from tests.plain_model.contract import Level, Repeats, World
from tests.plain_model.groups import days_that_run

MOST = 24
Reached = tuple[str, int, bool]


def repeats_of(
    world: World, level: Level, groups: Sequence[list[date]], statuses: Mapping[date, str], place: int
) -> tuple[Reached, ...]:
    """What a period brings to the clauses; `statuses` are those of all periods that have a verdict."""
    if is_history(world, level, groups[place]):
        return ()
    series = [statuses.get(groups[place][0])]
    for group in reversed(groups[max(0, place - MOST) : place]):
        if statuses.get(group[0]) == "not_in_force" or (is_history(world, level, group) and not level.counts_history):
            break
        series.insert(0, statuses.get(group[0]))
    return tuple(found for rule in level.repeats for found in failures(rule, series))


def failures(rule: Repeats, series: Sequence[str | None]) -> list[Reached]:
    is_failure = {"breach": True, "below_expected": rule.below_expected, "met": False}
    failed = [is_failure.get(status or "") for status in series]
    if not failed[-1]:
        return []
    if rule.window is not None:
        number = failed[-rule.window :].count(True)
        return [("in_window", number, number >= rule.count)]
    run = 0
    for outcome in failed:
        run = run if outcome is None else run + 1 if outcome else 0
    return [("running", run, run >= rule.count)]


def is_history(world: World, level: Level, group: list[date]) -> bool:
    return days_that_run(world, level, group)[0] < (world.judged_from or world.starts_on)
