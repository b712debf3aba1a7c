"""Random contracts whose feed sends cases: tickets that are opened, paused, resolved, closed, and sent in parts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from tests.plain_model.calendars import day_of, days_of, local
from tests.plain_model.contract import Level, World, runs
from tests.plain_model.worlds import LEVELS, SCHEDULES, nils_of, periods_of, shape_of

HOUR = 3600
STEP = timedelta(minutes=5)
ATTRIBUTIONS = ("received", "due", "resolved", "closed")
REASONS = ("", "customer", "customer, supplier", "*")
TARGETS = ({"hours": 4}, {"days": 3}, {"business_hours": 8}, {"business_days": 1}, {"business_days": 3})
CASES = 40


@dataclass(frozen=True)
class Case:
    """What was known of a case when it came, at noon of `came_on`; a pause without an end still lasts."""

    name: str
    opened_at: datetime
    due_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    pauses: tuple[tuple[datetime, datetime | None, str], ...]
    priority: str
    met: bool | None
    came_on: date


def case_world_of(seed: int) -> World:
    draw = Random(seed)
    world = shape_of(seed, "cases", "event", draw)
    levels = tuple(case_level_of(f"L_{number}", world, SCHEDULES["event"], draw) for number in range(LEVELS))
    return with_case_nils(replace(world, levels=levels, rows=tuple(cases_of(world, draw))), draw)


def with_case_nils(world: World, draw: Random) -> World:
    """The world with statements that nothing happened on days without a case."""
    return replace(world, nils=nils_of(world, lambda case, _until: [day_of(case.opened_at)], draw))


def case_level_of(code: str, world: World, kinds: Sequence[str], draw: Random) -> Level:
    measure = draw.choice([within, within, within, with_targets, by_due, mean, count, backlog, flagged])(draw)
    is_share = measure["aggregation"] in ("share_within", "ratio")
    expected, has_target = (70 if is_share else 8), draw.random() < 0.9
    return Level(
        code=code,
        period=periods_of(world, kinds, draw),
        missing=draw.choice(["neutral", "deemed"]) if has_target else "neutral",
        deemed_after=draw.randrange(4),
        expected=expected if has_target else None,
        expected_then=draw.choice([60, 80]) if is_share else draw.choice([5, 12]),
        tolerance=20 if is_share else 4,
        part_periods=draw.choice(["last_judged", "judged", "reported", "joined"]),
        changes=draw.choice(["at_start", "at_end", "split"]),
        measure=measure,
        direction="higher" if is_share else "lower",
        priorities=draw.choice([(), (), ("P1",), ("P1", "")]),
    )


def within(draw: Random) -> dict[str, Any]:
    measure = {"threshold_seconds": draw.choice([4 * HOUR, 24 * HOUR, 5 * 24 * HOUR])}
    measure |= {"clock": draw.choice(["elapsed", "elapsed", "business"])}
    return promised(draw) | measure


def promised(draw: Random) -> dict[str, Any]:
    measure = {"aggregation": "share_within", "of": "resolved_within", "attribution": draw.choice(ATTRIBUTIONS)}
    measure |= {"stop": draw.choice(["resolved", "closed"]), "inclusive": draw.choice([True, False])}
    return measure | pausing(draw) | {"unfinished": draw.choice(["miss", "miss", "leave_out", "miss_when_open"])}


def with_targets(draw: Random) -> dict[str, Any]:
    targets = {priority: draw.choice(TARGETS) for priority in draw.sample(["P1", "P2", ""], 2)}
    measure = promised(draw) | {"targets": {"priority": targets}}
    if draw.random() < 0.5:
        return measure | {"without_target": "not_counted"}
    return measure | {"without_target": "default", "threshold_seconds": 48 * HOUR}


def pausing(draw: Random) -> dict[str, str]:
    reasons = draw.choice(REASONS)
    return {"pause_reasons": reasons} if reasons else {}


def by_due(draw: Random) -> dict[str, Any]:
    measure = {"aggregation": "share_within", "of": "resolved_by_due", "attribution": draw.choice(ATTRIBUTIONS)}
    return measure | {"stop": draw.choice(["resolved", "closed"]), "inclusive": draw.choice([True, False])}


def mean(draw: Random) -> dict[str, Any]:
    measure = {"aggregation": "mean", "of": "time_to_resolve", "attribution": draw.choice(ATTRIBUTIONS)}
    measure |= {"clock": draw.choice(["elapsed", "business"]), "stop": draw.choice(["resolved", "closed"])}
    return measure | pausing(draw) | {"unit": draw.choice(["hours", "days"])}


def count(draw: Random) -> dict[str, Any]:
    return {"aggregation": "count", "of": "cases", "attribution": draw.choice(ATTRIBUTIONS)}


def backlog(draw: Random) -> dict[str, Any]:
    measure = {"aggregation": "count", "of": "backlog", "stop": draw.choice(["resolved", "closed"])}
    return measure | {"older_than_seconds": draw.choice([0, 24 * HOUR, 120 * HOUR])}


def flagged(draw: Random) -> dict[str, Any]:
    return {"aggregation": "ratio", "of": "met", "attribution": draw.choice(ATTRIBUTIONS)}


def cases_of(world: World, draw: Random) -> list[Case]:
    """Each case as it was known on one or more of the days on which the vendor sends, in the order of arrival."""
    days = [day for day in days_of(world.starts_on, world.nights[-1]) if runs(world, day)]
    quiet = draw.choice(days) if days else None
    rows = []
    for number in range(CASES if days else 0):
        day = draw.choice(days)
        if quiet is not None and abs((day - quiet).days) < 20:
            continue  # so that some periods have no case
        case = truth(f"c-{number}", day, draw)
        sends = [send for send in world.sends if local(send, time(12)) > case.opened_at]
        if draw.random() < 0.5:
            sends = sends[:1] + sends[2:]
        rows += [known(case, send) for send in sends[: draw.randrange(1, 5)]]
    return sorted(rows, key=lambda row: row.came_on)


def truth(name: str, day: date, draw: Random) -> Case:
    """What becomes of a case. No target runs out within two minutes of the hour at which a night judges."""
    opened_at = local(day) + timedelta(hours=draw.randrange(23), minutes=draw.randrange(2, 60, 5))
    took = STEP * draw.choice([draw.randrange(1, 90), draw.randrange(1, 2000), draw.randrange(1, 9000)])
    if draw.random() < 0.2:
        took = timedelta(hours=draw.choice([4, 24, 120]))
    resolved_at = opened_at + took if draw.random() < 0.9 else None
    closed_at = resolved_at + STEP * draw.randrange(3000) if resolved_at else None
    pauses = pauses_of(opened_at, took, draw)
    due_at = opened_at + STEP * draw.randrange(1, 4000) if draw.random() < 0.8 else None
    if due_at and resolved_at and draw.random() < 0.1:
        due_at = resolved_at
    priority, met = draw.choice(["P1", "P2", ""]), draw.choice([True, False, None])
    return Case(name, opened_at, due_at, resolved_at, closed_at, pauses, priority, met, day)


def pauses_of(opened_at: datetime, took: timedelta, draw: Random) -> tuple[tuple[datetime, datetime, str], ...]:
    """Up to two pauses of a case, one after the other."""
    moments = sorted({opened_at + draw.randrange(took // STEP + 1) * STEP for _ in range(draw.choice([0, 0, 2, 4]))})
    spans = zip(moments[::2], moments[1::2], strict=False)
    return tuple((begins, ends, draw.choice(["customer", "supplier", "other"])) for begins, ends in spans)


def known(case: Case, send: date) -> Case:
    """The case as it is known at noon of a day."""
    now = local(send, time(12))

    def so_far(instant: datetime | None) -> datetime | None:
        return instant if instant is not None and instant <= now else None

    resolved_at = so_far(case.resolved_at)
    pauses = tuple((begin, so_far(end), reason) for begin, end, reason in case.pauses if begin <= now)
    changed = {"resolved_at": resolved_at, "closed_at": so_far(case.closed_at), "pauses": pauses, "came_on": send}
    return Case(**{**vars(case), **changed, "met": case.met if resolved_at else None})
