"""Random contracts whose feed sends outages of services, planned or not, that may last while they are reported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from tests.plain_model.calendars import days_of, local
from tests.plain_model.contract import Level, World, runs
from tests.plain_model.worlds import LEVELS, SCHEDULES, nils_of, periods_of, shape_of

STEP = timedelta(minutes=5)
# Of each measure: its direction, what is expected, perhaps after an amendment, and by how much it may be missed.
LIMITS = {
    "availability": ("higher", 98, (95, 99), 4),
    "sum": ("lower", 3000, (1000, 5000), 2000),
    "count": ("lower", 3, (2, 5), 2),
    "mean": ("lower", 600, (300, 900), 600),
}


@dataclass(frozen=True)
class Outage:
    """What was known of an outage when it came, at noon of `came_on`; one without an end still lasts."""

    name: str
    started_at: datetime
    ended_at: datetime | None
    planned: bool
    service: str
    came_on: date


def outage_world_of(seed: int) -> World:
    draw = Random(seed)
    world = shape_of(seed, "downtime", "event", draw)
    levels = tuple(outage_level_of(f"L_{number}", world, SCHEDULES["event"], draw) for number in range(LEVELS))
    rows = tuple(outages_of(world, draw))
    world = World(**{**vars(world), "levels": levels, "rows": rows})
    return World(**{**vars(world), "nils": nils_of(world, days_touched, draw)})


def outage_level_of(code: str, world: World, kinds: Sequence[str], draw: Random) -> Level:
    measure = measure_of(draw)
    direction, expected, then, tolerance = LIMITS[measure["aggregation"]]
    has_target = draw.random() < 0.9
    return Level(
        code=code,
        period=periods_of(world, kinds, draw),
        missing=draw.choice(["neutral", "deemed"]) if has_target else "neutral",
        deemed_after=draw.randrange(4),
        expected=expected if has_target else None,
        expected_then=draw.choice(then),
        tolerance=tolerance,
        part_periods=draw.choice(["last_judged", "judged", "reported", "joined"]),
        changes=draw.choice(["at_start", "at_end", "split"]),
        measure=measure,
        direction=direction,
        services=draw.choice([(), (), ("Mail",), ("Mail", "")]) if "services" not in measure else (),
    )


def measure_of(draw: Random) -> dict[str, Any]:
    aggregation = draw.choice(["availability", "availability", "availability", "sum", "count", "mean"])
    if aggregation == "sum":
        return {"aggregation": "sum", "of": "minutes"}
    if aggregation != "availability":
        return {"aggregation": aggregation, "of": "outages", "longer_than_minutes": draw.choice([0, 60, 600])}
    measure = {"aggregation": "availability", "of": "service"}
    measure |= {"planned": draw.choice(["out_of_both", "counted", "as_uptime"])}
    measure |= {"service_hours": draw.choice(["always", "calendar"])}
    services = draw.choice(["", "Mail, Payroll", "Mail, Payroll, Intranet"])
    return measure | ({"services": services} if services else {})


def outages_of(world: World, draw: Random) -> list[Outage]:
    """Each outage as it was known on one or more of the days on which the vendor sends, in the order of arrival."""
    days = [day for day in days_of(world.starts_on, world.nights[-1]) if runs(world, day)]
    rows = []
    for number in range(draw.choice([0, 3, 12, 25]) if days else 0):
        outage = truth(f"o-{number}", draw.choice(days), draw)
        sends = [send for send in world.sends if local(send, time(12)) > outage.started_at]
        sends = sends[draw.choice([0, 0, 1]) :]
        rows += [known(outage, send) for send in sends[: draw.randrange(1, 4)]]
    return sorted(rows, key=lambda row: row.came_on)


def truth(name: str, day: date, draw: Random) -> Outage:
    started_at = local(day) + timedelta(minutes=5 * draw.randrange(276))
    took = STEP * draw.choice([draw.randrange(1, 24), draw.randrange(1, 600), draw.randrange(1, 9000)])
    ended_at = started_at + took if draw.random() < 0.9 else None
    service = draw.choice(["Mail", "Payroll", "Website", ""])
    return Outage(name, started_at, ended_at, draw.random() < 0.3, service, day)


def known(outage: Outage, send: date) -> Outage:
    ended_at = outage.ended_at if outage.ended_at and outage.ended_at <= local(send, time(12)) else None
    return Outage(**{**vars(outage), "ended_at": ended_at, "came_on": send})


def days_touched(outage: Outage, until: date) -> list[date]:
    """The days on which an outage lasted, up to a day where it still lasts."""
    days = days_of(outage.started_at.date() - timedelta(days=1), until + timedelta(days=1))
    ends = outage.ended_at or local(until + timedelta(days=1))
    return [day for day in days if local(day) < ends and outage.started_at < local(day + timedelta(days=1))]
