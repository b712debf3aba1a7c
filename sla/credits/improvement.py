"""Levels proposed from history: the ratchet of continuous improvement, and baselines of new service levels.

These are proposals with their evidence. A level changes only by an amendment that people sign.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sla.money import Number, exact, mean, percentage, plain, positive


@dataclass(frozen=True, slots=True)
class Proposal:
    """A level proposed in place of the current one; where the rule does not apply both are the same."""

    applies: bool
    current: Fraction
    proposed: Fraction
    ceiling: Fraction | None
    working: str


def halfway(current: Number, values: Sequence[Number], *, periods: int = 12, higher_is_better: bool = True) -> Proposal:
    """Half-way from the level to the average, where the last `periods` values all exceed the level.

    Exceeding is strict: one value equal to the level is enough for no change, and so are too few values.
    Source: a Sears/CSC clause, twelve consecutive months.
    """
    positive(periods, "the number of periods")
    level, sign = exact(current), 1 if higher_is_better else -1
    recent = [exact(value) for value in values][-periods:]
    exceeding = sum(1 for value in recent if sign * value > sign * level)
    if exceeding < periods:
        return Proposal(False, level, level, None, f"{exceeding} of {periods} periods exceed {plain(level)}")
    average = mean(recent)
    working = f"({plain(level)} + {plain(average)}) ÷ 2"
    return Proposal(True, level, (level + average) / 2, None, working)


def capped_increase(
    current: Number,
    candidate: Number,
    cap_percent: Number,
    *,
    perfect: Number = 100,
    higher_is_better: bool = True,
    volume: int | None = None,
    least_volume: int = 0,
    analysis_open: bool = False,
) -> Proposal:
    """The candidate level, but no further than a share (0 to 100 %) of the gap between the level and perfection.

    A ratchet only tightens: a candidate that is no better changes nothing. Nothing changes either below
    `least_volume` cases, or while the analysis of a failure is open. `perfect` is 100 for percentages and 0 for
    levels where lower is better; a level beyond it is a ValueError. Source: an IBM/Gap clause; 10 % of the gap is
    usual for the expected level, 5 % for the minimum. The proposal's ceiling is as far as one reset may go.
    """
    level, wanted, best = exact(current), exact(candidate), exact(perfect)
    sign = 1 if higher_is_better else -1
    if sign * level > sign * best:
        raise ValueError(f"the level of {plain(level)} lies beyond the perfect {plain(best)}")
    ceiling = level + (best - level) * percentage(cap_percent, "the share of the gap")
    if analysis_open or (volume is not None and volume < least_volume):
        reason = "an analysis is open" if analysis_open else f"{volume} cases, fewer than {least_volume}"
        return Proposal(False, level, level, ceiling, reason)
    if sign * wanted <= sign * level:
        return Proposal(False, level, level, ceiling, f"{plain(wanted)} is no better than {plain(level)}")
    proposed = sign * min(sign * wanted, sign * ceiling)
    working = f"{plain(level)} + {plain(cap_percent)} % × ({plain(best)} − {plain(level)}) = {plain(ceiling)} at most"
    return Proposal(True, level, proposed, ceiling, working)


def reset_candidate(values: Sequence[Number], *, best: int | None = 4, higher_is_better: bool = True) -> Fraction:
    """The year's candidate for a reset: the mean of its best so many values, or of all (None)."""
    ordered = sorted((exact(value) for value in values), reverse=higher_is_better)
    return mean(ordered[:best])


@dataclass(frozen=True, slots=True)
class Baseline:
    """The levels proposed for a service level that started without any."""

    expected: Fraction
    minimum: Fraction
    periods: int


def baseline(values: Sequence[Number], *, higher_is_better: bool = True, periods: int | None = None) -> Baseline:
    """Average as expected level and worst value as minimum, over the measured periods.

    With `periods` the number must be at least that, and the first so many count; fewer are a ValueError, since a
    baseline is not complete before. Source: a Nielsen/TCS clause, nine consecutive months.
    """
    if periods is not None and len(values) < positive(periods, "the number of periods"):
        raise ValueError(f"{len(values)} of {periods} periods measured: the baseline is not complete")
    counted = [exact(value) for value in values[:periods]]
    expected = mean(counted)
    return Baseline(expected, min(counted) if higher_is_better else max(counted), len(counted))
