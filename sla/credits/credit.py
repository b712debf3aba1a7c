"""The one shape in which every consequence is given: uncapped, cap, payable, and the lines that explain."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from sla.money import ZERO, Number, amount_text, exact, not_negative, rounded


class LineKind(StrEnum):
    """Why a line stands in a credit; pages translate this word, the working beside it is numbers."""

    CREDIT = "credit"
    MULTIPLIER = "multiplier"
    SAME_INCIDENT = "same_incident"
    FREE_MISS = "free_miss"
    CAP = "cap"
    ROLLING_CAP = "rolling_cap"
    MINIMUM = "minimum"
    ALLOWANCE = "allowance"
    PREMIUM = "premium"


@dataclass(frozen=True, slots=True)
class Line:
    """One step on the way to what is paid: its amount in the contract's currency, and how it was reached."""

    kind: LineKind
    subject: str
    amount: Decimal
    working: str


@dataclass(frozen=True, slots=True)
class Credit:
    """A consequence in money: positive is owed to the client, negative (a premium) to the vendor.

    `uncapped` is before any limit, `cap` the limit that held in this period (None: none), `payable` what is owed.
    The lines' amounts add up to `payable` to the cent.
    """

    uncapped: Decimal
    cap: Decimal | None
    payable: Decimal
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        total = sum((line.amount for line in self.lines), Decimal(0))
        if total != self.payable:
            raise ValueError(f"the lines add up to {total}, not to the {self.payable} payable")

    @property
    def cap_reached(self) -> bool:
        """Whether the credit met or exceeded its limit, which some contracts make a trigger of its own."""
        return self.cap is not None and self.uncapped >= self.cap


@dataclass(slots=True)
class Account:
    """Where a credit is added up exactly and written down line by line.

    Each line is the difference of two rounded running totals, so that the lines add up to the total, which is
    rounded once (half up, to `places` decimals), and no line is further than one unit from its exact amount.
    """

    places: int = 2
    balance: Fraction = ZERO
    cap: Fraction | None = None
    _uncapped: Fraction | None = None
    _lines: list[Line] = field(default_factory=list)

    def add(self, kind: LineKind, subject: str, amount: Number, working: str) -> None:
        """Add an amount, which may be negative, with its working."""
        before = rounded(self.balance, self.places)
        self.balance += exact(amount)
        self._lines.append(Line(kind, subject, rounded(self.balance, self.places) - before, working))

    def limit(self, kind: LineKind, ceiling: Number, working: str) -> None:
        """Cut the balance down to the ceiling; the cut is a line, and the lowest ceiling is kept as the cap."""
        limit = not_negative(ceiling, "a cap")
        if self._uncapped is None:
            self._uncapped = self.balance
        self.cap = limit if self.cap is None else min(self.cap, limit)
        if self.balance > limit:
            self.add(kind, "", limit - self.balance, working)

    def waive(self, kind: LineKind, subject: str, amount: Number, working: str) -> None:
        """Take off an amount that stays part of the uncapped credit, such as one too small to be issued."""
        if self._uncapped is None:
            self._uncapped = self.balance
        self.add(kind, subject, -exact(amount), working)

    def close(self) -> Credit:
        """The credit as it stands."""
        uncapped = self.balance if self._uncapped is None else self._uncapped
        cap = None if self.cap is None else rounded(self.cap, self.places)
        payable = rounded(self.balance, self.places)
        return Credit(rounded(uncapped, self.places), cap, payable, tuple(self._lines))


def single(subject: str, amount: Number, working: str, *, cap: Number | None = None, places: int = 2) -> Credit:
    """A credit of one amount, cut down to the cap where one is given."""
    account = Account(places)
    account.add(LineKind.CREDIT, subject, amount, working)
    if cap is not None:
        account.limit(LineKind.CAP, cap, f"not above {amount_text(cap, places)}")
    return account.close()
