"""What feeds of outages bring to a period.

- Availability is the service time that runs, always or in the calendar's hours, less what was down, out of it. Outages
  that overlap count once, of all services as of one; or the minutes of named services are added up, each by itself.
- Planned downtime leaves both sides, with what else was down in it; or counts as down; or stays in the service time as
  if the service had been up.
- Minutes of downtime are those of unplanned outages in the period. Outages are counted, and their length averaged, in
  the period in which they begin. One that lasts does so until the end of the period.
- Once the feed has reported an outage, silence means that none happened.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction

from tests.plain_model.calendars import DAY, Span, both, day_of, length, local, merged, without
from tests.plain_model.contract import Level, World
from tests.plain_model.counted import Counted, is_settled
from tests.plain_model.outage_worlds import Outage, days_touched

MINUTE = timedelta(minutes=1)


def counted_outages(world: World, level: Level, days: list[date], rows: list[Outage], now: datetime) -> Counted:
    latest = list({row.name: row for row in rows}.values())
    begins, ends = local(days[0]), local(days[-1] + DAY)
    seen = max(begins, min(ends, now))
    before = [row for row in latest if row.started_at < ends]
    is_stated = is_settled(world, days, [day for row in latest for day in days_touched(row, day_of(now))], now)
    is_reported = bool(before) or bool(is_stated)
    numerator, denominator, value = sides_of(world, level, before, (begins, seen))
    return Counted(
        numerator,
        denominator,
        value if is_reported else None,
        is_reported,
        is_reported,
        is_stated=is_stated is not None,
    )


def counted_spans(
    world: World, level: Level, days: list[date], rows: list[Outage], now: datetime, spans: list[Span], names: set[str]
) -> Counted:
    """Availability, or minutes of downtime, without spans of time and named outages."""
    whole = counted_outages(world, level, days, rows, now)
    latest = [row for row in {row.name: row for row in rows}.values() if row.started_at < local(days[-1] + DAY)]
    unnamed = [row for row in latest if row.name not in names or not is_down(level, row)]
    seen = max(local(days[0]), min(local(days[-1] + DAY), now))
    up = service = freed = Fraction(0)
    for part in without([(local(days[0]), seen)], merged(spans)):
        numerator, denominator, _value = sides_of(world, level, latest, part)
        without_named = sides_of(world, level, unnamed, part)[0]
        up, service, freed = up + numerator, service + denominator, freed + without_named - numerator
    if level.measure["aggregation"] == "sum":
        return replace(whole, numerator=up + freed, denominator=Fraction(0))
    return replace(whole, numerator=up, denominator=service - freed)


def is_down(level: Level, row: Outage) -> bool:
    """Whether an outage counts as down: a planned one only where the terms say so."""
    return not row.planned or level.measure.get("planned") == "counted"


def sides_of(world: World, level: Level, rows: list[Outage], span: Span) -> tuple[Fraction, Fraction, Fraction | None]:
    """Both sides and the value of a period, as far as it is known."""
    begins, seen = span
    own = [row for row in rows if not level.services or row.service in level.services]
    aggregation = level.measure["aggregation"]
    if aggregation == "availability":
        names = [name for name in level.measure.get("services", "").split(", ") if name]
        groups = [[row for row in own if row.service == name] for name in names] if names else [own]
        parts = [availability(world, level, group, span) for group in groups]
        numerator, denominator = (sum((part[side] for part in parts), Fraction(0)) for side in (0, 1))
        return numerator, denominator, numerator / denominator * 100 if denominator else None
    unplanned = [(row.started_at, row.ended_at or seen) for row in own if not row.planned]
    if aggregation == "sum":
        minutes = Fraction(length(both([span], merged(unplanned))) // MINUTE)
        return minutes, Fraction(0), minutes
    lengths = [ended_at - started_at for started_at, ended_at in unplanned if started_at >= begins]
    longer = [each // MINUTE for each in lengths if each > level.measure["longer_than_minutes"] * MINUTE]
    if aggregation == "count":
        return Fraction(len(longer)), Fraction(0), Fraction(len(longer))
    return Fraction(sum(longer)), Fraction(len(longer)), Fraction(sum(longer), len(longer)) if longer else None


def availability(world: World, level: Level, rows: list[Outage], span: Span) -> tuple[Fraction, Fraction]:
    """Minutes that were up, and minutes of service, of one service."""
    service = world.calendar.open_spans(*span) if level.measure["service_hours"] == "calendar" else [span]
    planned = merged([(row.started_at, row.ended_at or span[1]) for row in rows if row.planned])
    failed = merged([(row.started_at, row.ended_at or span[1]) for row in rows if not row.planned])
    if level.measure["planned"] == "out_of_both":
        service = without(service, planned)
        up = without(service, failed)
    elif level.measure["planned"] == "counted":
        up = without(without(service, failed), planned)
    else:
        up = without(service, without(failed, planned))
    return Fraction(length(up) // MINUTE), Fraction(length(service) // MINUTE)
