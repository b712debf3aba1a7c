"""Credits by the event, by the day, by the block of failures, and by the share of users affected (F9, F12, F13)."""

from collections.abc import Sequence
from fractions import Fraction
from math import floor, prod

from sla.credits.credit import Credit, single
from sla.money import Number, amount_text, not_negative, percentage, plain, positive


def per_event_credit(
    events: int,
    *,
    fixed: Number = 0,
    percent: Number = 0,
    charges: Number = 0,
    cap: Number | None = None,
    places: int = 2,
) -> Credit:
    """So much for each event: a fixed amount, and a percentage (0 to 100) of the charges (F9).

    Source: Pennsylvania DOR, 3 % of the monthly cost for each occurrence; car hire, 500 for each missed quarter.
    """
    count = not_negative(events, "the number of events")
    share = percentage(percent, "the percentage per event") * not_negative(charges, "charges")
    amount = not_negative(fixed, "the amount per event") + share
    return single("", count * amount, f"{plain(count)} events × {plain(amount)}", cap=cap, places=places)


def late_credit(days_late: int, per_day: Number, *, cap: Number | None = None, places: int = 2) -> Credit:
    """So much for each calendar day that a deliverable is late, up to a cap of its own outside the pool (F9).

    A deliverable on time or early (zero or negative days) costs nothing. Source: Pennsylvania DOR, 500 a day up to
    the whole cost of the deliverable.
    """
    days = max(0, days_late)
    amount = days * not_negative(per_day, "the amount per day")
    return single("", amount, f"{days} days × {plain(per_day)}", cap=cap, places=places)


def failure_blocks(failures: int, per: int) -> int:
    """Complete blocks of `per` failures."""
    positive(per, "the size of a block")
    return floor(not_negative(failures, "the number of failures") / per)


def persistent_credit(failures: int, *, per: int, percent: Number, annual_charges: Number, places: int = 2) -> Credit:
    """A percentage (0 to 100) of a year's charges for each complete block of failures in the rolling window (F12).

    Source: Crossref/CSI, 5 % of annual fees for each ten failures in rolling twelve months.
    """
    blocks = failure_blocks(failures, per)
    amount = not_negative(annual_charges, "annual charges")
    credit = blocks * percentage(percent, "the percentage per block") * amount
    return single("", credit, f"{blocks} × {plain(percent)} % × {amount_text(amount, places)}", places=places)


def affected_credit(amount: Number, affected: int, users: int, *, places: int = 2) -> Credit:
    """A credit cut down to the share of users affected (F13); more affected than there are is a ValueError.

    Source: Intermedia, a credit in proportion to the accounts affected.
    """
    everyone, hit = positive(users, "the number of users"), not_negative(affected, "the number affected")
    if hit > everyone:
        raise ValueError(f"{affected} affected users exceed the {users} there are")
    credit = not_negative(amount, "the credit") * hit / everyone
    return single("", credit, f"{plain(amount)} × {affected} ÷ {users}", places=places)


def part_month_credit(
    percent: Number, monthly_charge: Number, days: int, days_in_month: int, *, places: int = 2
) -> Credit:
    """A percentage (0 to 100) of a charge that ran for only some days of its month (F13); source: Node4."""
    length, ran = positive(days_in_month, "the month's days"), not_negative(days, "days charged")
    if ran > length:
        raise ValueError(f"{days} days charged exceed the month's {days_in_month}")
    charge = not_negative(monthly_charge, "the monthly charge") * ran / length
    credit = percentage(percent, "the credit") * charge
    working = f"{plain(percent)} % × {amount_text(monthly_charge, places)} × {days} ÷ {days_in_month}"
    return single("", credit, working, places=places)


def product_of(factors: Sequence[Number]) -> Fraction:
    """The plain product of a clause's factors, such as A × B, exact; none is negative, and there is one at least."""
    if not factors:
        raise ValueError("a product needs a factor")
    return prod((not_negative(factor, "a factor") for factor in factors), start=Fraction(1))


def product_credit(factors: Sequence[Number], *, places: int = 2) -> Credit:
    """A credit that is the product of the clause's factors."""
    return single("", product_of(factors), " × ".join(plain(factor) for factor in factors), places=places)
