"""Measures of people's time, from totals: occupancy, utilisation, adherence, attrition, forecasts."""

from collections.abc import Sequence
from fractions import Fraction

from sla.intervals import Interval, clipped, total_length, union
from sla.tallies import Exact, Tally, exact

HUNDRED = 100


def occupancy(talk: Exact, hold: Exact, wrap: Exact, available: Exact) -> Tally:
    """Time on contacts out of time on contacts or available for them."""
    busy = exact(talk) + exact(hold) + exact(wrap)
    return Tally.of(busy, busy + exact(available))


def utilisation(talk: Exact, hold: Exact, wrap: Exact, available: Exact, paid: Exact) -> Tally:
    """Time on contacts or available for them, out of paid time."""
    return Tally.of(exact(talk) + exact(hold) + exact(wrap) + exact(available), paid)


def adherence(scheduled: Sequence[Interval], worked: Sequence[Interval]) -> Tally:
    """Minutes worked when they were scheduled, out of minutes scheduled."""
    shared = [piece for start, end in union(scheduled) for piece in clipped(worked, start, end)]
    return Tally.of(total_length(shared) / 60, total_length(union(scheduled)) / 60)


def conformance(scheduled: Sequence[Interval], worked: Sequence[Interval]) -> Tally:
    """Minutes worked at any time, out of minutes scheduled."""
    return Tally.of(total_length(union(worked)) / 60, total_length(union(scheduled)) / 60)


def attrition(leavers: Exact, average_headcount: Exact, months: int = 1) -> Fraction | None:
    """Leavers of some months in percent of the average headcount, times what makes a year of them."""
    headcount = exact(average_headcount)
    return exact(leavers) / headcount * HUNDRED * Fraction(12, months) if headcount else None


def mean_percentage_error(forecast: Sequence[Exact], actual: Sequence[Exact]) -> Fraction | None:
    """MAPE: the mean of each interval's error in percent of its actual; intervals without volume are left out."""
    errors = [abs(exact(f) - exact(a)) / exact(a) for f, a in zip(forecast, actual, strict=True) if exact(a)]
    return sum(errors, Fraction(0)) / len(errors) * HUNDRED if errors else None


def weighted_percentage_error(forecast: Sequence[Exact], actual: Sequence[Exact]) -> Tally:
    """WAPE: all intervals' errors added up, out of all actual volume."""
    errors = sum((abs(exact(f) - exact(a)) for f, a in zip(forecast, actual, strict=True)), Fraction(0))
    return Tally.of(errors, sum((exact(a) for a in actual), Fraction(0)))


def total_error(forecast: Sequence[Exact], actual: Sequence[Exact]) -> Tally:
    """Forecast less actual volume, both added up, out of actual volume: it hides errors that cancel each other."""
    whole = sum((exact(a) for a in actual), Fraction(0))
    return Tally.of(sum((exact(f) for f in forecast), Fraction(0)) - whole, whole)
