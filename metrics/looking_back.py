"""The periods before and after another that rules on low volume and on repeated failure look at."""

from collections.abc import Iterator
from datetime import date
from itertools import islice, takewhile

from metrics.timelines import Cell, Timeline
from sla.periods import DAY

MOST_EARLIER_PERIODS = 24


def earlier_cells(timeline: Timeline, cell: Cell) -> list[Cell]:
    """The cells before this one that rules may look at, oldest first: one after the other, all in force."""
    cells: list[Cell] = []
    start = cell.period.start
    while len(cells) < MOST_EARLIER_PERIODS:
        before = [each for each in timeline.cells_on(start - DAY) if each.period.end == start and each.in_force]
        if not before or not cell.looks_at(before[0]):
            break
        cells.append(before[0])
        start = before[0].period.start
    return cells[::-1]


def later_cells(timeline: Timeline, cell: Cell) -> Iterator[Cell]:
    """The cells after this one, in order, as far as terms go."""
    while following := next(iter(timeline.cells_on(cell.period.end)), None):
        yield following
        cell = following


def cells_looking_back_at(timeline: Timeline, cell: Cell, until: date) -> tuple[Cell, ...]:
    """The cells after this one that begin on or before a day and whose verdicts may depend on it, in order."""
    later = takewhile(
        lambda after: after.period.start <= until, islice(later_cells(timeline, cell), MOST_EARLIER_PERIODS)
    )
    return tuple(after for after in later if after.agreed.looks_back and after.looks_at(cell))
