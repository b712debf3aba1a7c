"""Credits by how far a value falls short: linear (F6), in full steps (F7), and by tiers (F8)."""

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from sla.credits.credit import Account, Credit, LineKind
from sla.money import HUNDRED, Number, amount_text, exact, not_negative, percentage, plain, positive, share_of


def _of_charges(percent: Fraction, charges: Number, working: str, places: int) -> Account:
    """An account that opens with a percentage of the charges."""
    amount = not_negative(charges, "charges")
    account = Account(places)
    formula = f"{working} = {plain(percent)} % × {amount_text(amount, places)}"
    account.add(LineKind.CREDIT, "", share_of(percent) * amount, formula)
    return account


def _capped(account: Account, cap_percent: Number, charges: Number) -> Credit:
    """The account closed at a percentage of the charges at most."""
    ceiling = share_of(cap_percent) * exact(charges)
    account.limit(LineKind.CAP, ceiling, f"not above {plain(cap_percent)} % of the charges")
    return account.close()


@dataclass(frozen=True, slots=True)
class LinearCredit:
    """So many percent of the charges for each percentage point below the target (F6).

    `percent_per_point` is 0 or more; `whole_points` counts only full points, as some read "each percentage under";
    `cap_percent` (0 to 100) limits the credit's percentage. For levels where lower is better the shortfall is what
    lies above the target. Sources: UK call-off contracts (1 %, 0.5 %, 2 % a point), SAP (2 % a point, at most 100 %).
    """

    target: Number
    percent_per_point: Number
    cap_percent: Number = 100
    whole_points: bool = False
    higher_is_better: bool = True

    def __post_init__(self) -> None:
        exact(self.target)
        not_negative(self.percent_per_point, "the percentage per point")
        percentage(self.cap_percent, "the cap")

    def points_short(self, value: Number) -> Fraction:
        """Percentage points short of the target, 0 where it is met; whole ones only where the terms say so."""
        gap = exact(self.target) - exact(value)
        short = max(Fraction(0), gap if self.higher_is_better else -gap)
        return Fraction(floor(short)) if self.whole_points else short

    def percent(self, value: Number) -> Fraction:
        """The credit in percent of the charges, within the cap."""
        return min(self.points_short(value) * exact(self.percent_per_point), exact(self.cap_percent))

    def credit(self, value: Number, charges: Number, *, places: int = 2) -> Credit:
        """The credit in money, with the cap in money."""
        short = self.points_short(value)
        uncapped = short * exact(self.percent_per_point)
        working = f"{plain(short)} points × {plain(self.percent_per_point)} %"
        return _capped(_of_charges(uncapped, charges, working, places), self.cap_percent, charges)


@dataclass(frozen=True, slots=True)
class StepCredit:
    """So many percent for each full step below a reference, once the value is below the threshold (F7).

    The clause often leaves open whether steps count from the threshold or from 100 %, so the reference is stated;
    it is not below the threshold. `step` is in percentage points, above zero. Source: Citizens (1 %, 0.5 % or 5 % for
    each full 1 % reduction).
    """

    threshold: Number
    reference: Number
    percent_per_step: Number
    step: Number = 1
    cap_percent: Number = 100

    def __post_init__(self) -> None:
        if exact(self.reference) < exact(self.threshold):
            raise ValueError("steps are counted from the threshold or from above it")
        not_negative(self.percent_per_step, "the percentage per step")
        positive(self.step, "a step")
        percentage(self.cap_percent, "the cap")

    def steps(self, value: Number) -> int:
        """Full steps below the reference; none while the value reaches the threshold."""
        actual = exact(value)
        return floor((exact(self.reference) - actual) / exact(self.step)) if actual < exact(self.threshold) else 0

    def percent(self, value: Number) -> Fraction:
        """The credit in percent of the charges, within the cap."""
        return min(self.steps(value) * exact(self.percent_per_step), exact(self.cap_percent))

    def credit(self, value: Number, charges: Number, *, places: int = 2) -> Credit:
        """The credit in money, with the cap in money."""
        steps = self.steps(value)
        working = f"{steps} full steps × {plain(self.percent_per_step)} %"
        account = _of_charges(steps * exact(self.percent_per_step), charges, working, places)
        return _capped(account, self.cap_percent, charges)


@dataclass(frozen=True, slots=True)
class TierCredit:
    """A percentage of the affected bill by how low the uptime fell (F8).

    Tiers are (below, percent): the lowest tier that the value is strictly below decides, so an uptime equal to an
    edge has the better tier. Edges fall and percentages (0 to 100) do not. A credit is issued only when it exceeds
    `issued_above` in money. Sources: public terms of AWS (10, 30, 100 %; above one dollar), Azure, Google, IBM.
    """

    tiers: tuple[tuple[Number, Number], ...]
    issued_above: Number = 0

    def __post_init__(self) -> None:
        edges = [exact(edge) for edge, _ in self.tiers]
        percents = [percentage(percent, "a tier's credit") for _, percent in self.tiers]
        if edges != sorted(set(edges), reverse=True) or percents != sorted(percents):
            raise ValueError("the edges of tiers must fall from tier to tier, and their credits must not")
        not_negative(self.issued_above, "the smallest credit")

    def percent(self, uptime: Number) -> Fraction:
        """The credit in percent of the bill."""
        reached = exact(uptime)
        return max((exact(percent) for edge, percent in self.tiers if reached < exact(edge)), default=Fraction(0))

    def credit(self, uptime: Number, bill: Number, *, places: int = 2) -> Credit:
        """The credit in money; one not above the smallest that is issued is shown, and waived."""
        account = _of_charges(self.percent(uptime), bill, f"uptime {plain(uptime)} %", places)
        if 0 < account.balance <= exact(self.issued_above):
            working = f"issued only above {amount_text(self.issued_above, places)}"
            account.waive(LineKind.MINIMUM, "", account.balance, working)
        return account.close()


def uptime(minutes: Number, downtime: Number, maintenance: Number = 0) -> Fraction:
    """Return the uptime in percent of the period's minutes without those of agreed maintenance, (T − M − D) ÷ (T − M).

    Downtime is what lies outside the maintenance; more of it than there is service raises ValueError.
    Source: the usual definition of maintenance minutes in public terms of cloud services.
    """
    service = positive(exact(minutes) - not_negative(maintenance, "maintenance"), "the period's minutes")
    down = not_negative(downtime, "downtime")
    if down > service:
        raise ValueError(f"downtime of {plain(down)} minutes exceeds the period's {plain(service)}")
    return (service - down) / service * HUNDRED
