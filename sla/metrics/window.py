"""The span and the instant that rows are looked at from."""

from dataclasses import dataclass
from datetime import datetime

from sla.service_time import ServiceTime


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open span of instants, the instant `as_of` up to which facts are known, and the calendar of the terms."""

    start: datetime
    end: datetime
    as_of: datetime
    clock: ServiceTime | None = None

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"a window must end after it starts, got {self.start} to {self.end}")

    @property
    def known_end(self) -> datetime:
        """Where the known part of the span ends."""
        return min(self.end, max(self.start, self.as_of))
