"""How much of the demo world is built: all of it, or a small part of everything for tests."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Size:
    """How many of the bank's lines and of the health service's contracts, every how many tickets, how many months."""

    every_ticket: int = 1
    bank_lines: int = 6
    crisis_contracts: int = 1_000
    months: int = 26

    def lines(self, lines: Mapping[str, str]) -> list[str]:
        """Return the last of the bank's lines, which have the fewest calls, or all of them."""
        return list(lines)[-self.bank_lines :]

    def tickets(self, rows: Iterable[T]) -> Iterator[T]:
        return islice(rows, 0, None, self.every_ticket)

    def contracts(self, codes: Sequence[str]) -> Sequence[str]:
        return codes[: self.crisis_contracts]


WHOLE = Size()
SMALL = Size(every_ticket=12, bank_lines=2, crisis_contracts=5, months=14)
