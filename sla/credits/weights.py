"""Credits by weight: pool and allocation (F1), weight alone (F2), weight times severity (F3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sla.credits.credit import Account, Credit, LineKind
from sla.money import HUNDRED, Number, amount_text, exact, not_negative, percentage, plain, share_of


@dataclass(frozen=True, slots=True)
class Weight:
    """How much of the amount at risk one failed service level costs; all shares in percent.

    `pool` is its category's share of the amount at risk (F1; above 100 is usual), `allocation` its own share of that
    pool, `severity` the part taken for how badly it failed (F3, 0 to 100). F2 is an allocation of a pool of 100, and
    may itself exceed 100 only through a pool. A level not yet given an allocation has zero and costs nothing.
    """

    code: str
    allocation: Number
    pool: Number = 100
    severity: Number = 100

    def __post_init__(self) -> None:
        not_negative(self.pool, "a pool")
        not_negative(self.allocation, "an allocation")
        percentage(self.severity, "a severity")

    @property
    def working(self) -> str:
        """The shares that are multiplied, those of 100 % left unsaid unless all are."""
        shares = [self.pool, self.allocation, self.severity]
        shown = [f"{plain(share)} %" for share in shares if exact(share) != HUNDRED]
        return " × ".join(shown or ["100 %"])


def weighted_credit(failed: Sequence[Weight], at_risk: Number, *, places: int = 2) -> Credit:
    """What the failed service levels of one period cost: each its share of the amount at risk, the sum not above it.

    The weights of a contract may sum to far more than 100 %; the limit is the amount at risk, not the weights.
    Sources: Texas DIR (F1: pool × allocation × at risk), VITA and a Canadian province (F2: weight × at risk),
    SARS (F3: at risk × weight × severity).
    """
    amount = not_negative(at_risk, "the amount at risk")
    account = Account(places)
    for weight in failed:
        share = share_of(weight.pool) * share_of(weight.allocation) * share_of(weight.severity)
        account.add(LineKind.CREDIT, weight.code, share * amount, f"{weight.working} × {amount_text(amount, places)}")
    account.limit(LineKind.CAP, amount, f"not above the {amount_text(amount, places)} at risk")
    return account.close()
