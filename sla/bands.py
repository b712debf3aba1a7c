"""Bands of values: named, half open, without gaps and without overlaps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from sla.labels import Labelled
from sla.labels import gettext_noop as _
from sla.tallies import Exact, exact
from sla.wording import plain


class Direction(Labelled):
    """Which values of a measure are better."""

    HIGHER = "higher", _("higher is better")
    LOWER = "lower", _("lower is better")
    RANGE = "range", _("inside a range")


@dataclass(frozen=True, slots=True)
class Band:
    """A named span of values; None leaves a side open.

    Where higher is better a band holds its lower edge and not its upper one; where lower is better it is the other
    way round, so that the value at an edge always falls into the better band.
    """

    name: str
    lower: Exact | None = None
    upper: Exact | None = None

    def __post_init__(self) -> None:
        if self.lower is not None and self.upper is not None and exact(self.lower) >= exact(self.upper):
            raise ValueError(f"The band '{self.name}' must end above {plain(exact(self.lower))}, where it begins.")

    def holds(self, value: Fraction, direction: Direction) -> bool:
        """Whether the value falls into the band."""
        if direction is Direction.LOWER:
            above = self.lower is None or value > exact(self.lower)
            return above and (self.upper is None or value <= exact(self.upper))
        above = self.lower is None or value >= exact(self.lower)
        return above and (self.upper is None or value < exact(self.upper))


def validate_bands(bands: Sequence[Band]) -> None:
    """Refuse bands that leave a gap or overlap; ValueError names the edge. The outer sides may be closed or open."""
    names = [band.name for band in bands]
    if len(set(names)) < len(names):
        raise ValueError("Two bands have the same name.")
    ordered = sorted(bands, key=lambda band: (band.lower is not None, exact(band.lower or 0)))
    for below, above in pairwise(ordered):
        if below.upper is None or above.lower is None:
            raise ValueError(f"The bands '{below.name}' and '{above.name}' overlap without an edge between them.")
        end, start = exact(below.upper), exact(above.lower)
        if end < start:
            raise ValueError(
                f"There is a gap from {plain(end)} to {plain(start)} "
                f"between the bands '{below.name}' and '{above.name}'."
            )
        if end > start:
            raise ValueError(
                f"The bands '{below.name}' and '{above.name}' overlap from {plain(start)} to {plain(end)}."
            )


def closed_matches(ranges: Iterable[tuple[Exact, Exact]], value: Exact) -> list[int]:
    """Which ranges a published table gives for a value when both edges are read as included: none, one, or several."""
    wanted = exact(value)
    return [place for place, (low, high) in enumerate(ranges) if exact(low) <= wanted <= exact(high)]
