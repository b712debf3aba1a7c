"""What turns a percentage into money: which month's charges count, in which currency, before or after tax."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from sla.money import ZERO, Number, exact, not_negative, positive, rounded, share_of


class BaseMonth(StrEnum):
    """Whose charges a credit is a share of: the month that failed, or the month in which it is invoiced."""

    FAILURE = "failure"
    INVOICE = "invoice"


class TaxSide(StrEnum):
    """Whether a credit lowers the charges before tax, so that their tax falls too, or the total after it."""

    BEFORE = "before"
    AFTER = "after"


class RateDay(StrEnum):
    """The day whose exchange rate turns a credit into another currency."""

    PERIOD_END = "period_end"
    INVOICE = "invoice"
    PAYMENT = "payment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Charges:
    """One month's charges by what they are for, each zero or more, before the credits that were given in it."""

    recurring: Number
    pass_through: Number = 0
    one_time: Number = 0
    tax: Number = 0
    credits: Number = 0

    def __post_init__(self) -> None:
        not_negative(self.recurring, "recurring charges")
        not_negative(self.pass_through, "pass-through costs")
        not_negative(self.one_time, "one-time fees")
        not_negative(self.tax, "tax")
        if not_negative(self.credits, "credits given") > exact(self.recurring):
            raise ValueError(f"credits of {self.credits} exceed the recurring charges of {self.recurring}")


@dataclass(frozen=True, slots=True)
class Deduction:
    """What a credit takes off an invoice: itself, the tax that falls with it, and both together."""

    credit: Decimal
    tax: Decimal
    whole: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyTerms:
    """The answers that turn a credit's percentage into money, each with its default.

    Defaults: the recurring charges of the month that failed; gross, so that earlier credits do not make later ones
    smaller; without pass-through costs, one-time fees and tax; taken off before tax; in the contract's currency
    (`currency` None), or else at the rate of the failed period's last day.
    """

    base_month: BaseMonth = BaseMonth.FAILURE
    net_of_credits: bool = False
    with_pass_through: bool = False
    with_one_time: bool = False
    with_tax: bool = False
    tax: TaxSide = TaxSide.BEFORE
    currency: str | None = None
    rate_day: RateDay = RateDay.PERIOD_END

    def base(self, *, failed: Charges, invoiced: Charges) -> Fraction:
        """The charges that a credit is a share of, from those of the failed month and of the month invoiced."""
        month = failed if self.base_month is BaseMonth.FAILURE else invoiced
        counted = exact(month.recurring) - (exact(month.credits) if self.net_of_credits else ZERO)
        more = (
            (self.with_pass_through, month.pass_through),
            (self.with_one_time, month.one_time),
            (self.with_tax, month.tax),
        )
        return counted + sum((exact(amount) for counts, amount in more if counts), ZERO)

    def rate_on(self, *, period_end: date, invoiced_on: date, paid_on: date) -> date:
        """The day whose exchange rate counts, where the credit is given in another currency; days are last days."""
        days = {RateDay.PERIOD_END: period_end, RateDay.INVOICE: invoiced_on, RateDay.PAYMENT: paid_on}
        return days[self.rate_day]

    def deduction(self, credit: Number, tax_percent: Number, *, places: int = 2) -> Deduction:
        """What comes off an invoice that bears so much tax (percent, zero or more)."""
        owed = rounded(not_negative(credit, "a credit"), places)
        rate = share_of(not_negative(tax_percent, "the rate of tax"))
        tax = rounded(exact(owed) * rate if self.tax is TaxSide.BEFORE else ZERO, places)
        return Deduction(owed, tax, owed + tax)


def converted(credit: Number, rate: Number, *, places: int = 2) -> Decimal:
    """A credit in another currency, of which `rate` units are paid for one of the contract's; rounded once."""
    return rounded(not_negative(credit, "a credit") * positive(rate, "an exchange rate"), places)
