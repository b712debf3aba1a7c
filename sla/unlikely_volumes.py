"""What is unlikely in volumes: a day far from the same weekday of earlier weeks, and a day that is only partly there.

Volumes are counts of anything, zero or more. Where there is too little to compare with, nothing is unlikely.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import groupby, pairwise
from statistics import median

# Iglewicz and Hoaglin (1993), How to Detect and Handle Outliers: a value whose distance from the median is more than
# 3.5 times the median absolute deviation over 0.6745, which is a standard deviation where values are normal.
LARGEST_SCORE = Fraction(7, 2)
NORMAL_QUARTILE = Fraction(6_745, 10_000)
# What differs by less than two thirds, up or down, happens in ordinary weeks.
USUAL_RANGE = Fraction(3, 5), Fraction(5, 3)
# So many earlier days, of so much volume, show what is usual; with less than this part of it a day may be cut.
LEAST_EARLIER = 4
LEAST_VOLUME = 20
WHOLE_PART = Fraction(4, 5)
# By chance (Poisson) nothing comes where 15 are expected once in three million times.
LEAST_MISSED = 15
# So many days of the same weekday, or other working days, show which hours a day has; the nearest are taken.
LEAST_SAME = 2
LEAST_OTHERS = 3
MOST_COMPARED = 8
SATURDAY = 5
Hours = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class PartDay:
    """A day without volume in spans that begin at these minutes; it `is_sure` where other days tell enough."""

    day: date
    missing: tuple[int, ...]
    is_sure: bool


def far_volume(least: Fraction, most: Fraction, earlier: Sequence[Fraction]) -> Fraction | None:
    """Return the usual volume where one is far from it, else None.

    The volume lies from `least` to `most`; `earlier` are those of the same weekday, of which days without volume do not
    count. Far is what has a modified z-score above 3.5 (Iglewicz and Hoaglin, 1993), with at least the scatter of
    counts that come by chance (a variance of their mean, Poisson), and lies outside 3/5 to 5/3 of the median.
    """
    known = [volume for volume in earlier if volume > 0]
    if len(known) < LEAST_EARLIER:
        return None
    usual = median(known)
    volume = least if least > usual else min(most, usual)
    low, high = (usual * part for part in USUAL_RANGE)
    if usual < LEAST_VOLUME or low <= volume <= high:
        return None
    deviation = median(abs(each - usual) for each in known) / NORMAL_QUARTILE
    is_far = (volume - usual) ** 2 > LARGEST_SCORE**2 * max(deviation**2, usual)
    return usual if is_far else None


def lacks_part(volume: Fraction, earlier: Sequence[Fraction]) -> bool:
    """Whether a day has less than 4/5 of the median of its weekday before; without four of those nobody knows."""
    known = [each for each in earlier if each > 0]
    return len(known) >= LEAST_EARLIER and volume < WHOLE_PART * median(known)


def alike(day: date, other: date) -> bool:
    """Whether two days are the same weekday, or both from Monday to Friday."""
    return day.weekday() == other.weekday() or max(day.weekday(), other.weekday()) < SATURDAY


def part_days(days: Mapping[date, Hours]) -> list[PartDay]:
    """Return the days that are only partly there; `days` give the volume by the minute at which each span begins.

    A span is missing where all others of its weekday have volume (at least two, the nearest eight), or else at least
    three working days. What is expected is the least of theirs, and less where the day has less in its other spans;
    spans in a row have to come to LEAST_MISSED. A day without others has a gap where the lesser of its neighbours lets
    expect so much. Its own weekday makes sure, and other ones of such a gap: a Friday may end early.
    """
    starts = sorted(set().union(*days.values()))
    step = min((later - earlier for earlier, later in pairwise(starts)), default=0)
    found = []
    for day, hours in days.items():
        own = {start: volume for start, volume in hours.items() if volume > 0}
        others = sorted((each for each in days if each != day and alike(day, each)), key=lambda each: abs(each - day))
        same = [each for each in others if each.weekday() == day.weekday()]
        is_same = len(same) >= LEAST_SAME
        if not own:
            continue
        if is_same or len(others) >= LEAST_OTHERS:
            missing = missing_spans(own, [days[each] for each in (same if is_same else others)[:MOST_COMPARED]])
            is_sure = is_same or set(missing) <= set(gaps(own, {}, step))
        else:
            missing, is_sure = gaps(own, hours, step), False
        if missing:
            found.append(PartDay(day, tuple(missing), is_sure))
    return found


def missing_spans(own: Hours, others: Sequence[Hours]) -> list[int]:
    """Return the spans in which a day has no volume though other days let expect some."""
    every = set().union(*others)
    expected = {start: min(hours.get(start, 0) for hours in others) for start in sorted(every)}
    shared = sum(volume for start, volume in expected.items() if start in own)
    scale = min(Fraction(1), Fraction(sum(own[start] for start in expected if start in own), shared or 1))
    missing: list[int] = []
    filled = (start for start, volume in expected.items() if volume > 0 or start in own)
    for is_there, spans in groupby(filled, key=own.__contains__):
        row = list(spans)
        if not is_there and scale * sum(expected[start] for start in row) >= LEAST_MISSED:
            missing += row
    return missing


def gaps(own: Hours, stated: Hours, step: int) -> list[int]:
    """Return the spans between those of one day that are not stated, not even as empty, beside large neighbours."""
    missing: list[int] = []
    for earlier, later in pairwise(sorted(own)):
        between = [start for start in range(earlier + step, later, step) if start not in stated]
        if len(between) * min(own[earlier], own[later]) >= LEAST_MISSED:
            missing += between
    return missing
