"""The limits of a service level: what is expected, what is the least that is accepted, and how values are compared."""

from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from sla.bands import Band, Direction, validate_bands
from sla.excuses import ExcuseTreatment
from sla.rounding import Rounding
from sla.tallies import Exact, exact
from sla.volume import LowVolume, least_volume
from sla.wording import plain


class MissingRule(StrEnum):
    """What a report that did not come means: nothing, a warning, or a miss of the minimum after some days."""

    NEUTRAL = "neutral"
    WARN = "warn"
    DEEMED = "deemed"


class NoVolumeRule(StrEnum):
    """What a period without any case means."""

    NEUTRAL = "neutral"
    MET = "met"
    MISSED = "missed"


NO_RELIEF = LowVolume()


class Standing(StrEnum):
    """How a value lies to the limits."""

    MET = "met"
    BELOW_EXPECTED = "below_expected"
    BREACH = "breach"


@dataclass(frozen=True, slots=True)
class Range:
    """A span of values that are all as good, both ends included."""

    low: Exact
    high: Exact

    def __post_init__(self) -> None:
        if exact(self.low) > exact(self.high):
            raise ValueError(f"A range must end at or above {plain(exact(self.low))}, where it begins.")

    def distance(self, value: Fraction) -> Fraction:
        """How far outside the value lies; zero inside."""
        return max(exact(self.low) - value, value - exact(self.high), Fraction(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What decides a verdict; values are in the unit of the measure (percent run from 0 to 100).

    For direction RANGE `expected_range` and `minimum_range` take the place of `expected` and `minimum`. The defaults
    are those that an unclear clause gets: equality meets; values are compared unrounded; excused cases leave both
    sides; a period without cases is neutral; a missing report is a status of its own, and a miss of the minimum
    only where the clause says so (`deemed_after_days` after it was due); low volume brings no relief; corrections
    are taken for `restatement_days`. Where it `is_reported_only` nothing is promised, so there are no levels, and no
    rules that compare with them.
    """

    expected: Exact | None = None
    minimum: Exact | None = None
    direction: Direction = Direction.HIGHER
    expected_range: Range | None = None
    minimum_range: Range | None = None
    equality_meets: bool = True
    rounding: Rounding | None = None
    bands: tuple[Band, ...] = ()
    low_volume: LowVolume = NO_RELIEF
    no_volume: NoVolumeRule = NoVolumeRule.NEUTRAL
    missing: MissingRule = MissingRule.NEUTRAL
    deemed_after_days: int = 0
    excuses: ExcuseTreatment = ExcuseTreatment.BOTH_SIDES
    restatement_days: int = 60
    is_reported_only: bool = False

    def __post_init__(self) -> None:
        if self.is_reported_only:
            self._refuse_comparisons()
            return
        goal = self.goal
        if isinstance(goal, Range):
            if self.expected is not None or self.minimum is not None:
                raise ValueError("A level of direction 'range' takes ranges, no single values.")
            outer = self.minimum_range
            if outer and (exact(outer.low) > exact(goal.low) or exact(outer.high) < exact(goal.high)):
                raise ValueError("The minimum range must hold the whole expected range.")
        elif self.expected_range or self.minimum_range:
            raise ValueError("Only a level of direction 'range' takes ranges.")
        elif self.minimum is not None and self._is_better(exact(self.minimum), exact(goal)):
            minimum, expected = plain(exact(self.minimum)), plain(exact(goal))
            raise ValueError(f"The minimum {minimum} is better than the expected {expected}.")
        if self.deemed_after_days < 0 or self.restatement_days < 0:
            raise ValueError("Numbers of days cannot be negative.")
        validate_bands(self.bands)

    def _refuse_comparisons(self) -> None:
        """Raise ValueError where a level without a target has anything that would need one."""
        levels = (self.expected, self.minimum, self.expected_range, self.minimum_range)
        if any(level is not None for level in levels) or self.bands:
            raise ValueError("A level without an expected value has no minimum and no bands.")
        reduces = self.excuses is ExcuseTreatment.REDUCE_LEVEL
        deemed, no_volume = self.missing is MissingRule.DEEMED, self.no_volume is not NoVolumeRule.NEUTRAL
        if deemed or reduces or no_volume or self.low_volume != NO_RELIEF:
            rules = "'missing: deemed', 'excuses: reduce_level', 'no_volume' and 'low_volume'"
            raise ValueError(f"A level without an expected value is neither met nor missed: leave out {rules}.")

    def _is_better(self, value: Fraction, level: Fraction) -> bool:
        return value > level if self.direction is Direction.HIGHER else value < level

    def compared(self, value: Fraction) -> Fraction:
        """The value as it is compared: rounded where the contract rounds."""
        return self.rounding.apply(value) if self.rounding else value

    def meets(self, value: Fraction, level: Exact | Range) -> bool:
        """Whether the value, rounded by the contract's rule, satisfies that level."""
        compared = self.compared(value)
        if isinstance(level, Range):
            on_edge = compared in (exact(level.low), exact(level.high))
            return level.distance(compared) == 0 and (self.equality_meets or not on_edge)
        return self._is_better(compared, exact(level)) or (self.equality_meets and compared == exact(level))

    @property
    def goal(self) -> Exact | Range:
        """What is expected."""
        goal = self.expected_range if self.direction is Direction.RANGE else self.expected
        if goal is None:
            raise ValueError("A level needs an expected value, or an expected range where its direction is 'range'.")
        return goal

    @property
    def floor(self) -> Exact | Range | None:
        """The least that is accepted; None where every miss is a breach."""
        return self.minimum_range if self.direction is Direction.RANGE else self.minimum

    def standing(self, value: Fraction) -> Standing:
        """How a value lies to the limits."""
        if self.meets(value, self.goal):
            return Standing.MET
        if self.floor is not None and self.meets(value, self.floor):
            return Standing.BELOW_EXPECTED
        return Standing.BREACH

    def shortfall(self, value: Fraction) -> Fraction:
        """By how much the compared value is worse than expected; zero where it is not."""
        compared, goal = self.compared(value), self.goal
        if isinstance(goal, Range):
            return goal.distance(compared)
        distance = exact(goal) - compared if self.direction is Direction.HIGHER else compared - exact(goal)
        return max(distance, Fraction(0))

    def band(self, value: Fraction) -> str | None:
        """The name of the value's band; None where there is none."""
        rounded_first = self.rounding is not None and self.rounding.before_bands
        looked_up = self.compared(value) if rounded_first else value
        return next((band.name for band in self.bands if band.holds(looked_up, self.direction)), None)

    def least_cases(self) -> int:
        """The volume below which one miss fails a percentage."""
        return least_volume(self.expected, self.direction) if self.expected is not None else 1

    def reduced(self, by: Exact) -> "Limits":
        """The same limits, made easier by so much in the measure's unit, as an excuse may decide."""
        step, goal = exact(by), self.goal
        if step < 0:
            raise ValueError("A level can be reduced, never raised, by an excuse.")
        if isinstance(goal, Range):
            raise ValueError("A range cannot be reduced; excuse its cases instead.")
        signed = -step if self.direction is Direction.HIGHER else step
        minimum = None if self.minimum is None else exact(self.minimum) + signed
        return replace(self, expected=exact(goal) + signed, minimum=minimum)
