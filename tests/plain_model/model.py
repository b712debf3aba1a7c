"""What a contract's words mean, day by day and slowly: which verdicts a world must have. Imports nothing of the desk.

- Nothing is owed or counted on a day on which the contract or the feed does not run.
- A report counts in the period of its first day that runs, or of its last, or in each by its share of days.
- A period needs each report that counts in it, of each split that is named. Of days, one of each split is enough.
- A feed that is due in business days owes nothing for a period without one.
- What came after a period had closed is not counted.
- A period of which some days do not run is a part. The first is only reported and the last judged; or both are judged,
  or only reported, or judged together with the period beside them.
- A period that begins before the opening day is history: it needs no report, is deemed nothing, and closes with the
  first period that is judged.
- Terms that change inside a period judge it if they say so; otherwise those at its start do. Or they split it: each
  part is a period of its own, and worth what the whole would be worth.
"""

from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from fractions import Fraction

from tests.plain_model.calendars import DAY, local
from tests.plain_model.contract import Level, World
from tests.plain_model.count_model import reports_of, share
from tests.plain_model.counted import Counted, feeds_of, owes
from tests.plain_model.excuse_model import counted_of
from tests.plain_model.groups import days_that_run, groups_of
from tests.plain_model.repeat_model import (
    MOST,
    Reached,
    Sums,
    groups_before,
    has_consequences,
    joined_sums,
    repeats_of,
    status_of_few,
)

NIGHT = time(6)
# No row belongs to a day that lies so far ahead.
FORESEEN = timedelta(days=30)


@dataclass(frozen=True)
class Expected:
    """What must hold of one period: its status where it has ended, its sums, whether it is final, what it repeats."""

    status: str
    numerator: Fraction
    denominator: Fraction
    is_final: bool
    repeats: tuple[Reached, ...] = ()
    # What it brings to periods that are judged together with it.
    sums: Sums = field(default=(Fraction(0), Fraction(0)), compare=False)


Key = tuple[str, date]


def expected_verdicts(world: World) -> dict[Key, Expected]:
    """The verdicts after the last night, by service level and the first day of their calendar period."""
    found: dict[Key, Expected] = {}
    # Until before which day what came counts in a closed period.
    known: dict[Key, date] = {}
    groups = {level.code: groups_of(world, level) for level in world.levels}
    for night in world.nights:
        granted = granted_by(world, night)
        restate(granted, groups, found, known, night)
        for level in world.levels:
            closes_on = history_closes_on(world, level, groups[level.code])
            still_open = []
            for place, group in enumerate(groups[level.code]):
                if group[0] > night + FORESEEN:
                    break
                if (level.code, group[0]) not in known:
                    still_open.append(place)
                    earlier = sums_before(world, level, groups[level.code], place, found)
                    is_known = (level.code, group[0]) in found
                    verdict = judged(granted, level, group, night, closes_on, earlier, is_known=is_known)
                    judge(found, known, (level.code, group[0]), verdict, night)
            statuses = statuses_of(level, found)
            for place in still_open:
                count_repeats(world, level, groups[level.code], place, found, statuses)
    return found


def restate(
    world: World, groups: dict[str, list[list[date]]], found: dict[Key, Expected], known: dict[Key, date], night: date
) -> None:
    """Judge closed periods anew on the day before a night: what is restated or excused, and what looks at it."""
    restated = set(world.restated if night == world.nights[-1] else ())
    looking_back = {code for code, _begins in restated if world.levels_by_code[code].low_volume}
    for level in world.levels:
        own = groups[level.code]
        closes_on = history_closes_on(world, level, own)
        is_excused = any(each.level == level.code and each.granted_on == night - DAY for each in world.excuses)
        closed = [place for place, group in enumerate(own) if (level.code, group[0]) in known]
        changed: set[int] = set()
        for place in closed:
            key = level.code, own[place][0]
            if is_excused or key in restated or level.code in looking_back:
                known[key] = night if key in restated else known[key]
                earlier = sums_before(world, level, own, place, found)
                verdict = judged(world, level, own[place], known[key], closes_on, earlier)
                assert verdict is not None
                before = found[key]
                found[key] = replace(verdict, is_final=True, repeats=before.repeats)
                changed |= {place} if key in restated or found[key] != before else set()
        statuses = statuses_of(level, found)
        for place in closed:
            if any(0 <= place - each <= MOST for each in changed):
                before = found[level.code, own[place][0]]
                count_repeats(world, level, own, place, found, statuses)
                changed |= {place} if found[level.code, own[place][0]] != before else set()


def granted_by(world: World, night: date) -> World:
    """The world with the excuses that had been granted before a night."""
    return replace(world, excuses=tuple(each for each in world.excuses if each.granted_on < night))


def statuses_of(level: Level, found: dict[Key, Expected]) -> dict[date, str]:
    """How the periods of a level stand, by their first day, where it has clauses on failing again."""
    if not level.repeats:
        return {}
    return {begins: verdict.status for (code, begins), verdict in found.items() if code == level.code}


def count_repeats(
    world: World, level: Level, groups: list[list[date]], place: int, found: dict[Key, Expected],
    statuses: dict[date, str],
) -> None:  # fmt: skip
    """Note what a period with a verdict brings to clauses on failing again, as the periods before it stand."""
    verdict = found.get((level.code, groups[place][0]))
    if level.repeats and verdict is not None:
        repeats = repeats_of(world, level, groups, statuses, place)
        found[level.code, groups[place][0]] = replace(verdict, repeats=repeats)


