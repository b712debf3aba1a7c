"""One period's credits brought together in the order that contracts give.

Each failed service level has its base credit; then come multipliers, the rule for one incident that fails several
levels, free misses, the sum, the cap of the period, the rolling cap, and last what an allowance from earlier earnback
takes off. The lines of the result follow that order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sla.credits.at_risk import RollingCap
from sla.credits.credit import Account, Credit, LineKind
from sla.credits.terms import CreditTerms, FreeMisses, SameIncident
from sla.money import Number, amount_text, exact, not_negative, plain


@dataclass(frozen=True, slots=True)
class Claim:
    """One failed service level's credit before any rule of the contract: an exact amount of zero or more.

    `run` is how many times in a row it has failed now (1: for the first time), `incident` names the one cause that it
    shares with others (None: none shared), `chosen` marks the one that the client picked among those.
    """

    code: str
    amount: Number
    working: str = ""
    run: int = 1
    incident: str | None = None
    chosen: bool = False

    def __post_init__(self) -> None:
        not_negative(self.amount, "a credit")
        if self.run < 1:
            raise ValueError("a failure is at least the first in a row")


def statement(
    claims: Sequence[Claim],
    terms: CreditTerms,
    *,
    at_risk: Number,
    rolling: RollingCap | None = None,
    allowance: Number = 0,
) -> Credit:
    """The one credit of a period and how it came about.

    `at_risk` is the period's cap in money, `rolling` the cap over several periods with what it has used,
    `allowance` what earlier earnback lets the vendor set off. ValueError where the client had to choose among the
    levels of one incident and chose none or several.
    """
    account = Account(terms.places)
    multiplied = []
    for claim in claims:
        base, factor = exact(claim.amount), terms.multiplier.factor(claim.run)
        account.add(LineKind.CREDIT, claim.code, base, claim.working)
        if factor != 1:
            working = f"× {plain(factor)}, failure {claim.run} in a row"
            account.add(LineKind.MULTIPLIER, claim.code, base * (factor - 1), working)
        multiplied.append(replace(claim, amount=base * factor))
    counted = _one_per_incident(multiplied, terms.same_incident, account)
    _forgive(counted, terms, account)
    account.limit(LineKind.CAP, at_risk, f"not above the {amount_text(at_risk, terms.places)} at risk")
    if rolling is not None:
        account.limit(LineKind.ROLLING_CAP, rolling.left, rolling.working)
    used = min(not_negative(allowance, "the allowance"), account.balance)
    if used:
        account.waive(LineKind.ALLOWANCE, "", used, f"set off against an allowance of {plain(allowance)}")
    return account.close()


def _one_per_incident(claims: list[Claim], rule: SameIncident, account: Account) -> list[Claim]:
    """Leave one claim of each shared incident, where the rule says so."""
    if rule is SameIncident.SUM:
        return claims
    counted = [claim for claim in claims if claim.incident is None]
    for incident in sorted({claim.incident for claim in claims if claim.incident is not None}):
        members = [claim for claim in claims if claim.incident == incident]
        winner = _winner(members, rule, incident)
        counted.append(winner)
        for claim in members:
            if claim is not winner:
                account.add(LineKind.SAME_INCIDENT, claim.code, -claim.amount, f"{incident}: {winner.code} counts")
    return counted


def _winner(members: list[Claim], rule: SameIncident, incident: str) -> Claim:
    """The claim that an incident is charged with."""
    if rule is SameIncident.HIGHEST or len(members) == 1:
        return max(members, key=lambda claim: exact(claim.amount))
    chosen = [claim for claim in members if claim.chosen]
    if len(chosen) != 1:
        raise ValueError(f"of the service levels that {incident} failed, exactly one must be chosen")
    return chosen[0]


def _forgive(claims: list[Claim], terms: CreditTerms, account: Account) -> None:
    """Take off the failures that the period's free allowance forgives."""
    dearest_first = terms.free_misses_forgive is FreeMisses.HIGHEST
    ordered = sorted(claims, key=lambda claim: exact(claim.amount), reverse=dearest_first)
    for number, claim in enumerate(ordered[: terms.free_misses], start=1):
        account.add(LineKind.FREE_MISS, claim.code, -claim.amount, f"free miss {number} of {terms.free_misses}")
