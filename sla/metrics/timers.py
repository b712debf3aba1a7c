"""The clock of a case: how long it took, and whether that keeps its target."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from sla.intervals import Interval, clipped, length, total_length
from sla.metrics.components import Row
from sla.metrics.downtime import moment
from sla.metrics.targets import Target
from sla.metrics.window import Window
from sla.periods import local_day
from sla.service_time import ServiceTime


@dataclass(frozen=True, slots=True)
class Timer:
    """How long a case took: in elapsed or business time, less the pauses whose reasons stop the clock."""

    stop: str
    business: bool
    reasons: tuple[str, ...]

    def seconds(self, row: Row, window: Window, until: datetime) -> Fraction:
        """Seconds on the clock from opening until that instant."""
        opened = opening(row)
        if until <= opened:
            return Fraction(0)
        pauses = self.pauses(row, until)
        if not self.business:
            taken = length(opened, until)
            return taken - total_length(pauses) if pauses else taken
        return business_clock(window).elapsed_seconds(opened, until, pauses)

    def pauses(self, row: Row, until: datetime) -> list[Interval]:
        """The pauses that stop the clock, from opening until that instant; one without an end lasts until then."""
        reported = row.get("pauses")
        if not reported:
            return []
        if not isinstance(reported, Sequence):
            raise TypeError(f"pauses must be a list, got {reported!r}")
        stopping = [
            (instant(pause[0]), instant(pause[1]) if pause[1] else until)
            for pause in reported
            if "*" in self.reasons or (len(pause) > 2 and pause[2] in self.reasons)
        ]
        return clipped(stopping, opening(row), until)

    def is_within(self, target: Target, row: Row, window: Window, until: datetime, *, inclusive: bool) -> bool:
        """Whether a case that lasts until that instant keeps the target; `inclusive`: also at exactly the limit.

        Business days end with the close of business; pauses in business time put that off by as long as they last.
        """
        if target.days:
            clock, opened = business_clock(window), opening(row)
            last = clock.add_business_days(local_day(opened, clock.zone), target.days)
            open_time = clock.elapsed_seconds(opened, clock.close_of(last))
            due = clock.deadline(opened, open_time, self.pauses(row, until))
            return until <= due if inclusive else until < due
        timer = self if self.business is target.business else replace(self, business=target.business)
        taken = timer.seconds(row, window, until)
        return taken <= target.seconds if inclusive else taken < target.seconds


def opening(row: Row) -> datetime:
    """The instant at which a case was opened."""
    opened = moment(row, "opened_at")
    if opened is None:
        raise TypeError("a case must hold the instant at which it was opened")
    return opened


def business_clock(window: Window) -> ServiceTime:
    """The calendar of the terms."""
    if window.clock is None:
        raise ValueError("Business time needs the calendar of the terms.")
    return window.clock


def instant(value: object) -> datetime:
    """An aware instant, given as one or as ISO text."""
    read = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(read, datetime) or read.tzinfo is None:
        raise TypeError(f"a pause needs instants with offsets, got {value!r}")
    return read