def sums_before(
    world: World, level: Level, groups: list[list[date]], place: int, found: dict[Key, Expected]
) -> list[Sums]:
    if not level.low_volume:
        return []
    verdicts = [found.get((level.code, group[0])) for group in groups_before(world, level, groups, place)]
    return [verdict.sums if verdict else (Fraction(0), Fraction(0)) for verdict in verdicts]


def judge(found: dict[Key, Expected], known: dict[Key, date], key: Key, verdict: Expected | None, night: date) -> None:
    if verdict is not None:
        found[key] = verdict
        if verdict.is_final:
            known[key] = night


def judged(
    world: World, level: Level, group: list[date], today: date, history_closes_on: date, earlier: list[Sums], *,
    is_known: bool = False,
) -> Expected | None:  # fmt: skip
    """The verdict of a period with what came before a day, as of the night of this day; `is_known` if it had one."""
    days = days_that_run(world, level, group)
    rows = [row for row in world.rows if row.came_on < today]
    if world.kind == "downtime" and today <= days[-1]:
        return None  # what is known of it grows by the second
    counted = counted_of(world, level, days, rows, local(today, NIGHT))

    due_on, closes_on = deadlines(world, level, days)
    is_history = days[0] < (world.judged_from or world.starts_on)
    deemed_on = due_on + DAY * (level.deemed_after + 1)
    has_ended = today > days[-1]
    is_owed = any(owes(feed, days) for feed in feeds_of(world))
    is_in_force, own = has_consequences(world, level, group), (counted.numerator, counted.denominator)
    is_due = not is_history and (has_ended if not is_in_force else is_owed and today > due_on)
    if not (is_due or is_known or counted.has_come or (is_history and counted.is_stated)):
        return None
    is_deemed = level.missing == "deemed" and today >= deemed_on and not is_history
    closing = max(closes_on, history_closes_on) if is_history else closes_on
    if not counted.is_reported and not is_history and level.missing == "deemed":
        closing = max(closes_on, deemed_on)
    status = status_of(world, level, group, counted, earlier, has_ended=has_ended, is_deemed=is_deemed)
    is_final = today >= closing and status != "open" and not (has_ended and counted.waits)
    if status == "excused":
        return Expected(status, Fraction(0), Fraction(0), is_final)  # its sums mean nothing
    return Expected(status, *own, is_final, sums=own)


def deadlines(world: World, level: Level, days: list[date]) -> tuple[date, date]:
    """The last day on which all that a period needs is in time, and the night that closes it when all has come."""
    found = []
    for feed in feeds_of(world):
        reports = reports_of(feed, days).values()
        due_on = due_day(feed, max([days[-1], *(report[-1] for report in reports if share(level, report, days))]))
        found.append((due_on, due_on + DAY * (feed.grace + 1)))
    return max(due_on for due_on, _closes_on in found), max(closes_on for _due_on, closes_on in found)


def history_closes_on(world: World, level: Level, groups: list[list[date]]) -> date:
    """The night that closes the first period that is judged; where there is none, a report of the opening day."""
    opening = world.judged_from or world.starts_on
    for group in groups:
        days = days_that_run(world, level, group)
        if days[0] >= opening:
            return deadlines(world, level, days)[1]
    return max(due_day(feed, opening) + DAY * (feed.grace + 1) for feed in feeds_of(world))


def status_of(
    world: World, level: Level, group: list[date], counted: Counted, earlier: list[Sums], *, has_ended: bool,
    is_deemed: bool,
) -> str:  # fmt: skip
    """What a period is, with those before it where it has few cases."""
    few, value = None, counted.value
    if level.low_volume and counted.has_come:
        sums = joined_sums(level.low_volume, earlier, (counted.numerator, counted.denominator))
        few, value = status_of_few(level.low_volume, sums), sums[0] / sums[1] * 100 if sums[1] else None
    if not has_consequences(world, level, group):
        return "not_in_force"
    if counted.is_excused:
        return "excused"
    if has_ended and not counted.is_settled:
        return "breach" if is_deemed else "not_reported"
    if value is None:
        return "excused" if counted.is_all_excused else "no_volume"
    if level.expected is None:
        return "no_target"
    if not has_ended:
        return "open"
    return few or status_of_value(world, level, group, value)


def status_of_value(world: World, level: Level, group: list[date], value: Fraction) -> str:
    """Judged by the terms in force on one day of the period."""
    days = days_that_run(world, level, group)
    decided_on = days[0] if level.part_periods in ("judged", "joined") else group[0]
    if level.changes == "at_end" and world.amended_on is not None and days[0] < world.amended_on:
        decided_on = days[-1]
    is_amended = world.amended_on is not None and decided_on >= world.amended_on
    expected = level.expected_then if is_amended else level.expected
    worse_by = expected - value if level.direction == "higher" else value - expected
    if worse_by <= 0:
        return "met"
    return "below_expected" if worse_by <= level.tolerance else "breach"


def due_day(world: World, last: date) -> date:
    if not world.in_business_days:
        return last + DAY * world.due_length
    return world.calendar.after(last, world.due_length)
