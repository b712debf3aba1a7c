"""Rights that stand above credits: what raises them, and until when they may be exercised."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from operator import gt, lt

from sla.credits.repeats import Failed, averages_in_window, runs
from sla.money import HUNDRED, Number, exact, not_negative, percentage, positive


def failures_in_window(failed: Sequence[Failed], *, window: int, count: int) -> tuple[int, ...]:
    """So many failures in a moving window of periods, raised by the one that completes it and each later one inside.

    As by all triggers, the numbers of the periods that raise it are returned, the first of the series being 1. What a
    failure is, the caller says: the level missed, the cap reached, credits of 20 % of fees. Source: OneNeck, two
    months of any four; Crossref, ten failures in rolling twelve months.
    """
    positive(window, "the window")
    positive(count, "the count")
    return tuple(
        number
        for number, outcome in enumerate(failed, start=1)
        if outcome is True and failed[max(0, number - window) : number].count(True) >= count
    )


def failures_in_a_row(failed: Sequence[Failed], *, count: int) -> tuple[int, ...]:
    """So many failures in a row (raised again by each further one); silent periods do not break the row."""
    positive(count, "the count")
    rows = zip(failed, runs(failed), strict=True)
    return tuple(number for number, (outcome, run) in enumerate(rows, start=1) if outcome and run >= count)


def points_in_window(points: Sequence[Number | None], *, window: int, threshold: Number) -> tuple[int, ...]:
    """So many points or more in a moving window of periods; source: UK contracts, 50 points in any three months.

    Before the window is full the points so far are added up. None is a silent period.
    """
    positive(window, "the window")
    given = [exact(0 if value is None else value) for value in points]
    limit = exact(threshold)
    return tuple(end for end in range(1, len(given) + 1) if sum(given[max(0, end - window) : end]) >= limit)


def average_beyond(
    values: Sequence[Number | None], *, window: int, limit: Number, higher_is_better: bool = True
) -> tuple[int, ...]:
    """An average over a full moving window that is worse than a limit; source: Espressive, below 97 % over three."""
    beyond = lt if higher_is_better else gt
    averages = averages_in_window(values, window=window)
    return tuple(
        number
        for number, average in enumerate(averages, start=window)
        if average is not None and beyond(average, exact(limit))
    )


def credits_reach(credits: Sequence[Number], charges: Sequence[Number], percent: Number) -> tuple[bool, ...]:
    """For each period, whether its credits reach a share (0 to 100 %) of its charges; without charges they do not."""
    share = percentage(percent, "the share of the charges")
    return tuple(
        exact(charge) > 0 and not_negative(credit, "a credit") >= share * exact(charge)
        for credit, charge in zip(credits, charges, strict=True)
    )


def mostly_below_threshold(missed: int, measured: int, *, percent: Number = 50) -> bool:
    """Whether more than this share of the measured service levels missed their threshold in one period.

    Under the UK model contract that lets the client withhold charges as compensation, and the period's service
    credits do not accrue. Missed above measured is a ValueError.
    """
    if not_negative(missed, "the number missed") > not_negative(measured, "the number measured"):
        raise ValueError(f"{missed} missed exceed the {measured} measured")
    return exact(missed) * HUNDRED > exact(percent) * measured


class RightState(StrEnum):
    """Where a right stands on a given day."""

    OPEN = "open"
    LAPSING = "lapsing"
    LAPSED = "lapsed"
    EXERCISED = "exercised"


@dataclass(frozen=True, slots=True)
class Right:
    """A right that arose on a day and must be exercised within so many calendar days, the last one included.

    None means without limit. A right exercised late may be lost, so it warns `warn_days` before it lapses.
    Source: notice within 60 days of the event (Espressive).
    """

    arose_on: date
    within_days: int | None = 60
    warn_days: int = 14

    def __post_init__(self) -> None:
        if self.within_days is not None:
            not_negative(self.within_days, "the days to exercise a right")
        not_negative(self.warn_days, "the days of warning")

    @property
    def last_day(self) -> date | None:
        """The last day on which it may be exercised."""
        return None if self.within_days is None else self.arose_on + timedelta(days=self.within_days)

    def state(self, today: date, exercised_on: date | None = None) -> RightState:
        """Where it stands; exercised after its last day counts as lapsed."""
        last = self.last_day
        if exercised_on is not None and exercised_on <= today and (last is None or exercised_on <= last):
            return RightState.EXERCISED
        if last is None:
            return RightState.OPEN
        if today > last:
            return RightState.LAPSED
        return RightState.LAPSING if today >= last - timedelta(days=self.warn_days) else RightState.OPEN
