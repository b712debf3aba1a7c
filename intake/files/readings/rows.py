"""Rows that were read from a file, the lines that are none, and what total lines say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain
from typing import Any, NamedTuple

from bpo.row_errors import RowError
from intake.parsing import Sheet

Cells = dict[str, str | None]


class LeftOut(NamedTuple):
    """A line that is no row, and why."""

    line: int
    code: str
    text: str


@dataclass
class Rows:
    """Rows as columns of cells, with their lines; refused ones are among them, with the errors by their place."""

    lines: list[int] = field(default_factory=list)
    cells: list[Cells] = field(default_factory=list)
    errors: dict[int, list[RowError]] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)

    def add(self, line: int, cells: Cells, errors: Iterable[RowError] = ()) -> None:
        if found := list(errors):
            self.errors[len(self.lines)] = found
        self.lines.append(line)
        self.cells.append(cells)

    def extend(self, other: "Rows") -> None:
        """Add the rows of the next chunk."""
        self.errors |= {place + len(self.lines): errors for place, errors in other.errors.items()}
        self.lines += other.lines
        self.cells += other.cells
        self.left_out += other.left_out

    def as_sheet(self, address: Mapping[str, str]) -> Sheet:
        """Return the rows as they are checked; those that name no feed are of the one in `address`."""
        names = dict.fromkeys(chain(chain.from_iterable(map(dict.keys, self.cells)), address))
        columns: dict[str, list[Any]] = {name: [cells.get(name) for cells in self.cells] for name in names}
        own = [bool(cells.get("feed") or cells.get("service_level")) for cells in self.cells]
        for name, value in address.items():
            pairs = zip(columns[name], own, strict=True)
            columns[name] = [cell if is_own else value for cell, is_own in pairs]
        errors = {
            place: [error._replace(row=place + 1) for error in found] for place, found in sorted(self.errors.items())
        }
        objects = [place for place in range(len(self.lines)) if place not in errors]
        given = frozenset(name for name, cells in columns.items() if any(cell is not None for cell in cells))
        columns = {name: cells for name, cells in columns.items() if name in given}
        return Sheet(len(self.lines), columns, given, objects, is_uniform=True, lines=self.lines, errors=errors)


@dataclass
class Total:
    """Numbers of the rows since the last total, in all, and what total lines said otherwise."""

    since: dict[str, Decimal] = field(default_factory=dict)
    overall: dict[str, Decimal] = field(default_factory=dict)
    disagreements: list[tuple[int, str, Decimal, Decimal]] = field(default_factory=list)
    agreed: list[int] = field(default_factory=list)
    above: list[tuple[int, Mapping[str, Decimal]]] = field(default_factory=list)

    def add(self, name: str, number: Decimal) -> None:
        self.since[name] = self.since.get(name, Decimal(0)) + number
        self.overall[name] = self.overall.get(name, Decimal(0)) + number

    def compare(self, line: int, numbers: Mapping[str, Decimal]) -> None:
        """Compare a total line with the rows above it; one that has none waits for those below it."""
        if not self.overall:
            self.above.append((line, numbers))
            return
        wrong = [
            (line, name, number, self.overall.get(name, Decimal(0)))
            for name, number in numbers.items()
            if number not in (self.since.get(name, Decimal(0)), self.overall.get(name, Decimal(0)))
        ]
        self.disagreements += wrong
        if numbers and not wrong:
            self.agreed.append(line)
        self.since = {}

    def finish(self) -> None:
        """Compare total lines above all rows."""
        above, self.above = self.above, []
        for line, numbers in above if self.overall else ():
            self.compare(line, numbers)
