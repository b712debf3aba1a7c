"""Order statistics, exactly, by a named method."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from sla.metrics.params import Param, ParamType, choice


class PercentileMethod(StrEnum):
    """Which value of an ordered list a percentile is."""

    NEAREST_RANK = "nearest_rank"
    LINEAR = "linear"


def nearest_rank(count: int, percent: Fraction) -> int:
    """The rank, counted from 1, of the ⌈p·n⌉-th smallest of `count` values; `percent` lies in 0 to 100."""
    if not 0 <= percent <= 100:
        raise ValueError(f"a percentile lies between 0 and 100, got {percent}")
    return max(1, -((-percent * count) // 100))


def percentile(ordered: Sequence[Fraction], percent: Fraction, method: PercentileMethod) -> Fraction | None:
    """That percentile of values in rising order; None where there are none.

    Nearest rank takes the ⌈p·n⌉-th smallest; linear interpolates between the neighbours of rank 1 + p·(n − 1), which
    statistics packages call type 7.
    """
    if not ordered:
        return None
    rank = nearest_rank(len(ordered), percent)
    if method is PercentileMethod.NEAREST_RANK:
        return ordered[rank - 1]
    position = percent * (len(ordered) - 1) / 100
    below = position.__floor__()
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


METHOD = choice("method", tuple(PercentileMethod), "nearest rank, or linear interpolation")
PERCENT = Param(
    "percentile", ParamType.NUMBER, None, "which percentile, such as 95", least=Decimal(0), greatest=Decimal(100)
)
