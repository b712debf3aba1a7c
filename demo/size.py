"""How much of the demo world is built: all of it, or a small part of everything for tests."""

from collections.abc import Mapping
from dataclasses import dataclass


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


WHOLE = Size()
SMALL = Size(every_ticket=12, bank_lines=2, crisis_contracts=5, months=14)
