"""What happens where there are too few cases for a rate to be fair."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from sla.bands import Direction
from sla.tallies import Exact, Tally, exact


class LowVolumeRule(StrEnum):
    """How a period with few cases is judged."""

    NONE = "none"
    TOO_FEW = "too_few"
    ALLOW_MISSES = "allow_misses"
    CARRY_OVER = "carry_over"
    ROLLING = "rolling"
    COUNT = "count"


COUNTS_MISSES = frozenset({LowVolumeRule.ALLOW_MISSES, LowVolumeRule.COUNT})


@dataclass(frozen=True, slots=True)
class LowVolume:
    """Below `min_cases` (the least volume at which one miss may be met, where it is None) the rule applies.

    too_few: the period is not judged. allow_misses: up to `allowed_misses` misses are met, more are judged by the
    rate. carry_over: the cases join the next period until there are enough. rolling: the last `periods` periods are
    judged together. count: the number of misses alone decides.
    """

    rule: LowVolumeRule = LowVolumeRule.NONE
    min_cases: int | None = None
    allowed_misses: int = 1
    periods: int = 3

    def __post_init__(self) -> None:
        if self.min_cases is not None and self.min_cases < 1:
            raise ValueError(f"A least number of cases must be at least 1, got {self.min_cases}.")
        if self.allowed_misses < 0:
            raise ValueError(f"Allowed misses cannot be fewer than none, got {self.allowed_misses}.")
        if self.periods < 2:
            raise ValueError(f"A rolling measure joins at least 2 periods, got {self.periods}.")

    def applies(self, tally: Tally, least: int) -> bool:
        """Whether the tally has too few cases."""
        return self.rule is not LowVolumeRule.NONE and tally.cases < (self.min_cases or least)

    def looks_back(self) -> bool:
        """Whether a period may have to be judged together with earlier ones."""
        return self.rule in (LowVolumeRule.CARRY_OVER, LowVolumeRule.ROLLING)

    def judged(self, tallies: Sequence[Tally], least: int) -> Tally:
        """The tally by which the last of these periods, oldest first, is judged."""
        if self.rule is LowVolumeRule.ROLLING and self.applies(tallies[-1], least):
            return Tally.total(tallies[-self.periods :])
        if self.rule is LowVolumeRule.CARRY_OVER:
            waiting: list[Tally] = []
            for tally in tallies[:-1]:
                waiting.append(tally)
                if sum(one.cases for one in waiting) >= (self.min_cases or least):
                    waiting.clear()
            return Tally.total([*waiting, tallies[-1]])
        return tallies[-1]


@lru_cache(maxsize=4096)
def least_volume(expected_percent: Exact, direction: Direction = Direction.HIGHER) -> int:
    """The fewest cases at which one miss can still be met: 1 ÷ (1 − expected), rounded up; 1 where none can ever be."""
    share = exact(expected_percent) / 100
    may_miss = share if direction is Direction.LOWER else 1 - share
    return max(1, -((-1 / may_miss).__floor__())) if may_miss > 0 else 1
