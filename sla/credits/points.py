"""Credits by points: severity bands and repeat failures (F4), and points looked up in a table (F5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sla.credits.at_risk import RollingCap
from sla.credits.credit import Account, Credit, LineKind, single
from sla.credits.repeats import Multiplier, runs
from sla.money import Number, amount_text, exact, not_negative, plain, share_of


@dataclass(frozen=True, slots=True)
class Band:
    """One severity: the lowest value that still belongs to it (None: no lower end), its points and its name."""

    floor: Number | None
    points: Number
    name: str


@dataclass(frozen=True, slots=True)
class SeverityTable:
    """Severity bands, best first: a value belongs to the first band whose floor it reaches.

    Because only floors are kept, bands can neither gap nor overlap: with floors 99 and 98 the value 98.95 is in the
    second. The first band is the target's and has no points; the last has no floor. Values are percentages, higher
    being better. Refused with ValueError: floors that do not fall, points that fall, a last band with a floor.
    Source: service points of the UK model contract (99, 98, 97, 96: 0, 1, 2, 3, 4 points).
    """

    bands: tuple[Band, ...]

    def __post_init__(self) -> None:
        if len(self.bands) < 2 or self.bands[-1].floor is not None:
            raise ValueError("severity bands are at least two, and the last has no floor")
        floors = [exact(band.floor) for band in self.bands[:-1] if band.floor is not None]
        if len(floors) < len(self.bands) - 1 or floors != sorted(set(floors), reverse=True):
            raise ValueError("the floors of severity bands must be given and fall from band to band")
        points = [exact(band.points) for band in self.bands]
        if points[0] != 0 or points != sorted(points):
            raise ValueError("points start at zero for the target and never fall from band to band")

    def band(self, value: Number) -> Band:
        """The severity of a value."""
        reached = exact(value)
        inside = (band for band in self.bands[:-1] if band.floor is not None and reached >= exact(band.floor))
        return next(inside, self.bands[-1])


@dataclass(frozen=True, slots=True)
class Severity:
    """One period's severity and its service points after the rule for repeats; no band where nothing was measured."""

    band: Band | None
    points: Fraction


DOUBLED = Multiplier((1, 2))


def service_points(
    values: Sequence[Number | None], table: SeverityTable, repeat: Multiplier = DOUBLED
) -> tuple[Severity, ...]:
    """The severity and service points of each period, oldest first (F4).

    A failure right after a failure of the same service level is a repeat, whatever the two severities: its points
    are doubled, and doubled only once however long the run. None is a period without volume: it bears no points and
    does not end a run.
    """
    bands = [None if value is None else table.band(value) for value in values]
    failed = [None if band is None else exact(band.points) > 0 for band in bands]
    return tuple(
        Severity(band, Fraction(0) if band is None else exact(band.points) * repeat.factor(run))
        for band, run in zip(bands, runs(failed), strict=True)
    )


def points_credit(
    points: Number, percent_per_point: Number, charges: Number, *, cap: RollingCap | None = None, places: int = 2
) -> Credit:
    """Total service points × percent per point × the period's charges, within the rolling cap (F4).

    Source: the UK model contract's SC = TSP × x × AC. That the cap is met or exceeded may itself be a critical
    performance failure: see `Credit.cap_reached`.
    """
    amount = not_negative(charges, "charges")
    credit = not_negative(points, "points") * share_of(not_negative(percent_per_point, "percent per point")) * amount
    account = Account(places)
    working = f"{plain(points)} points × {plain(percent_per_point)} % × {amount_text(amount, places)}"
    account.add(LineKind.CREDIT, "", credit, working)
    if cap is not None:
        account.limit(LineKind.ROLLING_CAP, cap.left, cap.working)
    return account.close()


@dataclass(frozen=True, slots=True)
class StepTable:
    """A table of steps: from so many points on, so many percent (F5); between two steps the lower one holds.

    Steps are (points, percent), both rising. Below the first step nothing is due, above the last its percentage
    holds. Source: TELUS credit points (10, 15, 20, 25, 30 points: 2, 4, 6, 8, 10 %).
    """

    steps: tuple[tuple[Number, Number], ...]

    def __post_init__(self) -> None:
        floors = [exact(floor) for floor, _ in self.steps]
        percents = [not_negative(percent, "a percentage") for _, percent in self.steps]
        if floors != sorted(set(floors)) or percents != sorted(percents):
            raise ValueError("the steps of a points table must rise in points and never fall in percent")

    def percent(self, points: Number) -> Fraction:
        """The percentage of the step reached."""
        reached = exact(points)
        return max((exact(percent) for floor, percent in self.steps if reached >= exact(floor)), default=Fraction(0))

    def credit(self, points: Number, charges: Number, *, places: int = 2) -> Credit:
        """That percentage of the charges."""
        percent, amount = self.percent(points), not_negative(charges, "charges")
        working = f"{plain(points)} points: {plain(percent)} % × {amount_text(amount, places)}"
        return single("", share_of(percent) * amount, working, places=places)
