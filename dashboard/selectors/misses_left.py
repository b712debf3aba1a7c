"""How many misses an open period has left, and the share of good cases that the rest needs."""

from dataclasses import dataclass
from fractions import Fraction
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from bpo.formatting import show_count, show_value
from contracts.models.service_levels import ServiceLevelTerms
from contracts.terms import limits_of, measure_of
from metrics.models.verdicts import Verdict
from sla.metrics.feeds import Aggregation
from sla.metrics.measure import SHARES
from sla.outlook import BudgetLeft, Prospect, budget_left, misses
from sla.periods import local_day
from sla.tallies import Tally
from sla.verdicts import OPEN


@dataclass(frozen=True)
class MissesLeft:
    """The misses of an open period: so far, and left at the volume that it reaches at its current rate."""

    outlook: BudgetLeft
    so_far: int
    volume: Fraction
    unit: str
    decimals: int

    @property
    def text(self) -> str:
        """ "55 of 150", or by how much it is over."""
        left = self.outlook.misses_left
        if left < 0:
            return _("over by %(n)s") % {"n": self._counted(-left)}
        return _("%(left)s of %(allowed)s") % {"left": show_count(left), "allowed": self._counted(left + self.so_far)}

    @property
    def forecast(self) -> str:
        """The volume that is assumed."""
        volume = self._counted(round(self.volume))
        return _("if the period ends with %(volume)s, at the current rate") % {"volume": volume}

    @property
    def needed(self) -> str:
        """The share of good cases that the rest must have; empty where the outcome is certain."""
        rate = self.outlook.run_rate
        if rate.required_rate is None or rate.prospect is not Prospect.OPEN:
            return ""
        return show_value(rate.required_rate, unit="%", decimals=self.decimals)

    def _counted(self, number: int) -> str:
        return f"{show_count(number)} {self.unit}".strip()


def misses_left(verdict: Verdict | None, terms: ServiceLevelTerms | None, zone: str) -> MissesLeft | None:
    """The misses that an open share of cases has left; None where misses cannot be counted."""
    if verdict is None or terms is None or verdict.status not in OPEN or not verdict.denominator:
        return None
    try:
        measure, limits = measure_of(terms), limits_of(terms)
    except ValueError:
        return None
    if measure.aggregation not in SHARES or verdict.numerator is None or limits.low_volume.looks_back():
        return None
    tally = Tally.of(verdict.numerator, verdict.denominator, verdict.cases)
    # The share of the days that had passed when it was evaluated; on the first day, that day.
    length = (verdict.ends_on - verdict.starts_on).days
    elapsed = (local_day(verdict.judged_at, ZoneInfo(zone)) - verdict.starts_on).days
    volume = tally.denominator / Fraction(min(max(elapsed, 1), length), length)
    outlook = budget_left(limits, tally, measure.scale, volume)
    if outlook is None:
        return None
    unit = _("min") if measure.aggregation is Aggregation.AVAILABILITY else ""
    return MissesLeft(outlook, misses(limits.direction, tally).__floor__(), volume, unit, terms.decimals)
