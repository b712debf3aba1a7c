"""Random contracts whose levels take what one feed counts per so many of another: complaints per 1,000 orders."""

from dataclasses import replace
from random import Random

from tests.plain_model.case_worlds import case_level_of, cases_of, with_case_nils
from tests.plain_model.case_worlds import count as count_of_cases
from tests.plain_model.contract import Level, Per, World
from tests.plain_model.worlds import LEVELS, SCHEDULES, feed_of, level_of, rows_of, shape_of

SCHEDULES_OF_COUNTS = ("daily", "weekly", "monthly", "quarterly", "yearly")
ROWS = {"counts": rows_of, "cases": cases_of}


def per_world_of(seed: int) -> World:
    draw = Random(seed)
    kind, other = draw.choice(["counts", "cases"]), draw.choice(["counts", "counts", "cases"])
    schedule = draw.choice(SCHEDULES_OF_COUNTS) if kind == "counts" else "event"
    world = shape_of(seed, kind, schedule, draw)
    schedule = draw.choice(SCHEDULES_OF_COUNTS) if other == "counts" else "event"
    others = replace(world, kind=other, feed="ORDERS", **feed_of(world.starts_on, schedule, draw))
    if schedule == world.schedule == "yearly":
        others = replace(others, anchor=world.reports.anchor)
    world, others = (
        replace(each, has_splits=each.kind == "counts" and draw.random() < 0.5) for each in (world, others)
    )
    world, others = (replace(each, rows=tuple(ROWS[each.kind](each, draw))) for each in (world, others))
    world, others = (with_case_nils(each, draw) if each.kind == "cases" else each for each in (world, others))
    others = replace(others, beside=(world.feed_starts_on, world.feed_ends_on))
    world = replace(world, per=others, beside=(others.feed_starts_on, others.feed_ends_on))
    return replace(world, levels=tuple(level_per_of(f"L_{number}", world, others, draw) for number in range(LEVELS)))


def level_per_of(code: str, world: World, others: World, draw: Random) -> Level:
    kinds = [kind for kind in SCHEDULES[world.schedule] if kind in SCHEDULES[others.schedule]]
    if world.kind == "counts":
        level = level_of(code, world, kinds, draw)
        measure = {"aggregation": "sum", "of": "numerator"}
    else:
        level = case_level_of(code, world, kinds, draw)
        measure = count_of_cases(draw)
    if others.kind == "counts":
        straddles = others.schedule != "daily" and level.straddling != "by_day"
        splits = draw.choice([(), ("North",), ("North", "South")]) if others.has_splits else ()
        per = Per({"aggregation": "sum", "of": "numerator"}, draw.choice([1, 100, 1000]), splits=splits)
    else:
        straddles, per = (
            False,
            Per(count_of_cases(draw), draw.choice([1, 100, 1000]), priorities=draw.choice([(), ("P1",)])),
        )
    # A total of several days is split by days or not at all.
    changes = "at_start" if straddles and level.changes == "split" else level.changes
    expected = draw.choice([1, 20, 300])
    return replace(
        level, measure=measure, per=per, changes=changes, direction="lower", expected=expected,
        expected_then=expected * 2, tolerance=expected,
    )  # fmt: skip
