"""Signal or noise: natural process limits, computed from data and never from the target."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import sqrt

from sla.tallies import Exact, exact

X_FACTOR = Fraction("2.66")
RANGE_FACTOR = Fraction("3.268")
RANGE_TO_SIGMA = 1.128
RUN = 8


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """Wheeler's XmR limits: mean ± 2.66 × mean moving range, and 3.268 × it for the ranges themselves."""

    mean: Fraction
    mean_range: Fraction
    lower: Fraction
    upper: Fraction
    range_limit: Fraction

    def signals(self, values: Sequence[Exact]) -> list[int]:
        """The places, from 0, of values beyond what the process does by itself."""
        return [place for place, value in enumerate(values) if not self.lower <= exact(value) <= self.upper]

    def range_signals(self, values: Sequence[Exact]) -> list[int]:
        """The places, from 0, of moving ranges beyond their limit; range 0 lies between values 0 and 1."""
        return [place for place, moved in enumerate(moving_ranges(values)) if moved > self.range_limit]

    def shifts(self, values: Sequence[Exact]) -> list[int]:
        """The places, from 0, at which eight values in a row have lain on one side of the mean."""
        places, run, last = [], 0, 0
        for place, value in enumerate(values):
            side = (exact(value) > self.mean) - (exact(value) < self.mean)
            run = run + 1 if side and side == last else abs(side)
            last = side
            if run >= RUN:
                places.append(place)
        return places


def moving_ranges(values: Sequence[Exact]) -> list[Fraction]:
    """How far each value lies from the one before."""
    return [abs(exact(after) - exact(before)) for before, after in pairwise(values)]


def process_limits(values: Sequence[Exact]) -> ProcessLimits:
    """The natural limits of a process, from at least two of its values in order of time."""
    ranges = moving_ranges(values)
    if not ranges:
        raise ValueError("Process limits need at least two values.")
    mean = sum((exact(value) for value in values), Fraction(0)) / len(values)
    mean_range = sum(ranges, Fraction(0)) / len(ranges)
    reach = X_FACTOR * mean_range
    return ProcessLimits(mean, mean_range, mean - reach, mean + reach, RANGE_FACTOR * mean_range)


@dataclass(frozen=True, slots=True)
class ShareChart:
    """Laney's p′ chart of shares: the mean share, and how much more than chance the periods differ (sigma z)."""

    mean: Fraction
    sigma_z: float

    def spread(self, cases: int) -> float:
        """The standard error of a share of so many cases by chance alone."""
        return sqrt(float(self.mean * (1 - self.mean)) / cases)

    def limits(self, cases: int, *, adjusted: bool = True) -> tuple[float, float]:
        """Limits from 0 to 1 for a period of so many cases; unadjusted they are those of a plain p chart."""
        reach = 3 * self.spread(cases) * (self.sigma_z if adjusted else 1)
        return float(self.mean) - reach, float(self.mean) + reach


def share_chart(part: Sequence[int], cases: Sequence[int]) -> ShareChart:
    """Laney's chart: sigma z is the mean moving range of the standardised shares ÷ 1.128."""
    if len(cases) < 2 or len(part) != len(cases) or min(cases) < 1:
        raise ValueError("A chart of shares needs at least two periods with cases.")
    mean = Fraction(sum(part), sum(cases))
    if not 0 < mean < 1:
        raise ValueError("A chart of shares needs cases of both kinds.")
    plain = ShareChart(mean, 1.0)
    scores = [(one / of - float(mean)) / plain.spread(of) for one, of in zip(part, cases, strict=True)]
    moves = [abs(after - before) for before, after in pairwise(scores)]
    return ShareChart(mean, sum(moves) / len(moves) / RANGE_TO_SIGMA)
