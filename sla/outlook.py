"""Where an open period is heading: what is still possible, exactly, from the tallies so far."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from sla.bands import Direction
from sla.limits import Limits, Range
from sla.tallies import Exact, Tally, exact


class Prospect(StrEnum):
    """What is still possible."""

    OPEN = "open"
    SECURED = "secured"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class RunRate:
    """What the rest of a period must bring: good cases still needed, cases still expected, and the rate in percent."""

    need_good: int
    remaining: int
    required_rate: Fraction | None
    prospect: Prospect


def misses(direction: Direction, tally: Tally) -> Fraction:
    """Cases that went wrong: those not in the numerator, or, where lower is better, those in it."""
    return tally.numerator if direction is Direction.LOWER else tally.denominator - tally.numerator


def run_rate(forecast_total: int, good: int, counted: int, expected_percent: Exact) -> RunRate:
    """Required run rate of a percentage that must be reached.

    need = ⌈expected × forecast⌉ − good; above every remaining case it is lost, at or below none it is secured.
    """
    need = -((-exact(expected_percent) * forecast_total / 100).__floor__()) - good
    remaining = max(0, forecast_total - counted)
    rate = Fraction(100 * need, remaining) if remaining else None
    if need <= 0:
        return RunRate(need, remaining, rate, Prospect.SECURED)
    return RunRate(need, remaining, rate, Prospect.LOST if need > remaining else Prospect.OPEN)


def misses_left(
    forecast_total: Exact, misses_so_far: Exact, level_percent: Exact, direction: Direction = Direction.HIGHER
) -> int:
    """How many more misses the period can bear: ⌊N × share that may miss⌋ − misses; negative once it is lost.

    Where lower is better the level itself is the share that may miss, else what it leaves of 100 percent.
    """
    level = exact(level_percent) / 100
    share = level if direction is Direction.LOWER else 1 - level
    return (exact(forecast_total) * share).__floor__() - exact(misses_so_far).__floor__()


@dataclass(frozen=True, slots=True)
class BudgetLeft:
    """What an open period can still bear until the least level is lost: misses left, and the rate the rest needs."""

    level: Fraction
    misses_left: int
    run_rate: RunRate


def budget_left(limits: Limits, tally: Tally, scale: Fraction | None, forecast: Exact) -> BudgetLeft | None:
    """What is left until the minimum, or the expected level where there is none; None where no misses can be counted.

    `forecast` is the volume of the whole period: the denominator at its end. The run rate is that of good cases in
    percent, also where lower is better.
    """
    level = limits.goal if limits.floor is None else limits.floor
    if scale is None or isinstance(level, Range) or not 0 <= exact(level) <= scale:
        return None
    percent = exact(level) / scale * 100
    bad = misses(limits.direction, tally)
    total = max(exact(forecast), tally.denominator)
    good_percent = 100 - percent if limits.direction is Direction.LOWER else percent
    rate = run_rate(
        total.__floor__(), (tally.denominator - bad).__floor__(), tally.denominator.__floor__(), good_percent
    )
    return BudgetLeft(exact(level), misses_left(total, bad, percent, limits.direction), rate)


def required_mean(forecast_total: Exact, counted: Exact, mean_so_far: Exact, target: Exact) -> Fraction | None:
    """The mean that the rest must have for the whole to hit the target; None where no rest is expected."""
    rest = exact(forecast_total) - exact(counted)
    if rest <= 0:
        return None
    return (exact(target) * exact(forecast_total) - exact(mean_so_far) * exact(counted)) / rest


@dataclass(frozen=True, slots=True)
class Course:
    """What is known of an open period's rest: the volume at its end (`forecast`, zero or more), whether the value only
    grows, and the share that has elapsed (above 0, up to 1).
    """

    forecast: Exact | None = None
    grows: bool = False
    elapsed: Fraction | None = None

    def __post_init__(self) -> None:
        if self.forecast is not None and exact(self.forecast) < 0:
            raise ValueError("A forecast volume cannot be negative.")
        if self.elapsed is not None and not 0 < self.elapsed <= 1:
            raise ValueError(f"The share of a period that has elapsed lies above 0 and up to 1, got {self.elapsed}.")


UNKNOWN = Course()


def prospect(limits: Limits, value: Fraction, tally: Tally, scale: Fraction | None, course: Course) -> Prospect:
    """What is certain about the least level that is accepted, whatever the rest brings; OPEN where nothing is.

    Certain are values that only grow and have passed a limit, and shares of cases: the best end has every remaining
    case good, the worst has every one bad. Without a forecast, or beyond it, the rest may be of any size: only a goal
    that allows no miss can be lost then.
    """
    level = limits.goal if limits.floor is None else limits.floor
    if isinstance(level, Range):
        return Prospect.OPEN
    if course.grows:
        meets = limits.meets(value, level)
        if limits.direction is Direction.HIGHER:
            return Prospect.SECURED if meets else Prospect.OPEN
        return Prospect.OPEN if meets else Prospect.LOST
    if scale is None or exact(level) > scale or not 0 <= tally.numerator <= tally.denominator or not tally.denominator:
        return Prospect.OPEN
    higher = limits.direction is Direction.HIGHER
    if course.forecast is None or exact(course.forecast) <= tally.denominator:
        needs_perfection = exact(level) == (scale if higher else 0)
        # Rounding may forgive one miss among many cases.
        spoiled = needs_perfection and limits.rounding is None and misses(limits.direction, tally) > 0
        return Prospect.LOST if spoiled else Prospect.OPEN
    whole = exact(course.forecast)
    least, most = tally.numerator, tally.numerator + whole - tally.denominator
    best, worst = (most, least) if higher else (least, most)
    if not limits.meets(best / whole * scale, level):
        return Prospect.LOST
    return Prospect.SECURED if limits.meets(worst / whole * scale, level) else Prospect.OPEN
