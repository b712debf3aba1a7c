"""What a file of half hours or hours has in each of them, day by day, before they are added up."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from bpo.strict_values import CellError
from intake.files.readings.cells import ReadCell
from intake.files.readings.moments import read_moment, utc_of
from intake.files.readings.reading import Reading, zone_named
from intake.files.readings.rows import Cells
from intake.files.readings.targets import Target
from intake.files.sources import Line


class Step(NamedTuple):
    """One column of results: where its cells stand, how they are read, and what was read before."""

    name: str
    place: int
    read: ReadCell
    clock: int | None
    memory: dict[tuple[str, str], str | CellError | None]


def with_clock(cell: str, cells: Sequence[str], clock: int) -> str:
    """Return the cell of a day with that of its time, which stands in another column."""
    return f"{cell} {cells[clock] if clock < len(cells) else ''}"


class DayHours:
    """The denominators of the lines by day and by the minute of the day, in the contract's zone, at which each begins.

    Without denominators, or where the lines are not those of days, nothing is kept.
    """

    def __init__(self, steps: Sequence[Step], reading: Reading, target: Target) -> None:
        has_volume = any(step.name == "denominator" for step in steps)
        self.step = next((step for step in steps if has_volume and step.name == target.day_column == "date"), None)
        self.form = next((column.form for column in reading.used if column.column == "date"), "")
        self.zone = None if reading.day_bounds == "written" else zone_named(reading.zone)
        self.is_written = reading.day_bounds == "written"
        self.target = target
        self.minutes: dict[str, int] = {}
        self.days: dict[date, dict[int, int]] = {}
        self.splits: set[str] = set()

    def add(self, line: Line, values: Cells) -> None:
        """Count a line that is added up."""
        if self.step is None:
            return
        cell = line.cells[self.step.place]
        if self.step.clock is not None:
            cell = with_clock(cell, line.cells, self.step.clock)
        minute = self.minutes.get(cell)
        if minute is None:
            minute = self.minutes[cell] = self._minute_of(cell)
        self.splits.add(values.get("split") or "")
        hours = self.days.setdefault(date.fromisoformat(values["date"] or ""), {})
        hours[minute] = hours.get(minute, 0) + int(Decimal(values.get("denominator") or 0))

    def _minute_of(self, cell: str) -> int:
        moment = read_moment(cell.strip(), self.form)
        clock = moment.clock
        is_elsewhere = moment.offset is not None or (self.zone and self.zone.key != self.target.zone.key)
        if is_elsewhere and not self.is_written:
            # A day alone is a midnight of a workbook; one that the clock skips stays as it is.
            with suppress(CellError):
                clock = utc_of(moment, self.zone).astimezone(self.target.zone).time()
        return 60 * clock.hour + clock.minute if clock else 0
