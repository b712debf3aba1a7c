"""Rules that look back: clauses on failing again, and what becomes of periods with few cases.

- A period without a report, without volume or excused neither counts as a failure nor ends a run; in a window it takes
  its place. A run ends with a period that was met, or below what is expected where that does not count.
- Rules look back at 24 periods, one after the other, as long as these have consequences; not at history, unless the
  terms count it. Of history itself nothing follows.
- A period with few cases has too few to be judged; or so many misses are met in it, and more are judged by the rate, or
  are a breach; or it is judged together with the latest periods before it; or its cases join those of the next one
  until there are enough. A period that is excused as a whole joins no other.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

from tests.plain_model.calendars import days_of
from tests.plain_model.contract import Level, LowVolume, Repeats, World, runs
from tests.plain_model.groups import days_that_run, group_end

MOST = 24
Reached = tuple[str, int, bool]
Sums = tuple[Fraction, Fraction]


def repeats_of(
    world: World, level: Level, groups: Sequence[list[date]], statuses: Mapping[date, str], place: int
) -> tuple[Reached, ...]:
    """What a period brings to the clauses; `statuses` are those of all periods that have a verdict."""
    if is_history(world, level, groups[place]):
        return ()
    looked_at = [*groups_before(world, level, groups, place), groups[place]]
    series = [statuses.get(group[0]) for group in looked_at]
    return tuple(found for rule in level.repeats for found in failures(rule, series))


def groups_before(world: World, level: Level, groups: Sequence[list[date]], place: int) -> list[list[date]]:
    """The periods at which one looks back, oldest first."""
    counts_history = level.counts_history or is_history(world, level, groups[place])
    before: list[list[date]] = []
    for group in reversed(groups[max(0, place - MOST) : place]):
        is_out = not has_consequences(world, level, group) or (is_history(world, level, group) and not counts_history)
        if is_out:
            break
        before.insert(0, group)
    return before


def joined_sums(rule: LowVolume, earlier: Sequence[Sums], own: Sums) -> Sums:
    """The numerator and denominator by which a period is judged, together with periods before it."""
    joining: list[Sums] = []
    if rule.rule == "rolling" and own[1] < rule.least:
        joining = list(earlier)[max(0, len(earlier) - rule.periods + 1) :]
    if rule.rule == "carry_over":
        for sums in earlier:
            joining.append(sums)
            if sum(cases for _met, cases in joining) >= rule.least:
                joining = []
    return own[0] + sum(met for met, _cases in joining), own[1] + sum(cases for _met, cases in joining)


def status_of_few(rule: LowVolume, sums: Sums) -> str | None:
    """What a period with few cases is; None where its rate decides."""
    met, cases = sums
    if cases >= rule.least or rule.rule == "rolling":
        return None
    if rule.rule in ("too_few", "carry_over"):
        return "too_few"
    if cases - met <= rule.misses:
        return "met"
    return "breach" if rule.rule == "count" else None


def has_consequences(world: World, level: Level, group: list[date]) -> bool:
    """Whether a period is more than only reported, because it is a part, or of the period of which it is one."""
    if level.part_periods in ("judged", "joined"):
        return True
    begins = level.period.start(group[0])
    is_part = not all(runs(world, day) for day in days_of(begins, group_end(level, group)))
    return begins >= world.starts_on and not (is_part and level.part_periods == "reported")


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
