"""An invoice held against the contract: what each line should be, and what is in dispute."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from sla.money import Number, exact, not_negative, rounded, share_of


class Flag(StrEnum):
    """What is wrong with an invoice, or with one line of it."""

    VARIANCE = "variance"
    DUPLICATE = "duplicate"
    OUT_OF_SCOPE = "out_of_scope"
    OUT_OF_TERM = "out_of_term"
    BILLED_TOO_LATE = "billed_too_late"
    MISSING_CREDIT = "missing_credit"
    EXCESS_CREDIT = "excess_credit"


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One billed line beside the contract's rate and the quantity that the client accepts.

    A rate of None is a line that the contract does not know. `key` names what is billed; the same key twice on an
    invoice is a duplicate. The date is the last day of the service billed, where it is to be checked.
    """

    key: str
    contract_rate: Number | None
    accepted_quantity: Number
    billed: Number
    served_on: date | None = None


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a line may be off without a flag: the larger of an amount and a percentage of what is due.

    A line inside it, or at it, is not flagged; its difference stays in the totals all the same.
    """

    amount: Number = 0
    percent: Number = 0

    def __post_init__(self) -> None:
        not_negative(self.amount, "a tolerance")
        not_negative(self.percent, "a tolerance")


@dataclass(frozen=True, slots=True)
class BillingTerm:
    """The days for which may be billed (half-open, None: without end), and how late an invoice may come, in days."""

    starts_on: date
    ends_before: date | None = None
    latest_days: int | None = None

    def flags(self, line: InvoiceLine, invoiced_on: date) -> tuple[Flag, ...]:
        """What the dates of a line make of it; a sample contract bars billing after 180 days."""
        if line.served_on is None:
            return ()
        flags = []
        if line.served_on < self.starts_on or (self.ends_before is not None and line.served_on >= self.ends_before):
            flags.append(Flag.OUT_OF_TERM)
        if self.latest_days is not None and invoiced_on > line.served_on + timedelta(days=self.latest_days):
            flags.append(Flag.BILLED_TOO_LATE)
        return tuple(flags)


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """A line with the amount that it should have been, the difference billed above it, and what is wrong."""

    key: str
    due: Decimal
    billed: Decimal
    difference: Decimal
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True)
class CheckedInvoice:
    """An invoice checked: its lines, both totals with credits taken off, and the difference in dispute.

    `dispute` is billed less due; below zero the vendor billed too little.
    """

    lines: tuple[CheckedLine, ...]
    due: Decimal
    billed: Decimal
    dispute: Decimal
    flags: tuple[Flag, ...]


def check_invoice(
    lines: Sequence[InvoiceLine],
    *,
    tolerance: Tolerance,
    credits_due: Number = 0,
    credits_billed: Number = 0,
    term: BillingTerm | None = None,
    invoiced_on: date | None = None,
    places: int = 2,
) -> CheckedInvoice:
    """Hold each line against rate × accepted quantity (rounded once a line, half up), and the credits against theirs.

    Tolerated differences carry no flag, yet the totals are exact: whoever checks decides whether to dispute them.
    A term is checked only together with the invoice's date. Amounts share the contract's currency; credits are zero
    or more.
    """
    credit_due = rounded(not_negative(credits_due, "credits due"), places)
    credit_billed = rounded(not_negative(credits_billed, "credits billed"), places)
    seen: set[str] = set()
    checked = []
    for line in lines:
        dated = term.flags(line, invoiced_on) if term is not None and invoiced_on is not None else ()
        checked.append(_check(line, line.key in seen, dated, tolerance, places))
        seen.add(line.key)
    due = sum((line.due for line in checked), Decimal(0)) - credit_due
    billed = sum((line.billed for line in checked), Decimal(0)) - credit_billed
    flags = (Flag.MISSING_CREDIT,) if credit_billed < credit_due else (Flag.EXCESS_CREDIT,)
    return CheckedInvoice(tuple(checked), due, billed, billed - due, flags if credit_billed != credit_due else ())


def _check(
    line: InvoiceLine, duplicate: bool, dated: tuple[Flag, ...], tolerance: Tolerance, places: int
) -> CheckedLine:
    """One line's due amount, difference and flags; what may not be billed at all is due at zero."""
    flags = [Flag.DUPLICATE] if duplicate else []
    flags += [Flag.OUT_OF_SCOPE] if line.contract_rate is None else []
    flags += dated
    barred = bool(flags)
    due = rounded(0 if barred else exact(line.contract_rate or 0) * exact(line.accepted_quantity), places)
    billed = rounded(line.billed, places)
    difference = billed - due
    tolerated = max(exact(tolerance.amount), abs(exact(due)) * share_of(tolerance.percent))
    if not barred and abs(exact(difference)) > tolerated:
        flags = [Flag.VARIANCE]
    return CheckedLine(line.key, due, billed, difference, tuple(flags))


@dataclass(frozen=True, slots=True)
class Payment:
    """What is paid now, and what is withheld until the dispute is settled."""

    pay_now: Decimal
    withhold: Decimal


def undisputed(invoice: Number, disputed: Number, *, places: int = 2) -> Payment:
    """Pay the undisputed part, withhold the rest; both zero or more, and no more disputed than billed (ValueError)."""
    billed, held = not_negative(invoice, "the invoice"), not_negative(disputed, "the disputed amount")
    if held > billed:
        raise ValueError("more is disputed than was billed")
    withhold = rounded(held, places)
    return Payment(rounded(billed, places) - withhold, withhold)
