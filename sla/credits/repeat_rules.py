"""What a clause says about failing again, held against the last periods of one service level."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from sla.credits.repeats import Failed, averages_in_window, runs
from sla.money import Number, exact, positive, total
from sla.verdicts import Status


class RepeatKind(StrEnum):
    """How failures of several periods are put together."""

    RUNNING = "running"
    IN_WINDOW = "in_window"
    POINTS = "points"
    AVERAGE = "average"


@dataclass(frozen=True, slots=True)
class PeriodOutcome:
    """How a period ended, and its value where it has one; a period that nobody judged has neither."""

    status: Status | None = None
    value: Fraction | None = None


@dataclass(frozen=True, slots=True)
class RepeatRule:
    """One clause: so many failures running or in a window, so many points, or an average worse than a limit.

    A failure is a breach, and with `below_expected` a missed expected level too. The window counts periods and ends
    with the one judged. Points are given for statuses. An average equal to the limit is not worse than it.
    """

    kind: RepeatKind
    count: int = 2
    window: int = 12
    below_expected: bool = False
    points: Mapping[Status, Number] = field(default_factory=dict)
    threshold: Number = 1
    limit: Number = 0
    higher_is_better: bool = True
    clause: str = ""

    def __post_init__(self) -> None:
        positive(self.count, "the count")
        positive(self.window, "the window")
        positive(self.threshold, "the threshold")

    def evaluate(self, series: Sequence[PeriodOutcome]) -> "Repeat | None":
        """What the last period of a series, oldest first, brings; None where it adds nothing to the rule."""
        if self.kind is RepeatKind.AVERAGE:
            return self._average(series)
        if self.kind is RepeatKind.POINTS:
            return self._points(series)
        known: dict[Status | None, Failed] = {
            Status.BREACH: True,
            Status.BELOW_EXPECTED: self.below_expected,
            Status.MET: False,
        }
        failed = [known.get(outcome.status) for outcome in series]
        if failed[-1] is not True:
            return None
        if self.kind is RepeatKind.RUNNING:
            run = runs(failed)[-1]
            return Repeat(self, Fraction(run), run >= self.count, 1 if run == self.count - 1 else 0)
        window = failed[-self.window :]
        seen = window.count(True)
        oldest = len(window) - 1 - window.index(True)
        chance = max(0, self.window - 1 - oldest) if seen == self.count - 1 else 0
        return Repeat(self, Fraction(seen), seen >= self.count, chance)

    def _points(self, series: Sequence[PeriodOutcome]) -> "Repeat | None":
        given = [exact(self.points.get(period.status, 0)) if period.status else Fraction(0) for period in series]
        if not given[-1]:
            return None
        points = total(given[-self.window :])
        return Repeat(self, points, points >= exact(self.threshold))

    def _average(self, series: Sequence[PeriodOutcome]) -> "Repeat | None":
        averages = averages_in_window([period.value for period in series], window=self.window)
        average = averages[-1] if averages and series[-1].value is not None else None
        if average is None:
            return None
        limit = exact(self.limit)
        return Repeat(self, average, average < limit if self.higher_is_better else average > limit)


@dataclass(frozen=True, slots=True)
class Repeat:
    """How far a rule is: failures, points or an average; whether it is reached, and if not, how many periods ahead
    one more failure would still reach it (0: none would).
    """

    rule: RepeatRule
    tally: Fraction
    is_reached: bool
    chance: int = 0
