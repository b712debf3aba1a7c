"""What stands in each column of a file: its different cells, how often, where first, and of which kind."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from intake.files.readings.heads import Heads, filled, says_total
from intake.files.readings.plain_chunks import columns_of, counts_of
from intake.files.sources import Line

MOST_CELLS = 20_000
SAMPLES = 3
CHUNK = 2_000


class Cell(NamedTuple):
    """A cell as it stands in a file, and its kind in a workbook."""

    text: str
    kind: str


@dataclass
class Found:
    """The different cells of one column, each with how often it comes and the line of the first."""

    cells: dict[Cell, list[int]] = field(default_factory=dict)

    def add(self, cell: Cell, line: int, count: int = 1) -> None:
        """Count a cell that comes so often from a line on."""
        seen = self.cells.get(cell)
        if seen is not None:
            seen[0] += count
        elif len(self.cells) < MOST_CELLS:
            self.cells[cell] = [count, line]

    @property
    def texts(self) -> list[str]:
        """What is written as text, as opposed to the typed cells of a workbook."""
        return [cell.text for cell in self.cells if cell.kind in ("", "t")]

    @property
    def has_times(self) -> bool:
        """Whether it has moments of a workbook, where midnight is typed as a day alone."""
        return any(cell.kind == "m" for cell in self.cells)

    @property
    def samples(self) -> list[str]:
        """Three cells: the first ones that differ."""
        return [cell.text for cell in list(self.cells)[:SAMPLES]]

    def line_of(self, text: str) -> int:
        return next((line for cell, (_count, line) in self.cells.items() if cell.text == text), 0)


@dataclass
class Survey:
    """A file seen as columns, down to the line `upto` where one is said to be the last."""

    heads: Heads
    columns: Sequence[Found]
    rows: int = 0
    first_line: int = 0
    last_line: int = 0
    upto: int = 0

    def add_rows(self, count: int, first_line: int, last_line: int) -> None:
        """Count rows that stand between two lines."""
        self.rows += count
        self.first_line = self.first_line or first_line
        self.last_line = last_line

    def of(self, name: str) -> Found:
        """Return what was found in a column; nothing in one that the file has not."""
        place = self.heads.place(name)
        return self.columns[place] if place is not None else Found()

    @property
    def by_name(self) -> Mapping[str, Found]:
        return dict(zip(self.heads.names, self.columns, strict=True))


def survey_lines(lines: Iterable[Line], heads: Heads, last_line: int = 0) -> Survey:
    """Look at all rows below the heads. Lines of one cell, as notes are, and totals show nothing of the columns."""
    width = len(heads.names)
    survey = Survey(heads, [Found() for _name in heads.names], upto=last_line)
    rest = iter(lines)
    while chunk := list(islice(rest, CHUNK)):
        columns = None if last_line else columns_of(chunk, width, heads.last)
        if columns and (counted := counts_of(chunk, columns)):
            survey.add_rows(len(chunk), chunk[0].number, chunk[-1].number)
            for found, cells in zip(survey.columns, counted, strict=True):
                for text, count, line in cells:
                    found.add(Cell(text, ""), line, count)
        else:
            _add_lines(survey, chunk)
    return survey


def _add_lines(survey: Survey, lines: Iterable[Line]) -> None:
    """Look at each line, whatever it is."""
    heads, last_line, width = survey.heads, survey.upto, len(survey.columns)
    least = 1 if width == 1 else 2
    for line in lines:
        if line.number <= heads.last or line.error or (last_line and line.number > last_line):
            continue
        cells = filled(line)
        if len(cells) < least or len(line.cells) > width + 1 or says_total(cells[0]):
            continue
        survey.add_rows(1, line.number, line.number)
        kinds = line.kinds or " " * len(line.cells)
        for found, text, kind in zip(survey.columns, line.cells, kinds, strict=False):
            if plain := text.strip():
                found.add(Cell(plain, kind.strip()), line.number)
