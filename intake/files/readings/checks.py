"""Columns that are only compared: a share beside the counts that it is the share of."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from bpo.strict_values import CellError
from intake.files.readings.heads import Heads
from intake.files.readings.numbers import PERCENT, read_number
from intake.files.readings.reading import CHECK, Reading
from intake.files.readings.rows import Cells
from intake.files.sources import Line

HUNDRED = Decimal(100)
# What floating numbers of a spreadsheet lose.
NOISE = Decimal("0.000001")


@dataclass
class CheckedShare:
    """A column of shares, and in how many of its lines they are what numerator and denominator come to."""

    name: str
    place: int
    compared: int = 0
    agreed: int = 0
    first_other: tuple[int, str, Decimal] | None = None

    def add(self, line: Line, values: Cells, decimal: str) -> None:
        """Compare a line; one whose share or counts cannot be read is none to compare."""
        text = line.cells[self.place].strip() if self.place < len(line.cells) else ""
        kind = line.kinds[self.place] if line.kinds else ""
        try:
            share = Decimal(values.get("numerator") or "") / Decimal(values.get("denominator") or "")
            found = PERCENT.fullmatch(text)
            stated = read_number(found[1] if found else text, "." if kind.strip() else decimal)
        except (CellError, InvalidOperation, ZeroDivisionError):
            return
        self.compared += 1
        if is_about(share * HUNDRED, stated) or (not found and is_about(share, stated)):
            self.agreed += 1
        elif self.first_other is None:
            self.first_other = (line.number, text, share * HUNDRED)


def is_about(share: Decimal, stated: Decimal) -> bool:
    """Whether a share is what was stated, which may be rounded or cut off at its last digit."""
    exponent = stated.as_tuple().exponent
    last_digit = Decimal(1).scaleb(exponent) if isinstance(exponent, int) else NOISE
    return abs(share - stated) < max(last_digit, NOISE)


def checked_shares(reading: Reading, heads: Heads) -> list[CheckedShare]:
    """Return the columns to compare: those that are only checked, where no mean is multiplied."""
    counts = (reading.of("numerator"), reading.of("denominator"))
    if any(column is None or column.times for column in counts):
        return []
    places = ((column.name, heads.place(column.name)) for column in reading.columns if column.column == CHECK)
    return [CheckedShare(name, place) for name, place in places if place is not None]
