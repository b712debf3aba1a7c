"""What an accepted excuse does to the numbers of a period."""

from collections import Counter
from datetime import UTC, date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sla.bands import Direction
from sla.intervals import Interval
from sla.periods import day_span
from sla.tallies import Tally


class ExcuseTreatment(StrEnum):
    """Where excused cases go."""

    BOTH_SIDES = "both_sides"
    COUNT_AS_MET = "count_as_met"
    VOID_PERIOD = "void_period"
    REDUCE_LEVEL = "reduce_level"


def after_excuses(
    tally: Tally, excused: Tally, treatment: ExcuseTreatment, direction: Direction = Direction.HIGHER
) -> Tally:
    """The tally that counts once `excused`, a part of `tally`, is excused.

    Both sides: the excused part is taken out of everything. Count as met: excused cases stay and none of them is a
    miss. A voided period and a reduced level leave the tally as it was reported.
    """
    if treatment is ExcuseTreatment.BOTH_SIDES:
        return taken_out(tally, excused)
    if treatment is ExcuseTreatment.COUNT_AS_MET:
        met = excused.denominator if direction is Direction.HIGHER else 0
        return Tally(tally.numerator - excused.numerator + met, tally.denominator, tally.cases, tally.values)
    return tally


def taken_out(tally: Tally, part: Tally) -> Tally:
    """The tally without a part of it; ValueError where the part is not inside it."""
    excused, values = Counter(part.values), tally.values
    if excused:
        counted = []
        for value in values:
            if excused[value]:
                excused[value] -= 1
            else:
                counted.append(value)
        if excused.total():
            raise ValueError("More values are excused than were counted.")
        values = tuple(counted)
    if part.denominator > tally.denominator or part.cases > tally.cases:
        raise ValueError(f"More is excused ({part.denominator}) than was counted ({tally.denominator}).")
    return Tally(
        tally.numerator - part.numerator, tally.denominator - part.denominator, tally.cases - part.cases, values
    )


def difference(before: Tally, after: Tally) -> Tally:
    """What a span loses where a part of it is no longer looked at; denominator and cases lose nothing below zero.

    An interval that is cut in two is one before and two after.
    """
    return Tally(
        before.numerator - after.numerator,
        max(before.denominator - after.denominator, before.denominator * 0),
        max(before.cases - after.cases, 0),
    )


def restored(before: Tally, after: Tally) -> Tally:
    """What a span loses where some of its outages count as down no longer: `before` with them, `after` without.

    Of an availability the minutes that come up again, which stood in the denominator alone; of what counts downtime
    itself that downtime, with its outages.
    """
    minutes = after.numerator - before.numerator
    if minutes > 0:
        return Tally.of(0, minutes, min(minutes.__floor__(), before.cases))
    return difference(before, after)


def covers_day(hours: Interval | None, day: date, zone: ZoneInfo) -> bool:
    """Whether the hours leave nothing of a local day; None are all hours."""
    start, end = day_span(day, zone)
    return hours is None or (hours[0] <= start and end <= hours[1])


def instant_of(local: datetime, zone: ZoneInfo, *, is_end: bool = False) -> datetime:
    """The instant, in UTC, of a time on the clocks of a zone; of one that comes twice the first, or as an end the last.

    Raises ValueError for a time that the clocks skip, and for one that has an offset.
    """
    if local.tzinfo is not None:
        raise ValueError(f"a time on the clocks has no offset, got {local.isoformat()}")
    instant = local.replace(tzinfo=zone, fold=int(is_end)).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None, fold=0) != local:
        raise ValueError(f"clocks in {zone.key} skip {local:%Y-%m-%d %H:%M}")
    return instant
