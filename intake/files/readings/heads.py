"""Where a table stands among titles, blank lines, totals and notes, and what its columns are called."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from bpo.strict_values import CellError
from intake.files.readings.moments import read_moment
from intake.files.readings.numbers import is_length
from intake.files.readings.reading import LONGEST, Reading, fold, fold_word
from intake.files.sources import Line

LOOKED_AT = 60
FIGURES = re.compile(r"[-+−(]?[\d.,:/%\s'’\u00a0\u202f-]*\d[\d.,:/%)\s]*(?:[ap]m)?", re.IGNORECASE)
# Not "general", "grand" or "all": queues are called so.
TOTALS = (
    "total totals sum subtotal overall summe gesamt gesamtsumme insgesamt zwischensumme gesamtergebnis",
    "totale totaal suma somme razem łącznie celkem yhteensä",
)
TOTAL = frozenset(name for names in TOTALS for name in names.split()) | {
    "grand total",
    "total general",
    "total général",
    "totale generale",
    "sum total",
    "suma końcowa",
}


@dataclass(frozen=True, slots=True)
class Heads:
    """The heads of a table: the lines that they stand on (0: none), and the name of each column."""

    first: int
    last: int
    names: tuple[str, ...]

    def place(self, name: str) -> int | None:
        """Return the place of a column in any spelling."""
        folded = fold(name)
        return next((at for at, each in enumerate(self.names) if fold(each) == folded), None)


def is_data(cell: str) -> bool:
    """Whether a cell holds a number, a time or a length, as no head does."""
    if not cell[:1].isalpha() and FIGURES.fullmatch(cell):
        return True
    if is_length(cell):
        return True
    try:
        return bool(read_moment(cell, "d/m/y"))
    except CellError:
        return False


def filled(line: Line) -> list[str]:
    """Return the cells of a line that hold something."""
    return [cell for cell in map(str.strip, line.cells) if cell]


def is_of_text(line: Line) -> bool:
    """Whether a line could be one of heads."""
    cells = filled(line)
    return bool(cells) and not any(map(is_data, cells))


def find_heads(lines: Sequence[Line], reading: Reading, known: Collection[str]) -> Heads:
    """Return the heads that a reading names or that look like some; `known` are folded names of columns."""
    lines = [line for line in lines[:LOOKED_AT] if filled(line)]
    if reading.heads_line:
        return heads_at(lines, reading.heads_line, reading.heads_lines)
    if reading.heads_lines == 0:
        return without_heads(lines)
    wanted = {fold(column.name) for column in reading.used}
    best: tuple[int, int] = (0, 0)
    found: Heads | None = None
    grouped = 0
    for at, line in enumerate(lines):
        if not is_of_text(line):
            continue
        if line.number == grouped:
            continue
        heads = _heads_from(lines, at)
        grouped = heads.last
        names = {fold(name) for name in heads.names}
        matches = len(names & wanted) * 100 + len(names.intersection(known))
        score = (matches, len(filled(line)))
        if score > best:
            best, found = score, heads
    return found or without_heads(lines)


def heads_at(lines: Sequence[Line], number: int, height: int) -> Heads:
    """Return the heads on the lines that a person has named."""
    chosen = [line for line in lines if number <= line.number < number + max(1, height)]
    return Heads(number, number + max(1, height) - 1, names_of([line.cells for line in chosen]))


def without_heads(lines: Sequence[Line]) -> Heads:
    """Return the letters of the columns as their names, as a spreadsheet has them."""
    return Heads(0, 0, tuple(letter(at) for at in range(max((len(line.cells) for line in lines), default=0))))


def _heads_from(lines: Sequence[Line], at: int) -> Heads:
    """Return the heads that begin on a line: two lines where the second only tells apart what the first groups."""
    line = lines[at]
    below = lines[at + 1] if at + 1 < len(lines) else None
    if below and below.number == line.number + 1 and is_of_text(below) and at + 2 < len(lines):
        counts = Counter(fold(cell) for cell in filled(below))
        is_grouped = "" in _trimmed(line.cells) or len(_trimmed(line.cells)) < len(_trimmed(below.cells))
        if is_grouped and counts and max(counts.values()) > 1 and not is_of_text(lines[at + 2]):
            return Heads(line.number, below.number, names_of([line.cells, below.cells]))
    return Heads(line.number, line.number, names_of([line.cells]))


def names_of(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return a name for each column: merged heads go on to the right, nameless ones are letters, repeats numbered."""
    width = max((len(_trimmed(row)) for row in rows), default=0)
    names = [""] * width
    for depth, row in enumerate(rows):
        cells = [" ".join(cell.split()) for cell in [*row, *[""] * width][:width]]
        if depth < len(rows) - 1:
            cells = list(_filled_right(cells))
        names = [f"{name} {cell}".strip() for name, cell in zip(names, cells, strict=True)]
    # With room for a number, where a name comes again.
    names = [name[: LONGEST - 10] or letter(at) for at, name in enumerate(names)]
    seen: Counter[str] = Counter()
    for at, name in enumerate(names):
        seen[fold(name)] += 1
        if seen[fold(name)] > 1:
            names[at] = f"{name} ({seen[fold(name)]})"
    return tuple(names)


def _filled_right(cells: Sequence[str]) -> Iterator[str]:
    last = ""
    for cell in cells:
        last = cell or last
        yield last


def _trimmed(cells: Sequence[str]) -> list[str]:
    texts = [cell.strip() for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def letter(at: int) -> str:
    """Return the letters of a column as a spreadsheet shows them: A, B, … AA."""
    text = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        text = chr(65 + rest) + text
    return text


def is_total(line: Line, places: Sequence[int]) -> bool:
    """Whether a line is a total: a word for it stands first, or in one of the places that tell the rows apart."""
    cells = filled(line)
    keys = [line.cells[at].strip() for at in places if at < len(line.cells)]
    return any(map(says_total, [*cells[:1], *keys]))


def says_total(cell: str) -> bool:
    """Whether a cell is a word for a total."""
    return fold_word(cell.strip(": ")) in TOTAL
